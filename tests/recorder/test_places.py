"""Where a verb looks: the order of what is asked, and one clear line where it finds nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from recorder.errors import StoreError
from recorder.places import (
    CONFIG_NAME,
    add_place_arguments,
    cache_folder,
    config_path,
    data_folder,
    store_path,
)

CONFIG = '[gateway]\nstore = "{}"\n'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with nothing in it, and an environment that names nothing."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in ("GATEREEL_CONFIG", "GATEREEL_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return here


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_place_arguments(parser)
    return parser.parse_args(words)


def config(path: Path, store: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CONFIG.format(store))
    return path


def test_without_anything_it_is_the_users_own(tmp_path: Path) -> None:
    assert config_path(options()) is None
    assert store_path(options()) == data_folder() / "recordings"
    if data_folder().is_relative_to(tmp_path):  # where the platform goes by XDG
        assert cache_folder().is_relative_to(tmp_path)


def test_the_environment_names_a_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GATEREEL_STORE", str(tmp_path / "mine"))
    assert store_path(options()) == tmp_path / "mine"


def test_a_configuration_here_goes_before_the_environment(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEREEL_STORE", "/elsewhere")
    config(elsewhere / CONFIG_NAME, "ours")
    assert store_path(options()) == Path("ours")


def test_a_configuration_that_is_named_goes_before_the_one_here(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config(elsewhere / CONFIG_NAME, "here")
    monkeypatch.setenv("GATEREEL_CONFIG", str(config(tmp_path / "a" / "a.toml", "a-store")))
    assert store_path(options()) == tmp_path / "a" / "a-store"
    given = config(tmp_path / "b" / "b.toml", "b-store")
    assert store_path(options("-c", str(given))) == tmp_path / "b" / "b-store"


def test_an_absolute_store_stays_where_it_is(tmp_path: Path) -> None:
    given = config(tmp_path / "a.toml", str(tmp_path / "far"))
    assert store_path(options("--config", str(given))) == tmp_path / "far"


def test_a_store_that_is_named_goes_before_all(elsewhere: Path) -> None:
    config(elsewhere / CONFIG_NAME, "here")
    assert store_path(options("--store", "given")) == Path("given")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff", "is not TOML"),
        (b"[gateway", "is not TOML"),
        (b"", "names no store"),
        (b"gateway = 1\n", "names no store"),
        (b"[gateway]\nstore = 1\n", "names no store"),
    ],
)
def test_a_configuration_that_names_no_store(elsewhere: Path, text: bytes, said: str) -> None:
    (elsewhere / CONFIG_NAME).write_bytes(text)
    with pytest.raises(StoreError, match=said):
        store_path(options())


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot read"):
        store_path(options("-c", str(tmp_path / "none.toml")))
