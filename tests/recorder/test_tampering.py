"""Nothing that was done to a recording passes: every bit, every length, every frame.

``GATEREEL_FLIPS`` asks for so many random changes besides, of a larger recording (``make fuzz``).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.errors import RecordingError
from recorder.format import Packed
from recorder.reader import Recording
from recorder.seal import pack_table
from recorder.verify import verify_reel
from tests.recorder.builders import Studio, fixed_signer, forge, frames_of, outputs, packed, story
from tests.vectors.make import SESSION, with_table

KEYS = [fixed_signer().verifier]
FLIPS = int(os.environ.get("GATEREEL_FLIPS", "1000"))


@contextmanager
def laid_out(folder: Path, data: bytes) -> Iterator[tuple[Path, int]]:
    path = folder / f"{SESSION}.reel"
    path.write_bytes(data)
    fd = os.open(path, os.O_RDWR)
    try:
        yield path, fd
    finally:
        os.close(fd)


def read(path: Path) -> tuple[list[Packed], bool]:
    """What the reader gives out, and whether it came to the end of a finished recording. Anything
    but a `RecordingError` fails the test."""
    records: list[Packed] = []
    try:
        with Recording.open(str(path)) as recording:
            records.extend(recording.records())
            assert recording.last() == records[-1]
            return records, recording.finished
    except RecordingError:
        return records, False


def refused(path: Path) -> bool:
    return not verify_reel(path, KEYS).ok


def test_every_flipped_bit_is_found_and_no_reader_gives_out_other_records(tmp_path: Path) -> None:
    whole = forge(SESSION, packed(story(SESSION)))
    missed = []
    with laid_out(tmp_path, whole) as (path, fd):
        truth, _ = read(path)
        assert len(truth) == 8
        assert not refused(path)
        for place, byte in enumerate(whole):
            for bit in range(8):
                os.pwrite(fd, bytes([byte ^ 1 << bit]), place)
                if not refused(path):
                    missed.append((place, bit))
            # What a reader gives out is a beginning of the truth: zstd's checksum sees to it.
            records, _ = read(path)
            assert records == truth[: len(records)], place
            os.pwrite(fd, bytes([byte]), place)
        assert not refused(path)
    assert missed == []


def test_every_length_is_found(tmp_path: Path) -> None:
    whole = forge(SESSION, packed(story(SESSION)))
    with laid_out(tmp_path, whole) as (path, fd):
        truth, _ = read(path)
        for length in reversed(range(len(whole))):
            os.ftruncate(fd, length)
            assert refused(path), length
            records, finished = read(path)
            assert records == truth[: len(records)]
            assert not finished


def test_inserted_and_removed_bytes_are_found(tmp_path: Path) -> None:
    whole = forge(SESSION, packed(story(SESSION)))
    path = tmp_path / f"{SESSION}.reel"
    for place in range(0, len(whole) + 1, 3):
        for changed in (whole[:place] + b"\0" + whole[place:], whole[:place] + whole[place + 1 :]):
            if changed != whole:
                path.write_bytes(changed)
                assert refused(path), place
                read(path)


@pytest.mark.parametrize("mend", [with_table, b"".join], ids=["table mended", "table left"])
def test_no_frame_can_be_removed_doubled_or_moved(
    tmp_path: Path, mend: Callable[[list[bytes]], bytes]
) -> None:
    parts = frames_of(forge(SESSION, packed(story(SESSION))))
    if mend is with_table:
        parts = parts[:-1]
    path = tmp_path / f"{SESSION}.reel"
    variants = []
    for i in range(len(parts)):
        variants.append(parts[:i] + parts[i + 1 :])
        for j in range(len(parts) + 1):
            variants.append([*parts[:j], parts[i], *parts[j:]])
            rest = parts[:i] + parts[i + 1 :]
            variants.append([*rest[:j], parts[i], *rest[j:]])
    tried = 0
    for variant in variants:
        if variant != parts:
            path.write_bytes(mend(variant))
            assert refused(path), [parts.index(part) for part in variant]
            read(path)
            tried += 1
    assert tried > 50


def test_random_changes_of_a_larger_recording_are_found(tmp_path: Path) -> None:
    with Studio(tmp_path / "store") as studio:
        session = studio.whole(outputs(300, 400, every=100_000))
        whole = studio.store.reel(session).read_bytes()
    chance = random.Random(FLIPS)
    path = tmp_path / "changed.reel"
    path.write_bytes(whole)
    assert not refused(path)
    fd = os.open(path, os.O_RDWR)
    missed = []
    for _ in range(FLIPS):
        place, mask = chance.randrange(len(whole)), chance.randrange(1, 256)
        os.pwrite(fd, bytes([whole[place] ^ mask]), place)
        if not refused(path):
            missed.append((place, mask))
        os.pwrite(fd, whole[place : place + 1], place)
    os.close(fd)
    assert missed == []


def test_a_table_of_nothing_and_tables_that_lie_are_one_error(tmp_path: Path) -> None:
    whole = forge(SESSION, packed(story(SESSION)))
    parts = frames_of(whole)
    body = b"".join(parts[:-1])
    path = tmp_path / f"{SESSION}.reel"
    chance = random.Random(1)
    for _ in range(200):
        cuts = sorted(chance.randrange(len(body) + 1) for _ in range(chance.randrange(8)))
        ends = [*cuts, len(body)]
        sizes = [end - begin for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
        path.write_bytes(body + pack_table([(size, chance.randrange(1 << 32)) for size in sizes]))
        assert refused(path)
        read(path)
