"""The transcript: every line that a frame showed, once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.convert.transcript import Line, lines_of, write_text
from recorder.convert.walk import Shown, walk
from recorder.events import Event
from recorder.index import Index
from tests.recorder.recordings import WALL_NS, Making, on_terminal

MS = 1000


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


def frames(making: Making, events: list[Event], start: int = 0) -> list[Shown]:
    with making.sealed(events) as recording, Index.load_or_build(recording) as index:
        return [step for step in walk(recording, index, start) if isinstance(step, Shown)]


def told(
    making: Making, pieces: list[tuple[int, bytes]], cols: int = 20, rows: int = 4
) -> list[tuple[int, str]]:
    """Times in milliseconds, and lines."""
    timed = [(at * MS, data) for at, data in pieces]
    lines = lines_of(frames(making, on_terminal(timed, cols=cols, rows=rows)))
    return [(line.time // MS, line.text) for line in lines]


def test_what_is_typed_letter_by_letter_is_one_line(making: Making) -> None:
    pieces = [(100, b"$ "), (500, b"l"), (900, b"s"), (1400, b"\r\nfile\r\n"), (1500, b"$ ")]
    assert told(making, pieces) == [(900, "$ ls"), (1400, "file"), (1500, "$")]


def test_what_is_corrected_was_there(making: Making) -> None:
    pieces = [(100, b"$ rm"), (500, b"\b\b\x1b[K"), (900, b"ls"), (1300, b"\r\n")]
    assert told(making, pieces) == [(100, "$ rm"), (900, "$ ls")]


def test_each_state_of_a_line_that_changes_is_told(making: Making) -> None:
    pieces = [(n * 100, b"\r%d %%\x1b[K" % (n * 10)) for n in range(4)]
    assert told(making, pieces) == [(0, "0 %"), (100, "10 %"), (200, "20 %"), (300, "30 %")]


def test_lines_that_scroll_are_told_once_even_if_no_frame_had_them(making: Making) -> None:
    flood = b"".join(b"line %d\r\n" % n for n in range(100))
    lines = told(making, [(0, b"before\r\n"), (100, flood), (200, b"after")])
    assert [text for _, text in lines] == ["before", *(f"line {n}" for n in range(100)), "after"]


def test_lines_that_move_in_a_part_of_the_screen_are_not_told_again(making: Making) -> None:
    pieces = [(0, b"head\x1b[2;4r\x1b[2;1Hone\r\ntwo\r\nthree"), (100, b"\r\nfour")]
    assert [text for _, text in told(making, pieces)] == ["head", "one", "two", "three", "four"]


def test_equal_lines_are_each_told(making: Making) -> None:
    pieces = [(n * 100, b"ok\r\n") for n in range(8)]
    # After the third nothing on the screen changes any more.
    assert told(making, pieces) == [(at, "ok") for at in (0, 100, 200, *[700] * 5)]


def test_what_passed_and_left_no_trace_is_told(making: Making) -> None:
    pieces = [(0, b"same\r\n" * 4), (100, b"hidden\r\n" + b"same\r\n" * 4)]
    assert (100, "hidden") in told(making, pieces)


def test_the_alternate_screen_comes_and_goes(making: Making) -> None:
    pieces = [
        (0, b"$ vim\r\n"),
        (100, b"\x1b[?1049h\x1b[Hmenu\r\nitem"),
        (200, b"\x1b[?1049l"),
        (300, b"$ "),
    ]
    assert [text for _, text in told(making, pieces)] == ["$ vim", "menu", "item", "$"]


def test_what_is_wiped_at_once_was_there(making: Making) -> None:
    pieces = [(0, b"secret plan"), (50, b"\x1b[2J\x1b[Hnothing here")]
    assert [text for _, text in told(making, pieces)] == ["secret plan", "nothing here"]


def test_channels_are_told_apart(making: Making) -> None:
    one = on_terminal([(0, b"one\r\n")])
    two = on_terminal([(10, b"two\r\n")], channel=2)
    lines = list(lines_of(frames(making, sorted([*one, *two], key=lambda e: e.at))))
    assert lines == [Line(0, 0, 1, "one"), Line(10, 1, 2, "two")]


def test_the_file_says_whose_it_is_and_when(making: Making) -> None:
    out = io.StringIO()
    shown = frames(making, on_terminal([(3_723_000_004, "漢 x".encode())]))
    assert write_text(out, ["alice\x1b[2J on \u202eroot"], WALL_NS, shown) == 1
    assert out.getvalue() == (
        "# alice\ufffd[2J on \ufffdroot\n"
        "# began 2026-09-21 14:13:20.000Z\n"
        "# time since then, frame, channel, and each line as it stood on the screen\n"
        "+01:02:03.000004  #f0      1  漢 x\n"
    )


SCRAPS = st.lists(
    st.tuples(
        st.sampled_from([0, 5, 20, 120, 400]),
        st.sampled_from(
            [
                *(b"a", b"bb ", b"\r", b"\n", b"\r\n", b"\x1b[2J", b"\x1b[H", b"\x1b[A", b"\x1b[K"),
                *(b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[2;3r", b"\x1bM", b"\x00\x9b", b"\xff"),
                *("漢".encode(), "\u202e\u200b\u2028".encode(), b"\x1b]2;t\x07", b"\x1b[8mx"),
            ]
        ),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCRAPS)
def test_every_line_of_every_frame_is_told_and_nothing_acts(
    making: Making, drawn: list[tuple[int, bytes]]
) -> None:
    now, pieces = 0, []
    for later, data in drawn:
        now += later * MS
        pieces.append((now, data))
    shown = frames(making, on_terminal(pieces, cols=8, rows=3))
    lines = list(lines_of(shown))
    texts = [line.text for line in lines]
    for step in shown:
        for row in [*step.scrolled, *(step.screen.text(y) for y in range(3))]:
            # As it was, or in a longer line that it grew into.
            assert not row or any(text.startswith(row) for text in texts)
    out = io.StringIO()
    write_text(out, "x", 0, shown)
    assert out.getvalue().replace("\n", "").isprintable() or "\u200b" in out.getvalue()
    assert out.getvalue().count("\n") == 3 + len(lines)
