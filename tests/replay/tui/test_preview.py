from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult

from replay.entry import Preview
from replay.tui.preview import PreviewPane, heading, part
from tests.replay.entries import entry

HOSTILE = "[@click=app.quit]x[/]\x1b[2J\u202e"


def shown(pane_size: tuple[int, int], preview: Preview | None, **facts: object) -> str:
    """What the pane says of a session with this preview."""

    class Shell(App[None]):
        def compose(self) -> ComposeResult:
            yield PreviewPane()

    app = Shell()

    async def whole() -> str:
        async with app.run_test(size=pane_size) as pilot:
            pane = app.query_one(PreviewPane)
            pane.expect(entry(1, **facts))
            pane.show("another", Preview(0, 0, 0, "fullest", ("not this",)))
            waited = pane.waiting
            pane.show(entry(1).id, preview)
            assert (waited, pane.waiting) == (True, False)
            await pilot.pause()
            return str(pane.render())

    return asyncio.run(whole())


def test_a_screen_is_shown_with_whose_it_is_and_why_it() -> None:
    text = shown((90, 10), Preview(7, 9, 3_000_000, "denied", ("one", "two", "", "")))
    assert "bob on root@web2 for ticket 1" in text
    assert "f7 +00:00:03 15:13:23Z, where something was denied" in text
    assert text.endswith("one\ntwo")


def test_without_a_screen_that_is_said() -> None:
    assert "no screen to show: the disk was full" in shown(
        (90, 10), None, reason="the disk was full"
    )


def test_what_has_no_room_is_the_beginning_of_the_screen() -> None:
    rows = tuple(f"row {n}" for n in range(24))
    assert part(rows, 3) == ("row 21", "row 22", "row 23")
    assert part((*rows[:2], " ", ""), 3) == ("row 0", "row 1")
    assert part(rows, 0) == ()
    assert part((), 5) == ()
    assert shown((90, 4), Preview(1, 1, 1, "fullest", rows)).count("row ") == 2


def test_nothing_of_it_is_markup_or_a_control() -> None:
    text = shown((200, 8), Preview(1, 1, 1, HOSTILE, (HOSTILE,)), principal=HOSTILE, client=HOSTILE)
    assert text.count("[@click=app.quit]x[/]␛[2J⟦U+202E⟧") == 4
    assert "\x1b" not in text


def test_what_makes_a_session_weaker_is_said() -> None:
    lines = heading(entry(1, weaker=("strict",), state="interrupted", reason="killed"), None)
    assert "without strict" in lines[1].plain
    assert "killed" in lines[1].plain
