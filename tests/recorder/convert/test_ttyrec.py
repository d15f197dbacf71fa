"""ttyrec, as the real program writes it and as nobody should."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.convert.foreign import PIECE, About
from recorder.convert.ttyrec import Ttyrec, looks_like_ttyrec
from recorder.errors import ConversionError
from recorder.events import Event, Output
from tests.system.peers import need

SMALL = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def record(seconds: int, micros: int, data: bytes) -> bytes:
    return struct.pack("<III", seconds, micros, len(data)) + data


DEMO = record(1_700_000_000, 900_000, b"\x1b[2Jhi\r\n") + record(1_700_000_001, 100_000, b"there")


def read(folder: Path, data: bytes) -> tuple[About, list[Event]]:
    path = folder / "some.ttyrec"
    path.write_bytes(data)
    with path.open("rb") as file:
        source = Ttyrec(file)
        events = list(source.events())
        return source.about(), events


def test_records_and_their_times(tmp_path: Path) -> None:
    about, events = read(tmp_path, DEMO)
    assert about == About("ttyrec", began_ns=1_700_000_000_900_000_000)
    assert events == [Output(0, 1, b"\x1b[2Jhi\r\n"), Output(200_000, 1, b"there")]


def test_a_clock_that_was_set_back_stands_still(tmp_path: Path) -> None:
    data = record(10, 0, b"a") + record(5, 0, b"b") + record(10, 1, b"c")
    about, events = read(tmp_path, data)
    assert [event.at for event in events] == [0, 0, 1]
    assert about.began_ns == 10 * 10**9
    assert read(tmp_path, record(0, 5, b"a"))[0].began_ns is None


def test_long_output_comes_in_pieces(tmp_path: Path) -> None:
    _, events = read(tmp_path, record(1, 0, b"x" * (2 * PIECE + 1)))
    assert [len(e.data) for e in events if isinstance(e, Output)] == [PIECE, PIECE, 1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 11,
        DEMO[:-1],
        record(1, 1_000_000, b"x"),
        struct.pack("<III", 1, 1, 0xFFFFFFFF) + b"x",
        record(0, 0, b"a") + record(1_000_000_001, 0, b"late"),
        DEMO + b"\0",
    ],
)
def test_what_is_none_has_one_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ConversionError):
        read(tmp_path, data)


def test_every_cut_and_every_changed_byte_is_read_or_refused(tmp_path: Path) -> None:
    whole = {len(DEMO), 12 + len(b"\x1b[2Jhi\r\n")}
    for end in range(len(DEMO) + 1):
        if end in whole:
            read(tmp_path, DEMO[:end])
            continue
        with pytest.raises(ConversionError):
            read(tmp_path, DEMO[:end])
    for at in range(len(DEMO)):
        for byte in (0, 1, 0x7F, 0xFF):
            try:
                read(tmp_path, DEMO[:at] + bytes([byte]) + DEMO[at + 1 :])
            except ConversionError:
                continue


@SMALL
@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    try:
        read(tmp_path, data)
    except ConversionError:
        return


def test_only_what_is_one_looks_like_one() -> None:
    assert looks_like_ttyrec(DEMO)
    assert looks_like_ttyrec(DEMO[:20])
    assert not looks_like_ttyrec(b"Script started on 2026-01-01")
    assert not looks_like_ttyrec(b'{"version": 2, "width": 80}')
    assert not looks_like_ttyrec(record(1, 0, b"ab") + b"no header here")
    assert not looks_like_ttyrec(bytes(100))
    assert not looks_like_ttyrec(b"short")


@pytest.mark.peer
def test_what_the_real_program_wrote(tmp_path: Path) -> None:
    path = tmp_path / "real.ttyrec"
    said = "printf 'one\\n'; sleep 0.3; printf '\\033[31mtwo'; sleep 0.1"
    # Without a terminal on its input it ends at once.
    subprocess.run(
        [need("script"), "-q", "-c", f'{need("ttyrec")} -e "{said}" {path}', "/dev/null"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=30,
        env={**os.environ, "SHELL": "/bin/sh"},
    )
    about, events = read(tmp_path, path.read_bytes())
    outputs = [event for event in events if isinstance(event, Output)]
    assert b"".join(event.data for event in outputs) == b"one\r\n\x1b[31mtwo"
    assert 200_000 < outputs[-1].at < 10_000_000
    assert about.began_ns is not None
