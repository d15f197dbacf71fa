from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Offset, Region
from textual.pilot import Pilot
from textual.strip import Strip

from recorder.screen import Frame, Screen
from replay.tui.stage import Stage


class Bare(App[None]):
    """Nothing but a stage."""

    CSS = """
    Stage { width: 100%; height: 100%; }
    Stage > .stage--hit { background: red; text-style: underline; }
    Stage > .stage--current { text-style: underline reverse; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()

    def compose(self) -> ComposeResult:
        yield self.stage

    def rows(self) -> list[str]:
        return [
            "".join(segment.text for segment in strip)
            for strip in self.screen._compositor.render_strips()
        ]


def frame_of(data: bytes, cols: int = 10, rows: int = 4) -> Frame:
    screen = Screen(cols=cols, rows=rows)
    screen.feed(data)
    return screen.frame()


def grid(cols: int, rows: int, cursor: bytes = b"") -> Frame:
    """Every cell tells its column; every row begins with its number."""
    lines = [f"{y:<3}".encode() + (b"0123456789" * 30)[3:cols] for y in range(rows)]
    return frame_of(b"\r\n".join(lines) + cursor, cols, rows)


def show(size: tuple[int, int], body: Callable[[Bare, Pilot[None]], Awaitable[None]]) -> None:
    async def whole() -> None:
        app = Bare()
        async with app.run_test(size=size) as pilot:
            await body(app, pilot)

    asyncio.run(whole())


def test_a_smaller_screen_stands_at_the_top_left_within_a_border() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        app.stage.show(frame_of("ab日\r\nc".encode()))
        await pilot.pause()
        assert app.rows() == [
            "ab日      │    ",
            "c         │    ",
            "          │    ",
            "          │    ",
            "──────────┘    ",
            "               ",
        ]

    show((15, 6), body)


def test_a_screen_of_just_this_size_has_all_the_room() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        app.stage.show(grid(10, 4))
        await pilot.pause()
        assert app.rows() == ["0  3456789", "1  3456789", "2  3456789", "3  3456789"]

    show((10, 4), body)


@pytest.mark.parametrize(
    ("cursor", "rows"),
    [
        (b"\x1b[1;1H", ["0  34567┊", "1  34567▸", "2  34567┊", "╌╌ ▸12 ▾┘"]),
        (b"\x1b[6;1H", ["3  34567┊", "4  34567▸", "5  34567┊", "╌╌ ▸12 ▴┘"]),
        (b"\x1b[6;20H", ["23456789◂", "23456789│", "23456789│", "╌╌ ◂12 ▴┘"]),
    ],
)
def test_a_larger_screen_is_seen_where_its_cursor_is(cursor: bytes, rows: list[str]) -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        app.stage.show(grid(20, 9, cursor))
        await pilot.pause()
        assert app.rows() == rows

    show((9, 4), body)


def test_the_viewport_can_be_moved_and_follows_again() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        stage = app.stage
        stage.show(grid(40, 20, b"\x1b[1;1H"))
        stage.pan(8, 4)
        assert (stage.port.origin, stage.port.hidden) == (Offset(8, 4), (8, 23, 4, 13))
        stage.show(grid(40, 20, b"\x1b[2;2H"))
        assert stage.port.origin == Offset(8, 4)
        stage.pan(999, 999)
        assert stage.port.hidden == (31, 0, 17, 0)
        assert stage.port.cell(Offset(1, 1)) == Offset(32, 18)
        assert stage.port.cell(Offset(9, 1)) is None
        stage.follow()
        assert stage.port.origin == Offset(1, 1)
        await pilot.resize_terminal(60, 30)
        await pilot.pause()
        assert stage.port.hidden == (0, 0, 0, 0)

    show((10, 4), body)


def test_a_program_that_hides_the_cursor_is_seen_from_its_top_left() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        stage = app.stage
        stage.show(grid(20, 9, b"\x1b[9;20H"))
        assert stage.port.origin == Offset(12, 6)
        stage.show(grid(20, 9, b"\x1b[?25l"))
        assert stage.port.origin == Offset(12, 6)
        stage.show(frame_of(b"\x1b[?1049h\x1b[?25l\x1b[9;20Hx", 20, 9))
        assert stage.port.origin == Offset(0, 0)

    show((9, 4), body)


@pytest.mark.parametrize("colours", [True, False])
def test_hits_are_painted_and_the_current_one_stronger(
    colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colours:
        monkeypatch.delenv("NO_COLOR", raising=False)
    else:
        monkeypatch.setenv("NO_COLOR", "1")

    def looks(app: Bare, y: int) -> list[tuple[str, bool, bool]]:
        line = app.screen._compositor.render_strips()[y]
        styles = [(s.text, s.style) for s in line if s.style is not None]
        return [
            (t, bool(s.underline), bool(s.reverse)) for t, s in styles if s.underline or s.reverse
        ]

    async def body(app: Bare, pilot: Pilot[None]) -> None:
        stage = app.stage
        stage.show(frame_of("\x1b[?25labcdef\r\n日本語\r\nx".encode()))
        stage.highlight([(0, 1, 3), (1, 0, 2), (1, 4, 6)], (1, 4, 6))
        await pilot.pause()
        assert looks(app, 0) == [("bc", True, False)]
        assert looks(app, 1) == [("日", True, False), ("語", True, True)]
        stage.highlight([(0, 0, 1)])
        await pilot.pause()
        assert looks(app, 0) == [("a", True, False)]
        assert looks(app, 1) == []
        stage.show(frame_of(b"\x1b[?25labcdef"))
        await pilot.pause()
        assert looks(app, 0) == []

    show((20, 6), body)


def test_a_hit_out_of_view_comes_into_view() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        stage = app.stage
        stage.show(grid(40, 20, b"\x1b[1;1H"))
        stage.highlight([(15, 30, 35)], (15, 30, 35))
        await pilot.pause()
        assert stage.port.cell(Offset(30, 15) - stage.port.origin) == (30, 15)

    show((10, 4), body)


def test_the_wheel_moves_the_viewport() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        app.stage.show(grid(10, 20, b"\x1b[1;1H"))
        await pilot.pause()
        await pilot._post_mouse_events([MouseScrollDown], app.stage, offset=(1, 1))
        await pilot.pause()
        assert app.stage.port.origin.y > 0
        await pilot._post_mouse_events([MouseScrollUp], app.stage, offset=(1, 1))
        assert app.stage.port.origin.y == 0

    show((20, 5), body)


def test_only_rows_that_differ_are_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        stage = app.stage
        screen = Screen(cols=10, rows=8)
        screen.feed(b"\x1b[?25la\r\nb\r\nc")
        stage.show(screen.frame())
        await pilot.pause()
        painted: list[int] = []
        render = stage.render_line

        def paint(y: int) -> Strip:
            painted.append(y)
            return render(y)

        monkeypatch.setattr(stage, "render_line", paint)
        screen.feed(b"\x1b[2;1HB\x1b[7;1HG")
        stage.show(screen.frame())
        await pilot.pause()
        assert set(painted) == {1, 6}
        painted.clear()
        screen.feed(b"\x1b[?25h\x1b[4;1H")
        stage.show(screen.frame())
        await pilot.pause()
        assert set(painted) == {3}  # the cursor, which was hidden before
        assert app.rows()[1].startswith("B")
        painted.clear()
        stage.show(screen.frame())
        await pilot.pause()
        assert painted == []

    show((20, 10), body)


def test_a_resize_in_the_recording_repaints_everything() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        app.stage.show(grid(10, 4))
        await pilot.pause()
        app.stage.show(grid(4, 2))
        await pilot.pause()
        assert [row.rstrip() for row in app.rows()] == ["0  3│", "1  3│", "────┘", "", ""]

    show((12, 5), body)


def test_another_theme_is_another_ink() -> None:
    async def body(app: Bare, pilot: Pilot[None]) -> None:
        app.stage.show(frame_of(b"x"))
        await pilot.pause()
        before = app.screen._compositor.render_strips()[0]
        app.theme = "textual-light"
        await pilot.pause()
        after = app.screen._compositor.render_strips()[0]
        assert [s.text for s in before] == [s.text for s in after]
        assert [s.style for s in before] != [s.style for s in after]

    show((12, 5), body)


def test_a_region_is_a_region() -> None:
    """Nothing is painted outside the stage, whatever the frame."""

    async def body(app: Bare, pilot: Pilot[None]) -> None:
        for cols, rows in ((1, 1), (300, 100), (5, 100), (300, 2)):
            app.stage.show(grid(cols, rows))
            await pilot.pause()
            assert app.stage.region == Region(0, 0, 7, 3)
            assert [len(row) for row in app.rows()] == [7, 7, 7]

    show((7, 3), body)
