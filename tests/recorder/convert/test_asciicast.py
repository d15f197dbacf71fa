"""asciicast's lines, read and written."""

from __future__ import annotations

import io
import json
import tracemalloc
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.asciicast import (
    LINE_LIMIT,
    CastEvent,
    CastHeader,
    CastWriter,
    Version,
    parse_size,
    read_cast,
)
from recorder.errors import ConversionError

V2 = b'{"version": 2, "width": 80, "height": 24}\n'
V3 = b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n'


def read(data: bytes) -> tuple[CastHeader, list[CastEvent]]:
    header, events = read_cast(io.BytesIO(data))
    return header, list(events)


def test_the_example_of_the_v2_documentation() -> None:
    header, events = read(
        b'{"version": 2, "width": 80, "height": 24, "timestamp": 1504467315, "title": "Demo", '
        b'"idle_time_limit": 2.5, "env": {"TERM": "xterm-256color", "SHELL": "/bin/zsh"}}\n'
        b'[0.248848, "o", "\\u001b[1;31mHello \\u001b[32mWorld!\\u001b[0m\\n"]\n'
        b'[1.001376, "o", "That was ok\\rThis is better."]\n'
        b'[1.500000, "m", ""]\n'
        b'[4.050000, "r", "80x24"]\n'
    )
    assert header == CastHeader(
        2,
        80,
        24,
        "xterm-256color",
        1504467315,
        "Demo",
        idle_limit=2_500_000,
        env={"TERM": "xterm-256color", "SHELL": "/bin/zsh"},
    )
    assert events == [
        CastEvent(248_848, "o", "\x1b[1;31mHello \x1b[32mWorld!\x1b[0m\n"),
        CastEvent(1_001_376, "o", "That was ok\rThis is better."),
        CastEvent(1_500_000, "m", ""),
        CastEvent(4_050_000, "r", "80x24"),
    ]


def test_the_example_of_the_v3_documentation() -> None:
    header, events = read(
        b'{"version": 3, "term": {"cols": 80, "rows": 24, "type": "xterm-256color"}, '
        b'"timestamp": 1504467315, "title": "Demo", "env": {"SHELL": "/bin/zsh"}}\n'
        b"# event stream follows the header\n"
        b'[0.248, "o", "Hello"]\n'
        b'[1.001, "o", "That was ok"]\n'
        b"\n"
        b'[3.500, "m", ""]\n'
        b"# terminal window resized to 90 cols and 30 rows\n"
        b'[2.050, "r", "90x30"]\n'
        b'[0.887, "x", "0"]\n'
    )
    assert (header.version, header.cols, header.rows, header.term) == (3, 80, 24, "xterm-256color")
    assert [(event.at, event.code) for event in events] == [
        (248_000, "o"),
        (1_249_000, "o"),
        (4_749_000, "m"),
        (6_799_000, "r"),
        (7_686_000, "x"),
    ]


def test_intervals_finer_than_a_microsecond_do_not_drift() -> None:
    _, events = read(V3 + b'[0.0000004, "o", "x"]\n' * 1000)
    assert events[-1].at == 400


def test_what_stands_around_is_forgiven() -> None:
    data = b"\xef\xbb\xbf" + V2.strip() + b'\r\n\r\n# a comment\r\n  [1e0, "o", "x"]  \r\n\n'
    assert read(data)[1] == [CastEvent(1_000_000, "o", "x")]
    assert read(b"# first\n\n" + V2)[1] == []


def test_a_v2_time_that_goes_back_stands_still() -> None:
    _, events = read(V2 + b'[2, "o", "a"]\n[1.5, "i", "b"]\n[2.5, "o", "c"]\n')
    assert [event.at for event in events] == [2_000_000, 2_000_000, 2_500_000]


def test_half_a_surrogate_is_replaced() -> None:
    assert read(V2 + b'[0, "o", "a\\ud800b\\ud83d\\ude00"]\n')[1][0].data == "a\ufffdb😀"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\n\n",
        b"hello",
        b"[]",
        b"{}",
        b'{"version": 1, "width": 80, "height": 24, "stdout": []}',
        b'{"version": 4}',
        b'{"version": "2", "width": 80, "height": 24}',
        b'{"version": true, "width": 80, "height": 24}',
        b'{"version": 2, "width": 0, "height": 24}',
        b'{"version": 2, "width": 80.5, "height": 24}',
        b'{"version": 2, "width": 80}',
        b'{"version": 2, "width": 1000000000, "height": 24}',
        b'{"version": 3, "width": 80, "height": 24}',
        b'{"version": 3, "term": {"cols": -1, "rows": 24}}',
        b'{"version": 2, "width": 80, "height": 24, "timestamp": -5}',
        b'{"version": 2, "width": 80, "height": 24, "timestamp": "now"}',
        b'{"version": 2, "width": 80, "height": 24, "idle_time_limit": "x"}',
        b'{"version": 2, "width": 1' + b"0" * 5000 + b', "height": 24}',
        b'{"version": 2, "width": 80, "height": 24, "x": ' + b"[" * 100_000,
        b'{"version": 2, "width": NaN, "height": 24}',
        b'{"version": 2, "width": 80, "height": 24, "title": "\xff"}',
        b"\x28\xb5\x2f\xfd" + bytes(100),
    ],
)
def test_a_header_that_is_none_has_one_error(header: bytes) -> None:
    with pytest.raises(ConversionError) as caught:
        read(header + b"\n")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"{}",
        b"[]",
        b'[1, "o"]',
        b'[1, "o", "x", 2]',
        b'["1", "o", "x"]',
        b'[true, "o", "x"]',
        b'[-1, "o", "x"]',
        b'[-0.5, "o", "x"]',
        b'[1e400, "o", "x"]',
        b'[1e99999999999999999999, "o", "x"]',
        b'[Infinity, "o", "x"]',
        b'[1000000001, "o", "x"]',
        b"[1." + b"1" * 10_000 + b', "o", "x"]',
        b'[1, 2, "x"]',
        b'[1, "o", null]',
        b'[1, "o", "x"',
        b'[1, "o", "\xff"]',
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("header", [V2, V3])
def test_a_line_that_is_no_event_has_one_error(header: bytes, line: bytes) -> None:
    with pytest.raises(ConversionError) as caught:
        read(header + b'[0, "o", "fine"]\n' + line + b"\n")
    assert len(str(caught.value)) < 200


