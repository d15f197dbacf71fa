"""Frames packed for the page's script; here its rules are followed in Python."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.convert import film as film_module
from recorder.convert.film import KEY_EVERY, Film, film_of
from recorder.convert.looks import segments, writable
from recorder.convert.walk import Shown
from recorder.errors import ConversionError
from recorder.frames import FrameRef
from recorder.screen import Screen


def shown(pieces: list[bytes | tuple[int, int]]) -> list[Shown]:
    """A frame after each piece; a pair is another size."""
    screen = Screen(20, 4)
    made = []
    for n, piece in enumerate(pieces):
        if isinstance(piece, bytes):
            screen.feed(piece)
        else:
            screen.resize(*piece)
        ref = FrameRef(n, 1, 2 * n, 2 * n + 1, 1000 * n, 1000 * n + 5, stable=n % 2 == 0)
        made.append(Shown(ref, screen.frame(), []))
    return made


def unpacked(film: Film, **facts: Any) -> dict[str, Any]:
    text = film.text(facts)
    assert text.isascii()
    document: dict[str, Any] = json.loads(text)
    return document


def played(document: dict[str, Any], number: int) -> tuple[int, list[Any]]:
    """Columns and rows of a frame, as the script finds them."""
    frames = document["frames"]
    first = number
    while not frames[first][4]:
        first -= 1
    assert number - first < KEY_EVERY
    rows = [0] * frames[first][5]
    for frame in frames[first : number + 1]:
        changes = frame[9]
        for y, row in zip(changes[::2], changes[1::2], strict=True):
            rows[y] = row
    return frames[first][4], [document["rows"][row] for row in rows]


def check(frames: list[Shown]) -> dict[str, Any]:
    """Every frame can be found again."""
    document = unpacked(film_of(frames))
    assert len(document["frames"]) == len(frames)
    for number, step in enumerate(frames):
        cols, rows = played(document, number)
        assert (cols, len(rows)) == (step.screen.cols, step.screen.rows)
        for y, row in enumerate(rows):
            found = [(x, n, text, *document["styles"][style]) for x, n, text, style in row]
            assert found == [tuple(segment) for segment in segments(step.screen, y)]
        at, ref, event, stable, _, _, x, y, title, _ = document["frames"][number]
        assert (at, ref, event, bool(stable)) == (
            *(step.ref.closed, step.ref.number, step.ref.last, step.ref.stable),
        )
        cursor = step.screen.cursor
        assert (x, y) == (cursor.x if cursor.visible else -1, cursor.y)
        assert document["titles"][title] == writable(step.screen.title)
    return document


def test_frames_are_found_again_over_keys_sizes_and_clears() -> None:
    pieces: list[bytes | tuple[int, int]] = [b"line %d\r\n" % n for n in range(2 * KEY_EVERY + 5)]
    pieces[50:50] = [(30, 6), b"\x1b[31mred\x1b[m\x1b[?25l", b"\x1b[2J\x1b]2;a <b>\x07", (10, 2)]
    document = check(shown(pieces))
    assert [frame[4] for frame in document["frames"][:2]] == [20, 0]


def test_what_repeats_is_there_once() -> None:
    document = check(shown([b"\x1b[H\x1b[2Jone", b"\x1b[H\x1b[2Jtwo"] * 200))
    assert len(document["rows"]) == 3
    assert len(document["styles"]) == 1


def test_a_last_frame_that_is_there_again_is_left_out() -> None:
    frames = shown([b"a"])
    assert len(film_of([*frames, frames[0]._replace(again=True)])) == 1
    assert unpacked(Film(), start=1) == {
        "start": 1, "styles": [], "titles": [""], "rows": [[]], "frames": [],
    }  # fmt: skip


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_module, "LIMIT", 10_000)
    frames = shown([b"\x1b[Hline %d" % n for n in range(500)])
    with pytest.raises(ConversionError, match="--from"):
        film_of(frames)
    assert len(film_of(frames[:100]).text({})) < 10_000


@given(
    st.lists(
        st.one_of(st.binary(max_size=30), st.tuples(st.integers(1, 30), st.integers(1, 8))),
        max_size=12,
    )
)
def test_whatever_is_shown_is_found_again(pieces: list[bytes | tuple[int, int]]) -> None:
    check(shown(pieces))
