"""Keyframes: all of the state, small, deterministic; and nothing else is taken."""

import json
from typing import Any

import pytest

from recorder.screen import Screen, ScreenStateError

EVERYTHING = (
    "one\r\n漢字 e\u0301 \U00050000\r\n\x1b[1;38;2;1;2;3;48;5;7mthree\x1b7"
    "\x1b[2;3r\x1b[?6h\x1b[4h\x1b(0\x1b[3g\x1b[5G\x1bH\x1b]0;title\x07\x1b[22t\x1b[?45h\x1b[20h\x1b[?1049h\x1b[31malt\x1b[?25l"
    "\x1b[?2026h\x1b]0;half a ti"
)

WRONG: list[Any] = [None, -1, 10**30, 1.5, "\x1b", "\ud800", [], {}, [[]], [1] * 7, True]


def everything() -> Screen:
    screen = Screen(12, 4)
    screen.feed(EVERYTHING.encode() + "日".encode()[:2])
    return screen


def test_all_of_it_comes_back() -> None:
    screen = everything()
    again = Screen.restore(screen.keyframe())
    assert again.keyframe() == screen.keyframe()
    more = b"\xa5tle\x07x\x1b[?2026l\x1b[?1049l\tq\x1b8\x1b(Bend"
    screen.feed(more)
    again.feed(more)
    assert again.keyframe() == screen.keyframe()
    assert again.frame() == screen.frame()


def test_the_bytes_depend_on_the_state_alone() -> None:
    one, two = Screen(10, 3), Screen(10, 3)
    one.feed(b"\x1b[31ma\x1b[32mb\x1b[m")
    two.feed(b"\x1b[35mx\x1b[H\x1b[m\x1b[2K\x1b[1m\x1b[0;31ma\x1b[32mb\x1b[m")
    assert one.keyframe() == two.keyframe()


def test_small() -> None:
    assert len(Screen(80, 24).keyframe()) < 800


def test_every_single_damage_is_refused_or_harmless() -> None:
    state = json.loads(everything().keyframe())
    for key in state:
        for value in WRONG:
            damaged = json.dumps(state | {key: value}).encode()
            try:
                screen = Screen.restore(damaged)
            except ScreenStateError:
                continue
            screen.feed(b"x\x1b8\r\n")
            screen.keyframe()


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"\xff", b"[" * 100_000, b'{"form":1}', b'{"form":' + b"9" * 5000]
)
def test_garbage(data: bytes) -> None:
    with pytest.raises(ScreenStateError):
        Screen.restore(data)


def test_controls_cannot_be_smuggled_into_cells() -> None:
    state = Screen(10, 2).keyframe()
    for text in ("\\u001b[31m", "\\u009b", "\\ud800"):
        damaged = state.replace(b"[[[]", b'[[["' + text.encode() + b'"]', 1)
        assert damaged != state
        with pytest.raises(ScreenStateError):
            Screen.restore(damaged)


@pytest.mark.parametrize(
    "opening", [b"\x1bP", b"\x1bP1$q", b"\x1b_", b"\x1bX", b"\x1b^", b"\x1b]0;"]
)
def test_a_string_with_controls_in_it_goes_on(opening: bytes) -> None:
    before, after = opening + b"a\x07\x1e \n\x00\x7f\xc2\x80b", b"c\x1b\\d"
    whole, first = Screen(20, 4), Screen(20, 4)
    whole.feed(before + after)
    first.feed(before)
    other = Screen.restore(first.keyframe())
    other.feed(after)
    assert other.keyframe() == whole.keyframe()
