"""The verb as a process, as people and the gateway run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recorder.store import Store
from replay.catalog import open_catalog
from replay.sqlite_catalog_file import NAME
from tests.recorder.builders import Studio, outputs

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "sample_sessions"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    for reel in SAMPLES.glob("*.reel"):
        shutil.copy(reel, folder)
    return folder


def command(store: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "gatereel", "index", "--store", str(store), *words]


def environment(store: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(store.parent / "cache")}


def index(store: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        command(store, *words), cwd=ROOT, env=environment(store), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def listed(store: Path) -> list[str]:
    catalog = open_catalog(store)
    try:
        return [entry.id for entry in catalog.entries()]
    finally:
        catalog.close()


def test_all_is_brought_up_to_date_and_then_nothing_is_to_do(store: Path) -> None:
    ids = Store(store).ids()
    status, told = index(store)
    assert status == 0
    assert [one["indexed"]["session"] for one in told] == ids
    assert listed(store) == ids
    assert all((store / f"{session}.index").exists() for session in ids)
    assert index(store) == (0, [])
    status, told = index(store, "--rebuild")
    assert (status, len(told)) == (0, len(ids))
    assert listed(store) == ids


def test_one_alone(store: Path) -> None:
    session = Store(store).ids()[2]
    status, told = index(store, session[-8:])
    assert [one["indexed"]["session"] for one in told] == [session]
    assert (status, listed(store)) == (0, [session])


def test_a_damaged_recording_is_told_and_listed(store: Path) -> None:
    session = Store(store).ids()[0]
    (store / f"{session}.reel").write_bytes(b"nonsense")
    status, told = index(store)
    assert status == 1
    assert [one["failed"]["session"] for one in told if "failed" in one] == [session]
    assert session in listed(store)


def test_a_damaged_catalog_is_one_clear_line(store: Path) -> None:
    index(store)
    (store / NAME).write_bytes(b"\0" * 3000)
    status, told = index(store)
    assert status == 0
    assert told == [{"trouble": "the catalog is damaged: it is made again"}]
    assert listed(store) == Store(store).ids()


def test_where_there_can_be_no_catalog_frames_are_derived_all_the_same(store: Path) -> None:
    (store / NAME).mkdir()
    status, told = index(store)
    assert status == 1
    assert list(told[0]) == ["trouble"]
    assert len([one for one in told if "indexed" in one]) == len(Store(store).ids())


def test_it_follows_until_its_input_ends(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Studio(store) as studio, subprocess.Popen(
        command(store, "--follow"), cwd=ROOT, env=environment(store), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        journal = studio.begin()
        journal.append(outputs(50, every=30_000)).result(10)
        told = json.loads(process.stdout.readline())
        assert told["indexed"]["session"] == journal.id
        assert not told["indexed"]["finished"]
        journal.close("logout").result(10)
        while not told["indexed"]["finished"]:
            studio.seal()
            told = json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 0
    assert listed(store) == [journal.id]


def test_where_it_may_not_give_way_it_indexes_all_the_same(store: Path) -> None:
    """A sandbox refuses the system call for a lower priority."""
    refuses = (
        "import os, sys, gatereel\n"
        "def nice(_): raise PermissionError(1, 'Operation not permitted')\n"
        "os.nice = nice\n"
        "sys.exit(gatereel.main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", refuses, "index", "--store", str(store), "--follow"],
        cwd=ROOT, env=environment(store), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "indexed" in done.stdout
