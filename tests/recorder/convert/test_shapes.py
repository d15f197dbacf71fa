"""Characters that are geometry: they join, to the pixel, at any size of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.shapes import arms, shape

BOXES = [chr(code) for code in range(0x2500, 0x2580)]
JOINTS = [char for char in BOXES if arms(char) is not None]
SIZES = st.tuples(st.integers(3, 40), st.integers(5, 80))


def edges(char: str, width: int, height: int) -> dict[str, bytes]:
    """How much ink there is along each edge."""
    image = shape(char, width, height)
    assert image is not None
    assert (image.mode, image.size) == ("L", (width, height))
    sides = {
        "left": (0, 0, 1, height),
        "right": (width - 1, 0, width, height),
        "up": (0, 0, width, 1),
        "down": (0, height - 1, width, height),
    }
    return {side: image.crop(box).tobytes() for side, box in sides.items()}


def test_arms_are_what_the_names_say() -> None:
    assert arms("┞") == {"left": 0, "right": 1, "up": 2, "down": 1}
    assert arms("╪") == {"left": 3, "right": 3, "up": 1, "down": 1}
    assert arms("┌") == {"left": 0, "right": 1, "up": 0, "down": 1}
    assert arms("╾") == {"left": 2, "right": 1, "up": 0, "down": 0}
    assert arms("╭") is None
    assert len(JOINTS) == 128 - 12 - 4 - 3


@given(st.sampled_from(JOINTS), SIZES)
def test_a_line_reaches_an_edge_where_it_has_an_arm_and_nowhere_else(
    char: str, size: tuple[int, int]
) -> None:
    lines = arms(char)
    assert lines is not None
    for side, ink in edges(char, *size).items():
        assert any(ink) or not lines[side], side
        if size[0] >= 9 and size[1] >= 14:  # where there is room beside the middle
            assert not any(ink) or lines[side], side


@given(st.sampled_from(JOINTS), st.sampled_from(JOINTS), SIZES)
def test_equal_arms_meet_from_cell_to_cell(one: str, two: str, size: tuple[int, int]) -> None:
    first, second = arms(one), arms(two)
    assert first is not None
    assert second is not None
    if size[0] < 9 or size[1] < 14:
        return
    if first["right"] == second["left"]:
        assert edges(one, *size)["right"] == edges(two, *size)["left"]
    if first["down"] == second["up"]:
        assert edges(one, *size)["down"] == edges(two, *size)["up"]


@pytest.mark.parametrize(("char", "sides"), [("╭", "right down"), ("╮", "left down"),
                                             ("╯", "left up"), ("╰", "right up")])  # fmt: skip
def test_arcs_meet_lines(char: str, sides: str) -> None:
    made = edges(char, 9, 18)
    for side in ("left", "right", "up", "down"):
        line = edges("─" if side in ("left", "right") else "│", 9, 18)[side]
        assert made[side] == (line if side in sides.split() else bytes(len(line)))


def ink(char: str, width: int = 8, height: int = 16) -> float:
    image = shape(char, width, height)
    assert image is not None
    return sum(image.tobytes()) / (255 * width * height)


def test_blocks_cover_what_they_are_named_for() -> None:
    assert [ink(chr(0x2580 + n)) for n in range(1, 9)] == [n / 8 for n in range(1, 9)]
    assert [ink(chr(0x2588 + n)) for n in range(8)] == [1 - n / 8 for n in range(8)]
    assert [ink(char) for char in "▀▐▔▕▖▙▚"] == [0.5, 0.5, 1 / 8, 1 / 8, 0.25, 0.75, 0.5]
    assert [round(ink(char), 2) for char in "░▒▓"] == [0.25, 0.5, 0.75]


def test_braille_has_as_many_dots_as_bits() -> None:
    dots = [ink(chr(0x2800 + code)) for code in range(256)]
    assert dots[0] == 0
    assert len({dots[code] / code.bit_count() for code in range(1, 256)}) <= 8
    assert dots[0xFF] == max(dots)


def test_other_characters_are_none_of_these() -> None:
    assert shape("a", 9, 18) is None
    assert shape("─\u0301", 9, 18) is None
    assert shape("", 9, 18) is None


@given(st.sampled_from([*range(0x2500, 0x25A0), *range(0x2800, 0x2900), *range(0xE0B0, 0xE0B4)]),
       st.integers(1, 96), st.integers(1, 200))  # fmt: skip
def test_every_one_can_be_drawn_at_any_size(code: int, width: int, height: int) -> None:
    image = shape(chr(code), width, height)
    assert image is not None
    assert image.size == (width, height)
