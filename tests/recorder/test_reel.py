"""The file: the stock zstd tool takes it, and its chunks are found however it ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import format as fmt
from recorder import reel
from recorder import seal as sealing
from recorder.errors import RecordingError
from recorder.events import Output
from tests.recorder.builders import SECRET, Studio, forge, frames_of, outputs
from tests.system.peers import need
from tests.vectors.make import SESSION, three

WHOLE = forge(SESSION, three())
PARTS = frames_of(WHOLE)


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "x.reel", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def put(fd: int, data: bytes) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, data, 0)


# -- the stock tool --------------------------------------------------------------------------------


@pytest.mark.peer
def test_the_stock_tool_takes_a_finished_recording(tmp_path: Path) -> None:
    zstd = need("zstd")
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(4000, 700, every=20_000))
        path = str(studio.store.reel(session))
        with studio.open(session) as recording:
            assert recording.chunk_count > 2
            expected = b"".join(record.raw for record in recording.records())
            chunks = recording.chunk_count
    said = {}
    for flag in ("-t", "-l", "-lv"):
        done = subprocess.run([zstd, flag, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said[flag] = done.stdout
    frames, skips = listed(said["-lv"])
    assert (frames, skips) == (chunks, chunks + 2)
    decoded = subprocess.run([zstd, "-dc", path], capture_output=True, check=True)
    assert decoded.stdout == expected


def listed(text: str) -> tuple[int, int]:
    """How many data frames and how many skippable ones ``zstd -lv`` counts."""
    numbers = {
        line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in text.splitlines()
    }
    return int(numbers["# Zstandard Frames"]), int(numbers["# Skippable Frames"])


@pytest.mark.peer
def test_the_stock_tool_notices_a_flipped_byte(tmp_path: Path) -> None:
    path = tmp_path / "x.reel"
    changed = bytearray(WHOLE)
    changed[len(PARTS[0]) // 2] ^= 1
    path.write_bytes(changed)
    done = subprocess.run([need("zstd"), "-t", str(path)], capture_output=True, check=False)
    assert done.returncode != 0


# -- where the chunks are --------------------------------------------------------------------------


def test_table_and_walk_find_the_same(fd: int) -> None:
    put(fd, WHOLE)
    found = reel.layout(fd)
    assert found == reel.walk(fd)
    assert found.finished
    assert found.torn == 0
    assert [chunk.data is None for chunk in found.chunks] == [False, False, False, True]
    offsets = [0]
    for part in PARTS[:-1]:
        offsets.append(offsets[-1] + len(part))
    places = [place for chunk in found.chunks for place in (chunk.data, chunk.seal) if place]
    assert [place.offset for place in places] == offsets[:-1]
    assert list(reel.table_entries(fd, found.chunks)) == sealing.unpack_table(PARTS[-1])


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_however_it_is_cut_the_whole_chunks_are_found(fd: int, length: int) -> None:
    put(fd, WHOLE[:length])
    ends = [sum(map(len, PARTS[: i + 1])) for i in (1, 3, 5, 6)]
    whole = [end for end in ends if end <= length]
    found = reel.layout(fd)
    assert [chunk.end for chunk in found.chunks] == whole
    assert not found.finished
    assert found.torn == length - (whole[-1] if whole else 0)


def test_what_was_known_is_not_looked_at_again(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (sum(map(len, PARTS[:i])) for i in (2, 6))
    put(fd, WHOLE[:first])
    known = reel.layout(fd)
    put(fd, WHOLE[:second])
    offsets: list[int] = []
    real = os.pread

    def pread(file: int, size: int, offset: int) -> bytes:
        offsets.append(offset)
        return real(file, size, offset)

    monkeypatch.setattr(os, "pread", pread)
    found = reel.layout(fd, known)
    monkeypatch.undo()
    assert found == reel.walk(fd)
    assert min(offset for offset in offsets if offset < second - 20) >= first


def test_walking_reads_headers_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Studio(tmp_path) as studio:
        journal = studio.begin()
        for i in range(20):
            journal.append([Output(i, 1, os.urandom(700_000))]).result(10)
        journal.close("bye").result(10)
        studio.seal()
        path = studio.store.reel(journal.id)
    read = 0
    real = os.pread

    def pread(file: int, size: int, offset: int) -> bytes:
        nonlocal read
        data = real(file, size, offset)
        read += len(data)
        return data

    monkeypatch.setattr(os, "pread", pread)
    opened = os.open(path, os.O_RDONLY)
    found = reel.walk(opened)
    os.close(opened)
    assert found.finished
    assert path.stat().st_size > 10 << 20
    assert read < 64 << 10


def test_more_chunks_than_a_reel_has_are_not_kept(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "CHUNKS_LIMIT", 2)
    put(fd, WHOLE[: sum(map(len, PARTS[:6]))])
    assert len(reel.walk(fd).chunks) == 2


def test_a_seal_that_claims_to_be_huge_is_not_read(fd: int) -> None:
    put(fd, WHOLE)
    chunk = reel.Chunk(None, reel.Frame(0, fmt.FRAME_LIMIT + 1))
    with pytest.raises(RecordingError, match="longer than any"):
        reel.read_seal(fd, chunk)
    with pytest.raises(RecordingError, match="cut off"):
        reel.read_at(fd, len(WHOLE) - 1, 2)


# -- how it grows ----------------------------------------------------------------------------------


def test_what_a_failed_write_left_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "x.reel"
    reel.append_durably(path, 0, b"first")
    with path.open("ab") as file:
        file.write(b"left by an append that was killed")
    reel.append_durably(path, 5, b"+")
    assert path.read_bytes() == b"first+"


def test_an_append_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.reel"
    reel.append_durably(path, 0, b"first")
    real = os.pwrite
    written: list[int] = []

    def pwrite(file: int, data: bytes, offset: int) -> int:
        if written:
            raise OSError(28, "No space left on device")
        written.append(real(file, bytes(data)[:3], offset))
        return 3

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(OSError, match="No space"):
        reel.append_durably(path, 5, b"second")
    assert path.read_bytes() == b"first"


def test_a_replaced_file_holds_the_one_or_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.checkpoint"
    reel.replace_file(path, b"one")

    def fail(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        reel.replace_file(path, b"two")
    assert path.read_bytes() == b"one"
    monkeypatch.undo()
    reel.replace_file(path, b"three")
    assert path.read_bytes() == b"three"


def test_the_forger_of_the_tests_and_the_sealer_agree_on_every_byte(tmp_path: Path) -> None:
    with Studio(tmp_path, entropy=lambda size: SECRET[:size]) as studio:
        session = studio.whole(outputs(9))
        with studio.open(session) as recording:
            raws = [record.raw for record in recording.records()]
        forged = forge(session, [raws], compress=lambda content: fmt.compress(content, 19))
        assert studio.store.reel(session).read_bytes() == forged
