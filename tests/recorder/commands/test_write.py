"""The verbs that make recordings, as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.journal import Writer
from recorder.reader import Recording
from recorder.verify import verify_reel
from tests.recorder.builders import Studio, outputs

ROOT = Path(__file__).parents[3]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "gatereel", *words]


def run(*words: str, data: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_DATA_HOME": str(data), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command(*words), cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip


def test_record_to_a_file_never_overwrites(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("record", "-o", "demo", "--title", "my words", "--", "sh", "-c", "echo hi; exit 5")
    done = run(*words, data=data, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (5, "")
    assert "hi" in done.stdout
    path = tmp_path / "demo.reel"
    with Recording.open(str(path)) as recording:
        assert (recording.state, recording.header.facts["target"]) == ("sealed", "my words")
    checked = run("verify", "demo.reel", data=data, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    before = path.read_bytes()
    again = run(*words, data=data, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert "nothing is overwritten" in again.stderr
    assert path.read_bytes() == before


def test_record_where_nothing_can_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("record", "--store", str(tmp_path / "file" / "x"), "--", "true", data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("gatereel: GR-104: ")
    assert done.stderr.count("\n") == 1


class Sealing:
    """``gatereel seal`` and what it says."""

    def __init__(self, store: Path, key: Path) -> None:
        self.process = subprocess.Popen(
            command("seal", "--store", str(store), "--key", str(key)), cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def until(self, key: str) -> Any:
        assert self.process.stdout
        for line in self.process.stdout:
            fact = json.loads(line)
            if key in fact:
                return fact[key]
        pytest.fail(f"it ended without {key}")

    def stop(self) -> list[Any]:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.stdout
        said = [json.loads(line) for line in self.process.stdout]
        assert self.process.wait(30) == 0
        self.process.stdout.close()
        return said


@pytest.fixture
def sealing(tmp_path: Path) -> Iterator[tuple[Studio, Writer, Sealing]]:
    with Studio(tmp_path / "store") as studio:
        Signer.create(tmp_path / "key", "sealer")
        writer = Writer(studio.store, SystemClock(), os.urandom)
        process = Sealing(studio.path, tmp_path / "key")
        yield studio, writer, process
        writer.close()
        if process.process.poll() is None:
            process.stop()


def test_seal_says_that_it_lives_and_what_it_did(sealing: tuple[Studio, Writer, Sealing]) -> None:
    studio, writer, process = sealing
    assert process.until("alive") is True
    journal = writer.open(studio.facts())
    told = process.until("checkpoint")
    assert (told["session"], told["state"]) == (journal.id, "")
    journal.append(outputs(20)).result(10)
    journal.close("bye").result(10)
    while not (told := process.until("checkpoint"))["state"]:
        assert told["session"] == journal.id
    assert (told["state"], told["total"]) == ("closed", 24)
    assert f"gatereel/{journal.id}\n24\n" in told["note"]
    assert verify_reel(studio.store.reel(journal.id), studio.store.verifiers()).ok
    began = time.monotonic()
    process.until("alive")
    process.until("alive")
    assert time.monotonic() - began < 5


def test_seal_ends_what_there_is_to_end_when_told_to_stop(
    sealing: tuple[Studio, Writer, Sealing],
) -> None:
    studio, writer, process = sealing
    process.until("alive")
    journals = [writer.open(studio.facts()) for _ in range(5)]
    for journal in journals:
        journal.append(outputs(20)).result(10)
    writer.close()
    process.stop()
    for journal in journals:
        with studio.open(journal.id) as recording:
            assert (recording.state, recording.finished) == ("interrupted", True)


def test_seal_tells_once_of_what_it_cannot_seal(sealing: tuple[Studio, Writer, Sealing]) -> None:
    studio, writer, process = sealing
    process.until("alive")
    studio.store.journal("019a0000-0000-7000-8000-00000000dddd", 0).write_bytes(b"nonsense")
    broken = process.until("broken")
    assert broken["session"].endswith("dddd")
    journal = writer.open(studio.facts())
    journal.close("bye").result(10)
    while not process.until("checkpoint")["state"]:
        pass
    assert not any("broken" in fact for fact in process.stop())


def test_import_tells_the_format_by_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "old.ttyrec").write_bytes(b"\1\0\0\0\0\0\0\0\4\0\0\0text")
    done = run("import", "old.ttyrec", "-o", "new", data=data, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "new.reel\n", "")
    (tmp_path / "typescript").write_bytes(b"Script started on a day\ntext")
    (tmp_path / "times").write_bytes(b"0.5 4\n")
    alone = run("import", "typescript", data=data, cwd=tmp_path)
    assert (alone.returncode, alone.stdout) == (1, "")
    assert alone.stderr.startswith("gatereel: GR-107: ")
    done = run("import", "typescript", "--timing", "times", "-o", "two", data=data, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with Recording.open(str(tmp_path / "two.reel")) as recording:
        assert recording.header.facts["protocol"] == "script"
