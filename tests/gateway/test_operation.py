"""The tables about keeping a gateway going: defaults, values, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gateway.disk import DiskSettings
from gateway.limits import Bounds, Limits
from gateway.log_settings import LogSettings
from gateway.operation import Operation, read_operation
from gateway.refusals import ConfigError
from gateway.toml_table import Source, Table


def read(text: str) -> Operation:
    return read_operation(Table(Source(Path("gatereel.toml"), text), (), tomllib.loads(text)))


def test_without_any_table_there_are_limits_all_the_same() -> None:
    assert read("") == Operation()


def test_limits_are_taken() -> None:
    found = read(
        "[limits]\nunproven = 3\nper_address = 4\nidle = 900\npatience = 20\nwindow = 65536"
    )
    assert found.limits == Limits(unproven=3, per_address=4)
    assert found.bounds == Bounds(idle=900, patience=20, window=65536)


def test_disk_log_and_metrics_are_taken() -> None:
    found = read(
        '[disk]\nwarn_below = 9\n[log]\nlevel = "debug"\nform = "json"\n'
        '[metrics]\nlisten = "[::1]:9464"'
    )
    assert found.disk == DiskSettings(9, 256)
    assert found.log == LogSettings("debug", "json")
    assert found.metrics == ("::1", 9464)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[limits]\nunproven = 0", r"gatereel.toml:2: limits.unproven: is 0; it must be from 1"),
        ("[limits]\nidle = -1", "limits.idle: is -1"),
        ("[limits]\nper_adress = 3", 'did you mean "per_address"'),
        ('[log]\nlevel = "loud"', 'log.level: is "loud"'),
        ("[metrics]", "metrics.listen: is missing"),
        ("limits = 3", "limits: must be a table"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(text)
