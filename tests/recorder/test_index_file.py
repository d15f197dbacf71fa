"""The derived file: whoever opens it, whatever happened to it."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from recorder.channel_screen import Size
from recorder.errors import RecordingError, StoreError
from recorder.index_file import IndexFile, cache_path
from recorder.index_format import Bases, pack_segment, unpack_head
from recorder.tables import Batch, Keyframe, Point, Progress

STAMP = b"gatereel index\n{}\n"


def segment(event: int) -> bytes:
    keyframe = Keyframe(1, {"closed": False}, os.urandom(300))
    progress = Progress(event, 0, 0, [], 0, [], Size(80, 24), finished=False)
    return pack_segment(Batch(progress, points=[Point(event, 0, [keyframe])]), Bases()).data


def fill(file: IndexFile) -> None:
    for event in range(5, 50):
        file.append(segment(event))


def events(file: IndexFile) -> list[int]:
    return [unpack_head(found.head).progress.event for found in file.segments()]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.index"


@pytest.fixture
def written(path: Path) -> list[int]:
    """A file with three segments; where each ends."""
    file = IndexFile.open(path, STAMP)
    ends = []
    for event in (1, 2, 3):
        file.append(segment(event))
        ends.append(path.stat().st_size)
    file.close()
    return ends


def test_what_is_appended_is_there_for_the_next(path: Path, written: list[int]) -> None:
    file = IndexFile.open(path, STAMP)
    assert file.writable
    assert events(file) == [1, 2, 3]
    offset = file.append(segment(4)).keyframes
    assert len(file.read(offset, 100)) == 100
    assert events(file) == [1, 2, 3, 4]
    file.close()
    assert path.read_bytes().startswith(STAMP)


def test_a_torn_tail_is_as_if_never_written(path: Path, written: list[int]) -> None:
    whole = path.read_bytes()
    for size in range(len(STAMP), len(whole) + 1, 7):
        path.write_bytes(whole[:size])
        file = IndexFile.open(path, STAMP)
        expected = [n for n, end in zip((1, 2, 3), written, strict=True) if end <= size]
        assert events(file) == expected
        file.append(segment(9))
        file.close()
        again = IndexFile.open(path, STAMP)
        assert events(again) == [*expected, 9]
        again.close()


def test_a_tail_that_a_power_cut_blanked_is_dropped(path: Path, written: list[int]) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-50] + bytes(50))
    file = IndexFile.open(path, STAMP)
    assert events(file) == [1, 2]
    file.close()


def test_another_stamp_begins_anew(path: Path, written: list[int]) -> None:
    file = IndexFile.open(path, b"other\n{}\n")
    assert file.writable
    assert events(file) == []
    file.close()
    assert path.read_bytes() == b"other\n{}\n"


def test_rebuilding_begins_anew_and_leaves_readers_theirs(path: Path, written: list[int]) -> None:
    reader = IndexFile.open(path, STAMP)
    fresh = IndexFile.open(path, STAMP, rebuild=True)
    assert events(fresh) == []
    assert events(reader) == [1, 2, 3]
    reader.close()
    fresh.close()


def test_only_one_writes_and_the_other_keeps_its_own(path: Path, written: list[int]) -> None:
    first, second = IndexFile.open(path, STAMP), IndexFile.open(path, STAMP)
    assert (first.writable, second.writable) == (True, False)
    first.append(segment(4))
    offset = second.append(segment(40)).keyframes
    second.append(segment(41))
    assert len(second.read(offset, 50)) == 50
    assert events(second) == [1, 2, 3, 40, 41]
    assert events(first) == [1, 2, 3, 4]
    first.close()
    third = IndexFile.open(path, STAMP)
    assert third.writable
    assert events(third) == [1, 2, 3, 4]
    second.close()
    third.close()


def test_where_nothing_can_be_written_the_cache_has_it(path: Path) -> None:
    path.mkdir()
    file = IndexFile.open(path, STAMP)
    assert file.writable
    file.append(segment(1))
    file.close()
    assert cache_path(path).exists()
    again = IndexFile.open(path, STAMP)
    assert events(again) == [1]
    again.close()


def test_where_there_is_no_cache_either_nothing_is_kept(path: Path) -> None:
    path.mkdir()
    cache_path(path).mkdir(parents=True)
    file = IndexFile.open(path, STAMP)
    assert not file.writable
    file.append(segment(1))
    assert events(file) == [1]
    file.close()
    assert list(path.iterdir()) == []


def test_a_disk_that_is_full_leaves_no_half_segment(path: Path, written: list[int]) -> None:
    file = IndexFile.open(path, STAMP)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (written[-1] + 100, before[1]))
    try:
        file.append(segment(4))  # no room here, but behind it in a file of its own
        assert not file.writable
        assert events(file) == [1, 2, 3, 4]
        assert path.stat().st_size == written[-1]
        with pytest.raises(StoreError):
            fill(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    file.close()


def test_reading_beyond_the_end_is_refused(path: Path, written: list[int]) -> None:
    file = IndexFile.open(path, STAMP)
    with pytest.raises(RecordingError):
        file.read(written[-1] - 10, 20)
    with pytest.raises(RecordingError):
        file.read(written[-1] + 10, 20)
    file.close()
