from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from replay.tui.minimap import HIGHEST, WIDEST, draw, layout

sizes = st.builds(Size, st.integers(1, 1200), st.integers(1, 1200))


@given(sizes, sizes)
def test_the_whole_grid_is_on_the_map(grid: Size, room: Size) -> None:
    (width, height), (across, down) = layout(grid, room)
    assert width * 2 * across >= grid.width
    assert height * 4 * down >= grid.height
    assert 1 <= width <= max(min(WIDEST, room.width // 3), 1)
    assert 1 <= height <= max(min(HIGHEST, room.height // 3), 1)


@pytest.mark.parametrize(
    ("texts", "grid", "rows"),
    [
        (["x", "", "", "x"], Size(2, 4), ["⡁"]),
        (["xx"] * 4, Size(2, 4), ["⣿"]),
        (["  x", " ", "", ""], Size(4, 4), ["⠀⠁"]),
        (["x" * 9], Size(1, 1), ["⠉"]),
        ([], Size(1, 1), ["⠀"]),
    ],
)
def test_a_dot_stands_for_what_is_not_blank(texts: list[str], grid: Size, rows: list[str]) -> None:
    assert draw(texts, layout(grid, Size(99, 99))) == rows


def test_a_dot_stands_for_several_cells_of_a_large_grid() -> None:
    made = layout(Size(1000, 1000), Size(60, 30))
    texts = [""] * 500 + [" " * 500 + "x"] + [""] * 499
    rows = draw(texts, made)
    assert len(rows) == made.size.height
    assert sum(char != "\u2800" for row in rows for char in row) == 1
