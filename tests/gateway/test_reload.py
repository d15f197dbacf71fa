"""What takes a restart, and that the file is looked at twice; the rest is in
tests/system/test_ssh_reload.py, with real clients inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import NO_POLICIES, Config, load_config
from gateway.init import lay_out
from gateway.limits import Bounds, Limits
from gateway.reload import needs_restart


@pytest.fixture
def config(tmp_path: Path) -> Config:
    lay_out(tmp_path, lambda _: None)
    return load_config(tmp_path / "gatereel.toml")


def test_what_applies_at_once_takes_no_restart(config: Config) -> None:
    after = replace(
        config,
        ssh=replace(config.ssh, environment=("LANG",), max_channels=3),
        gateway=replace(config.gateway, drain=60),
        operation=replace(config.operation, limits=Limits(per_principal=1), bounds=Bounds(idle=9)),
        policies=NO_POLICIES,
        targets=(),
    )
    assert needs_restart(config, after) == []


def test_what_cannot_change_is_named_as_it_is_written(config: Config) -> None:
    elsewhere = Path("elsewhere")
    after = replace(
        config,
        ssh=replace(config.ssh, port=1, host_keys=(elsewhere,), login_timeout=1, host_ca=elsewhere),
        gateway=replace(config.gateway, store=elsewhere, signing_key=elsewhere),
        operation=replace(config.operation, metrics=("127.0.0.1", 1)),
    )
    assert needs_restart(config, after) == [
        "[gateway] store",
        "[gateway] signing_key",
        "[ssh] listen",
        "[ssh] host_keys",
        "[ssh] login_timeout",
        "[ssh] host_ca",
        "[metrics]",
    ]
