"""``gatereel prune``: what is due goes from the store and from the catalog, and it is recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gatereel
from replay.catalog import open_catalog
from replay.tending import keep_once
from tests.recorder.builders import Studio, outputs


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("GATEREEL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GATEREEL_CONFIG", raising=False)
    made = []
    with Studio(tmp_path / "store") as studio:
        for _ in range(3):
            made.append(studio.whole(outputs(3)))
            studio.clock.advance(1_000_000)
        keep_once(studio.store, studio.clock)
    return made


def run(*words: str) -> int:
    return gatereel.main(["prune", *words])


def listed(folder: Path) -> set[str]:
    catalog = open_catalog(folder)
    try:
        return {entry.id for entry in catalog.entries()}
    finally:
        catalog.close()


def test_what_is_due_goes_everywhere(
    sessions: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert run("--keep", "1", "--dry-run") == 0
    assert "2 sessions" in capsys.readouterr().out
    assert listed(store) == set(sessions)
    assert run("--keep", "1", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert sorted(facts["removed"]) == sorted(facts["due"]) == sessions[:2]
    assert listed(store) == {sessions[2]}
    assert not [path for path in store.iterdir() if path.name.startswith(tuple(sessions[:2]))]
    assert gatereel.main(["verify"]) == 0
    out = capsys.readouterr().out
    assert out.count("ok   pruned") == 2
    assert run("--keep", "1") == 0
    assert "0 sessions" in capsys.readouterr().out


def test_what_is_held_stays(sessions: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert gatereel.main(["preserve", sessions[0], "--reason", "a lawsuit"]) == 0
    assert run("--keep", "0") == 0
    out = capsys.readouterr().out
    assert f"{sessions[0]}  stays: preserved by" in out
    assert out.count("  removed") == 2


def test_a_rule_is_needed(sessions: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 1
    assert run("--older-than", "soon") == 1
    assert capsys.readouterr().err.count("GR-117") == 2
    assert sessions
