from __future__ import annotations

from pathlib import Path

import pytest

from recorder.header import make_header
from recorder.store import Store, new_id
from replay.tui.app import ReplayApp
from replay.tui.library_screen import LibraryScreen
from replay.tui.player_screen import PlayerScreen
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive

WIDE = (120, 24)


def app_of(making: Making) -> ReplayApp:
    return ReplayApp(making.store, clock=making.clock)


def named(making: Making, principal: str, target: str) -> str:
    """A sealed session of this principal on this target."""
    making.clock.ns += SECOND * 1000
    journal = making.writer.open(
        make_header(
            session=new_id(making.clock, making.entropy),
            wall_ns=making.clock.wall_ns(),
            principal=principal,
            kind="person",
            target=target,
            account="root",
            protocol="ssh",
            build="test",
        )
    )
    journal.append(on_terminal([(SECOND, b"hello\r\n")])).result()
    journal.close("the end").result()
    making.seal()
    return journal.id


def test_an_empty_store_says_how_to_record(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        assert "No session is recorded here yet." in driven.text()
        assert "gatereel record" in driven.text()
        await driven.pilot.press("s", "slash", "x", "enter", "r")
        await driven.settle()
        assert "0 sessions" in driven.text()

    drive(ReplayApp(Store.open(tmp_path / "new", create=True)), body)


def test_sessions_are_listed_live_first_and_opened(making: Making) -> None:
    live = making.begin()
    making.sealed(a_session()).close()

    async def body(driven: Driven) -> None:
        rows = [row for row in driven.rows() if "root@web1" in row]
        assert [row.split()[-2] for row in rows] == ["live", "sealed"]
        assert live.id[-12:] in rows[0]
        assert "1m20s" in rows[1]
        assert "2 sessions, newest first" in driven.text()
        await driven.pilot.press("down", "enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        assert "f0/15" in driven.status()
        await driven.pilot.press("q")
        await driven.until(lambda: isinstance(driven.app.screen, LibraryScreen))
        assert "2 sessions" in driven.text()

    drive(app_of(making), body, WIDE)


def test_words_filter_as_they_are_typed(making: Making) -> None:
    for principal, target in (("alice", "web1"), ("bob", "web1"), ("alice", "db1")):
        named(making, principal, target)

    async def body(driven: Driven) -> None:
        await driven.pilot.press("slash", *"alice")
        await driven.pilot.pause()
        assert "2 of 3 sessions" in driven.text()
        assert "bob" not in driven.text()
        await driven.pilot.press("space", *"db", "enter")
        await driven.pilot.pause()
        assert "1 of 3 sessions" in driven.text()
        await driven.pilot.press("escape")
        await driven.pilot.pause()
        assert "bob" in driven.text()
        await driven.pilot.press("s", "s", "s")
        await driven.pilot.pause()
        assert "by target" in driven.text()
        assert [row.split()[3] for row in driven.rows() if "root@" in row] == [
            "root@db1",
            "root@web1",
            "root@web1",
        ]

    drive(app_of(making), body, WIDE)


def test_the_cursor_stays_on_its_session(making: Making) -> None:
    ids = [named(making, name, "web1") for name in ("a", "b", "c")]

    async def body(driven: Driven) -> None:
        screen = driven.app.screen
        assert isinstance(screen, LibraryScreen)
        await driven.pilot.press("down", "down", "s", "s")
        await driven.pilot.pause()
        assert screen._chosen() == ids[0]
        await driven.pilot.press("r")
        await driven.settle()
        assert screen._chosen() == ids[0]

    drive(app_of(making), body, WIDE)


def test_a_damaged_recording_is_a_row_and_a_line(making: Making) -> None:
    recording = making.sealed(a_session())
    recording.path.write_bytes(recording.path.read_bytes()[:50])
    recording.close()

    async def body(driven: Driven) -> None:
        assert "damaged" in driven.text()
        await driven.pilot.press("enter")
        await driven.pilot.pause()
        assert isinstance(driven.app.screen, LibraryScreen)
        assert "sessions, newest" not in driven.rows()[-1]
        assert driven.rows()[-1].strip()

    drive(app_of(making), body, WIDE)


def test_names_that_somebody_chose_are_text_and_nothing_else(making: Making) -> None:
    named(making, "[@click=app.quit]eve[/]", "\x1b[2Jweb\u202e[red]1")

    async def body(driven: Driven) -> None:
        assert "[@click=app.quit]eve[/]" in driven.text()
        assert "root@␛[2Jweb⟦U+202E⟧[red]1" in driven.text()
        assert not any("\x1b" in row for row in driven.rows())
        row = next(n for n, text in enumerate(driven.rows()) if "eve" in text)
        await driven.pilot.click(offset=(40, row))
        await driven.settle()
        assert driven.app.is_running

    app = app_of(making)
    drive(app, body, WIDE)
    assert app.return_value is None


def test_a_store_that_went_away_is_one_line(making: Making) -> None:
    async def body(driven: Driven) -> None:
        making.path.rename(making.path.with_name("elsewhere"))
        await driven.pilot.press("r")
        await driven.until(lambda: "cannot be read" in driven.text())
        making.path.with_name("elsewhere").rename(making.path)

    drive(app_of(making), body, WIDE)


def test_leaving_and_help(making: Making) -> None:
    named(making, "alice", "web1")
    app = app_of(making)

    async def body(driven: Driven) -> None:
        await driven.pilot.press("question_mark")
        await driven.pilot.pause()
        assert "Filter by words" in driven.text()
        await driven.pilot.press("escape", "q")
        await driven.pilot.pause()

    drive(app, body, WIDE)
    assert app.return_code == 0


def test_a_large_store_shows_the_first_and_says_so(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.tui.library_screen.MOST", 3)
    monkeypatch.setattr("replay.tui.library_screen.BATCH", 2)
    for number in range(5):
        named(making, f"user{number}", "web1")

    async def body(driven: Driven) -> None:
        await driven.until(lambda: "user2" in driven.text())
        assert "5 sessions, the first 3 shown, newest first" in driven.text()
        assert "user1" not in driven.text()
        await driven.pilot.press("slash", *"user1")
        await driven.until(lambda: "1 of 5 sessions, newest first" in driven.text())
        assert "user1" in driven.text()

    drive(app_of(making), body, WIDE)
