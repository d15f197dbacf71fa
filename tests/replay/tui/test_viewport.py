from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Offset, Size

from replay.tui.viewport import Viewport

sizes = st.builds(Size, st.integers(1, 1200), st.integers(1, 1200))
offsets = st.builds(Offset, st.integers(-50, 1300), st.integers(-50, 1300))


@given(sizes, sizes, offsets, st.integers(0, 40))
def test_it_lies_inside_the_grid_wherever_it_is_put(
    room: Size, grid: Size, origin: Offset, above: int
) -> None:
    port = Viewport()
    port.above = above
    port.fit(room, grid)
    port.place(origin)
    left, right, top, below = port.hidden
    assert min(port.hidden) >= 0
    assert port.view.width + left + right == grid.width
    assert -above <= port.origin.y
    if port.origin.y >= 0:
        assert port.view.height + top + below == grid.height
    assert port.oversized == (port.view != grid)
    assert len(port.bottom_edge()) == port.view.width + 1
    assert all(len(port.right_edge(y)) == 1 for y in range(port.view.height))


@given(sizes, sizes, offsets, st.data())
def test_it_reaches_every_cell_and_moves_no_more_than_it_must(
    room: Size, grid: Size, origin: Offset, data: st.DataObject
) -> None:
    port = Viewport()
    port.fit(room, grid)
    port.place(origin)
    x = data.draw(st.integers(0, grid.width - 1))
    y = data.draw(st.integers(0, grid.height - 1))
    port.reach(x, y)
    cell = Offset(x, y)
    assert port.cell(cell - port.origin) == cell
    assert not port.reach(x, y)


def test_what_lies_beside_the_grid_is_no_cell() -> None:
    port = Viewport()
    port.fit(Size(20, 10), Size(5, 3))
    assert port.cell(Offset(4, 2)) == Offset(4, 2)
    assert port.cell(Offset(5, 2)) is None
    assert port.cell(Offset(4, 3)) is None
    assert port.cell(Offset(-1, 0)) is None


def test_lines_above_are_looked_at_only_when_asked_for() -> None:
    port = Viewport()
    port.above = 3
    port.fit(Size(5, 4), Size(5, 4))
    assert port.origin == (0, 0)
    assert port.place(Offset(0, -9))
    assert port.origin == (0, -3)
    assert port.hidden == (0, 0, 0, 3)
    port.above = 0
    assert port.fit(Size(5, 4), Size(5, 4))
    assert port.origin == (0, 0)
