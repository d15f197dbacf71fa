from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.checking import problems
from gateway.config import load_config
from gateway.demo import place
from gateway.refusals import DemoError
from recorder.store import Store


def test_a_fresh_folder_gets_all_it_needs(tmp_path: Path) -> None:
    made = place.prepare(tmp_path / "demo")
    place.write_config(made, 4000)
    assert (tmp_path / "demo").stat().st_mode & 0o777 == 0o700
    config = load_config(made.config)
    assert problems(config) == []
    assert config.ssh.port == made.port
    assert config.targets[0].port == 4000
    samples = {path.name for path in place.SAMPLES.glob("*.reel")}
    store = Store.open(made.store)
    assert {path.name for path in made.store.glob("*.reel")} == samples
    assert len(store.verifiers()) == (2 if samples else 1)


def test_a_folder_from_before_is_used_again(tmp_path: Path) -> None:
    first = place.prepare(tmp_path)
    keys = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    second = place.prepare(tmp_path)
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == keys
    assert second.folder == first.folder


def test_another_port_where_the_usual_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(place, "PREFERRED_PORT", taken.getsockname()[1])
        assert place.prepare(tmp_path).port != taken.getsockname()[1]


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match="--folder"):
        place.prepare(tmp_path / "file" / "in")
