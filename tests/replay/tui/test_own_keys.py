from __future__ import annotations

import asyncio
from pathlib import Path

from replay.tui.own_keys import OwnKeys, defaults, own_keys
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, a_session, drive, player_of


def test_every_key_can_be_moved() -> None:
    known = defaults()
    assert known["player.next-frame"] == "full_stop"
    rooms = {name.partition(".")[0] for name in known}
    assert rooms == {"player", "stage", "library", "results", "case", "verify"}
    assert all(known.values())


def test_a_file_that_cannot_be_used_costs_nobody_the_app(tmp_path: Path) -> None:
    assert own_keys(tmp_path / "none.toml") == OwnKeys({})
    bad = tmp_path / "keys.toml"
    bad.write_text('[player]\nnext-frame = "[@click=app.quit]x[/]"\n')
    own = own_keys(bad)
    assert own.keymap == {}
    assert own.problem.startswith("GR-335: ")
    assert "is no key" in own.problem


def test_ones_own_keys_work_and_are_what_help_shows(making: Making, tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[player]\nnext-frame = ["n", "ctrl+n"]\nprevious-frame = "."\n')

    async def body(driven: Driven) -> None:
        assert "f1/15" in await driven.press("n")
        assert "f2/15" in await driven.press("ctrl+n")
        assert "f1/15" in await driven.press("full_stop")
        assert "f1/15" in await driven.press("comma")
        await driven.pilot.press("question_mark")
        await driven.pilot.pause()
        assert "n ctrl n  Next frame" in driven.text()
        assert ".         Previous frame" in driven.text()

    drive(player_of(making.sealed(a_session()), own=own_keys(path)), body, size=(90, 90))


def test_what_is_wrong_is_said_and_is_no_markup(making: Making) -> None:
    own = OwnKeys({}, "GR-335: [@click=app.quit]x[/] is no key")
    app = player_of(making.sealed(a_session()), own=own)

    async def whole() -> None:
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            driven = Driven(app, pilot)
            await driven.until(lambda: "[@click=app.quit]x[/] is no" in driven.text())
            assert "f1/15" in await driven.press("full_stop")

    asyncio.run(whole())
