"""A session as passages: each line once, with the frames and times at which it could be read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from recorder.events import ChannelClosed, Disclosed, Event, Input, Output, Requested, Typed
from recorder.index import Index
from replay.passage import Kind, Passage
from replay.passages import aside, passages, screens
from tests.recorder.recordings import Making, on_terminal

S = 1_000_000


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path)
    yield made
    made.close()


def told(making: Making, events: Sequence[Event]) -> list[Passage]:
    recording = making.sealed(events, cols=20, rows=5)
    with recording, Index.load_or_build(recording) as index:
        found = list(passages(recording, index))
        assert [*screens(index), *aside(recording, index)] == found
        for each in found:
            if each.kind is Kind.SCREEN and each.whole >= 0:
                frame = index.frames[each.whole]
                assert (each.event, each.time) == (frame.last, frame.closed)
        return found


def one(found: list[Passage], kind: Kind, text: str) -> Passage:
    (passage,) = [each for each in found if each.kind is kind and each.text == text]
    return passage


def test_lines_of_screens_say_how_long_they_were_there(making: Making) -> None:
    found = told(
        making,
        on_terminal([(S, b"here\r\n"), (2 * S, b"gone"), (2 * S + S // 2, b"\r\x1b[Kstays"),
                     (9 * S, b"\x1b[?1049h\x1b[Halt")]),
    )  # fmt: skip
    here, gone, alt = (one(found, Kind.SCREEN, text) for text in ("here", "gone", "alt"))
    assert (here.time, here.until, here.flash, here.row) == (S, 9 * S, False, 0)
    assert (gone.time, gone.until, gone.flash) == (2 * S, 2 * S + S // 2, True)
    assert (alt.alternate, alt.flash) == (True, False)


def test_rows_that_were_wrapped_are_one_line(making: Making) -> None:
    found = told(making, on_terminal([(S, b"x" * 18 + b"password")], cols=20, rows=5))
    assert one(found, Kind.SCREEN, "x" * 18 + "password").row == 0


def test_typed_lines_say_whether_they_were_shown(making: Making) -> None:
    found = told(
        making,
        [
            *on_terminal([(S, b"$ ls\r\n")]),
            Typed(2 * S, 1, 3), Disclosed(2 * S, 1, b"ls\r"), Input(3 * S, 1, b"hunter2\r"),
            Input(4 * S, 1, b"not sent"), ChannelClosed(5 * S, 1, "closed"),
            Requested(6 * S, 2, "exec", b"uptime"), Output(7 * S, 2, b"up\n"),
            Input(8 * S, 2, b"to a program\n"),
        ],
    )  # fmt: skip
    assert one(found, Kind.TYPED, "ls").again
    assert one(found, Kind.TYPED, "hunter2").mark == "typed"
    assert one(found, Kind.TYPED, "not sent").mark == "typed"
    assert one(found, Kind.TYPED, "to a program").detail == "sent"
    run = one(found, Kind.COMMAND, "uptime")
    assert (run.channel, run.again) == (2, True)


def test_what_was_said_stands_in_its_frame(making: Making) -> None:
    found = told(making, [*on_terminal([(S, b"one"), (3 * S, b"two")]), Input(4 * S, 1, b"q\r")])
    typed = one(found, Kind.TYPED, "q")
    assert (typed.whole, typed.time) == (1, 4 * S)
