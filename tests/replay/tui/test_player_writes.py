from __future__ import annotations

from pathlib import Path

from recorder.clock import Clock
from replay.case_file import CaseFile
from replay.scope import LocalScope
from replay.tui.player_writes import CasePlace
from tests.recorder.recordings import Making, StandingClock, on_terminal
from tests.replay.tui.driving import SECOND, Driven, drive, lines_of, player_of

SIZE = (140, 30)


def place(tmp_path: Path) -> CasePlace:
    return CasePlace(tmp_path / "mine" / "found.case", "eve")


def test_bookmarks_and_notes_are_kept_and_gone_to(making: Making, tmp_path: Path) -> None:
    recording = making.sealed(lines_of(5))
    session = recording.id

    async def body(driven: Driven) -> None:
        await driven.press("full_stop", "m")
        await driven.until(lambda: driven.status() == "bookmarked #e6 in found.case")
        await driven.press("2", "full_stop", "semicolon", *"[b]odd[/b]", "enter")
        await driven.until(lambda: "notes 2" in driven.rows()[0])
        assert "f1/5" in await driven.press("U")
        assert "f3/5" in await driven.press("u")
        assert await driven.press("u") == "no bookmark after this"
        await driven.press("tab", "left")
        assert "[b]odd[/b] — eve" in driven.text()
        assert "f1/5" in await driven.press("home", "enter")
        assert "★" in driven.text()

    drive(player_of(recording, case=place(tmp_path)), body, size=SIZE)
    case = CaseFile(place(tmp_path).path, "eve", StandingClock()).case
    kept = case.bookmarks_of(session)
    assert [(mark.cites.event, mark.cites.frame, mark.note) for mark in kept] == [
        (6, 1, ""),
        (8, 3, "[b]odd[/b]"),
    ]
    assert kept[0].screen is not None


def test_what_is_in_the_case_already_is_there(making: Making, tmp_path: Path) -> None:
    recording = making.sealed(lines_of(3))

    async def first(driven: Driven) -> None:
        await driven.press("m")
        await driven.until(lambda: "bookmarked" in driven.status())

    async def again(driven: Driven) -> None:
        await driven.until(lambda: "notes 1" in driven.rows()[0])
        assert "f0/3" in await driven.press("G", "U")

    drive(player_of(recording, case=place(tmp_path)), first, size=SIZE)
    drive(player_of(recording, case=place(tmp_path)), again, size=SIZE)


def test_without_a_case_and_with_one_that_is_none_it_is_one_line(
    making: Making, tmp_path: Path
) -> None:
    recording = making.sealed(lines_of(3))
    bad = tmp_path / "bad.case"
    bad.write_bytes(b"no case\n")

    async def without(driven: Driven) -> None:
        assert "no case is open" in await driven.press("m")
        assert "no case is open" in await driven.press("semicolon")
        assert "f1/3" in await driven.press("full_stop")

    async def broken(driven: Driven) -> None:
        await driven.until(lambda: driven.status().startswith("GR-320"))
        assert "f1/3" in await driven.press("full_stop")

    drive(player_of(recording), without)
    drive(player_of(recording, case=CasePlace(bad, "eve")), broken)


class Served(LocalScope):
    """As at the gateway."""

    @property
    def served(self) -> bool:
        return True


def test_at_the_gateway_nothing_is_written(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert "y copies a link" in await driven.press("m")

    drive(player_of(making.sealed(on_terminal([(SECOND, b"x")])), scope=Served()), body)


def test_reading_a_case_that_is_not_there_is_reading_nothing(tmp_path: Path) -> None:
    clock: Clock = StandingClock()
    assert place(tmp_path).read("any", clock) == []