def test_a_line_that_is_too_long_is_not_kept() -> None:
    class Endless:
        def readline(self, limit: int) -> bytes:
            return b"[" * limit

    with pytest.raises(ConversionError, match=f"longer than {LINE_LIMIT >> 20} MiB"):
        read_cast(Endless())


@pytest.mark.parametrize("header", [b"", V2])
def test_json_that_is_small_as_text_and_large_as_objects_is_not_made(header: bytes) -> None:
    bomb = b"[" + b"[]," * (1 << 21) + b"0]\n"
    if not header:
        bomb = b'{"version": 2, "width": 80, "height": 24, "x": ' + bomb.strip() + b"}\n"
    tracemalloc.start()
    with pytest.raises(ConversionError):
        read(header + bomb)
    assert tracemalloc.get_traced_memory()[1] < 5 * len(bomb)
    tracemalloc.stop()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, V2 + data, V3 + data):
        try:
            read(content)
        except ConversionError:
            continue


@pytest.mark.parametrize(("text", "size"), [("80x24", (80, 24)), ("1x1000", (1, 1000))])
def test_a_size_is_read(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "80", "80x", "80x24x1", "0x24", "80x1001", "-1x5", "٣x٣"])
def test_a_size_that_is_none(text: str) -> None:
    with pytest.raises(ConversionError):
        parse_size(text)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _timed(drawn: list[tuple[int, str, str]]) -> list[CastEvent]:
    times = accumulate(interval for interval, _, _ in drawn)
    return [CastEvent(at, code, data) for at, (_, code, data) in zip(times, drawn, strict=True)]


entries = st.lists(
    st.tuples(st.integers(0, 10**8), st.sampled_from("oimrx"), texts), max_size=20
).map(_timed)
headers = st.builds(
    CastHeader,
    st.sampled_from([2, 3]),
    st.integers(1, 1000),
    st.integers(1, 1000),
    term=texts,
    timestamp=st.none() | st.integers(0, 1 << 32),
    title=texts,
    command=texts,
    idle_limit=st.none() | st.integers(0, 10**9),
)


@given(headers, entries)
def test_what_is_written_is_read_again(header: CastHeader, events: list[CastEvent]) -> None:
    writer = CastWriter(header)
    lines = [writer.first_line(), *map(writer.line, events)]
    again, read_again = read("".join(lines).encode())
    assert read_again == events
    expected = {"TERM": header.term} if header.version == 2 and header.term else {}
    assert again == CastHeader(
        header.version,
        header.cols,
        header.rows,
        header.term,
        header.timestamp,
        header.title,
        header.command,
        header.idle_limit,
        expected,
    )


@given(headers, entries)
def test_every_line_is_plain_ascii_json_of_the_documented_shape(
    header: CastHeader, events: list[CastEvent]
) -> None:
    writer = CastWriter(header)
    first = writer.first_line()
    assert first.isascii()
    assert first.count("\n") == 1
    value = json.loads(first)
    size = value if header.version == 2 else value["term"]
    names = ("width", "height") if header.version == 2 else ("cols", "rows")
    assert tuple(size[name] for name in names) == (header.cols, header.rows)
    now = Fraction(0)
    for event in events:
        line = writer.line(event)
        assert line.isascii()
        assert line.endswith("]\n")
        time, code, data = json.loads(line, parse_float=Fraction)
        now = time if header.version == 2 else now + time
        assert (now * 1_000_000, code, data) == event


def test_each_version_writes_its_own_times() -> None:
    events = [CastEvent(1_500_000, "o", "a"), CastEvent(2_000_001, "o", "b")]
    written: dict[Version, list[str]] = {}
    versions: tuple[Version, Version] = (2, 3)
    for version in versions:
        writer = CastWriter(CastHeader(version, 80, 24))
        written[version] = [writer.line(event) for event in events]
    assert written[2] == ['[1.500000, "o", "a"]\n', '[2.000001, "o", "b"]\n']
    assert written[3] == ['[1.500000, "o", "a"]\n', '[0.500001, "o", "b"]\n']
