from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from recorder.store import Store
from replay.scope import LocalScope
from replay.sqlite_catalog import SqliteCatalog
from replay.tending import Tender, keep_once
from replay.watching import Listed, Report, Watch
from tests.replay.tui.snapshots import samples

PATIENCE = 60


def test_the_catalog_is_kept_up_by_a_process_of_its_own_until_it_is_stopped(tmp_path: Path) -> None:
    store = samples(tmp_path)
    tender = Tender(store)
    said: list[str] = []
    working = threading.Thread(target=tender.run, args=(said.append,))
    told: SimpleQueue[Report] = SimpleQueue()
    watch = Watch(store, LocalScope(), told.put)
    looking = threading.Thread(target=watch.run)
    working.start()
    looking.start()
    try:
        while True:
            report = told.get(timeout=PATIENCE)
            if isinstance(report, Listed) and not report.missing:
                break
        assert len(report.entries) == 8
        assert all(each.frames for each in report.entries)
    finally:
        tender.stop()
        watch.stop()
        working.join(PATIENCE)
        looking.join(PATIENCE)
    assert not working.is_alive()
    assert said == []


def test_one_that_was_stopped_before_it_began_begins_nothing(tmp_path: Path) -> None:
    tender = Tender(Store.open(tmp_path))
    tender.stop()
    tender.run(lambda line: None)
    assert not list(tmp_path.iterdir())


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    Tender(Store(tmp_path / "nowhere")).run(said.append)
    assert said[0].startswith("GR-")
    assert "there is no store" in said[0]


def test_where_no_process_can_be_started_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path))
    said: list[str] = []
    Tender(Store.open(tmp_path)).run(said.append)
    assert said == ["the catalog is not kept up: no process can be started (Permission denied)"]


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:

    command = [sys.executable, "-m", "replay.tending", str(tmp_path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=root) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_once_is_enough_for_what_is_there(tmp_path: Path) -> None:
    store = samples(tmp_path)
    keep_once(store)
    catalog = SqliteCatalog.open(store.path)
    assert len(catalog.entries()) == 8
    catalog.close()
