"""The verification's screen, driven: what was checked, what failed, where."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.reader import Recording
from replay.tending import keep_once
from replay.tui.app import ReplayApp
from replay.tui.verify_screen import VerifyScreen
from tests.recorder.builders import Studio, outputs
from tests.recorder.recordings import Making
from tests.replay.cases import TickingClock, recorded
from tests.replay.tui.driving import Driven, drive, library_of, player_of
from tests.replay.tui.snapshots import FROZEN, SIZES, Size, check, samples


async def at_verify(driven: Driven, key: str) -> str:
    await driven.pilot.press(key)
    await driven.until(lambda: isinstance(driven.app.screen, VerifyScreen))
    screen = driven.app.screen
    assert isinstance(screen, VerifyScreen)
    await driven.until(lambda: screen.settled and "verifying" not in driven.text())
    return driven.text()


def test_a_sound_store(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        studio.whole(outputs(3))

    async def body(driven: Driven) -> None:
        text = await at_verify(driven, "V")
        assert "verified — " in text
        assert "NOT" not in text
        assert "signatures" in text
        await driven.pilot.press("f")
        await driven.pilot.pause()
        assert "signatures" not in driven.text()
        await driven.pilot.press("question_mark", "escape", "r", "q")
        await driven.pilot.pause()
        assert not isinstance(driven.app.screen, VerifyScreen)

    drive(ReplayApp(studio.store, clock=TickingClock()), body)


@pytest.mark.parametrize("wide", [80, 140])
def test_damage_is_shown_with_its_place(tmp_path: Path, wide: int) -> None:
    with Studio(tmp_path) as studio:
        session = studio.whole(outputs(3))
        studio.clock.advance(1_000_000)
        other = studio.whole(outputs(3))
    data = bytearray(studio.store.reel(session).read_bytes())
    data[40] ^= 1
    studio.store.reel(session).write_bytes(data)

    async def body(driven: Driven) -> None:
        text = await at_verify(driven, "V")
        assert "NOT verified — 1 of 2" in text
        await driven.pilot.press("f")
        await driven.pilot.pause()
        text = driven.text()
        assert "FAIL" in text
        assert "chunk 0" in text
        assert other[-12:] not in text

    drive(ReplayApp(studio.store, clock=TickingClock()), body, (wide, 30))


def test_from_the_player(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = recorded(studio)

    async def body(driven: Driven) -> None:
        text = await at_verify(driven, "V")
        assert f"verified — {session}" in text

    drive(player_of(Recording(studio.store, session)), body, (140, 40))


def test_without_a_key_nothing_is_believed(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        session = recorded(studio)
    (tmp_path / "verifiers").unlink()

    async def body(driven: Driven) -> None:
        text = await at_verify(driven, "V")
        assert "NOT verified" in text
        assert "no key to verify with" in text

    drive(player_of(Recording(studio.store, session)), body, (140, 40))


def test_from_the_library(tmp_path: Path) -> None:
    making = Making(tmp_path)
    making.sealed([]).close()

    async def body(driven: Driven) -> None:
        assert "verified — " in await at_verify(driven, "v")

    drive(library_of(making), body, (140, 40))


def test_an_empty_store_is_not_called_verified(tmp_path: Path) -> None:
    async def body(driven: Driven) -> None:
        text = await at_verify(driven, "V")
        assert "nothing to verify — " in text
        assert "verified" not in text

    drive(library_of(Making(tmp_path)), body, (140, 40))


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["verify", "verify-failed"])
def test_the_verification_as_it_looks(tmp_path: Path, size: Size, name: str) -> None:
    """Of the newest sample, as it is, and with a byte of its data flipped since it was listed."""
    store = samples(tmp_path)
    keep_once(store)
    if name == "verify-failed":
        path = store.reel(store.ids()[0])
        data = bytearray(path.read_bytes())
        data[40] ^= 1
        path.write_bytes(data)
    check(name, size, lambda: ReplayApp(store, clock=FROZEN), "v down")
