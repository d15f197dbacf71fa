from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.separation import separation
from tests.gateway.test_serve import config as a_config

OTHER = 64102


def separated(folder: Path) -> Config:
    """As far as the configuration goes: all of it is still one user's."""
    found = a_config(folder, "")
    for name in ("sealer", "indexer"):
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(folder / name))
    found.gateway.store.mkdir(exist_ok=True)
    found.gateway.signing_key.touch(mode=0o600)
    settings = replace(found.gateway, sealer=folder / "sealer", indexer=folder / "indexer")
    return replace(found, gateway=settings)


def test_started_by_the_gateway_they_are_one_user(tmp_path: Path) -> None:
    found = separation(a_config(tmp_path, ""))
    assert found.apart == []
    assert found.together == [
        "front, sealer and indexer are one user, who can sign and change recordings"
    ]


def test_sockets_alone_keep_nobody_from_anything(tmp_path: Path) -> None:
    config = separated(tmp_path)
    found = separation(config)
    assert found.apart == ["the indexer is another user's"]
    assert [line.split()[0] for line in found.together] == [str(config.gateway.store), "the"]
    (tmp_path / "sealer").unlink()
    assert "there is no socket" in separation(config).together[-1]


def test_with_owners_and_modes_as_they_should_be_all_is_apart(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    config = separated(tmp_path)
    store, key = config.gateway.store, config.gateway.signing_key
    os.chown(store, OTHER, -1)
    os.chown(key, OTHER, -1)
    store.chmod(0o770)
    assert f"chmod 3770 {store}" in separation(config).together[0]
    store.chmod(0o3770)
    assert separation(config).together == []
    assert len(separation(config).apart) == 3
    key.chmod(0o640)
    assert "chmod 600" in separation(config).together[0]
