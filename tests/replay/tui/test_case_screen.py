"""The case's screen, driven: what is listed, kept, written, signed and checked."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import DataTable, Input

from recorder.index import Index
from recorder.moments import AtEvent
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.store import Store
from replay.case_file import CaseFile
from replay.keep import keep
from replay.tending import keep_once
from replay.tui.app import ReplayApp
from replay.tui.case_screen import CaseScreen, usual_signers
from replay.tui.own_keys import own_keys
from replay.tui.player_screen import PlayerScreen
from replay.tui.player_writes import CasePlace
from tests.recorder.builders import Studio
from tests.recorder.openssh import agent, make_key
from tests.replay.cases import ALICE, MALLORY, TickingClock, kept, opened, recorded
from tests.replay.tui.driving import Driven, drive
from tests.replay.tui.snapshots import FROZEN, SIZES, Size, check, samples, the

HOSTILE = "[@click=app.quit]now[/] \x1b]2;x\x07\u202e"


class Desk:
    """A store with one session, and a case of alice's with two bookmarks on it."""

    def __init__(self, folder: Path) -> None:
        with Studio(folder / "store") as studio:
            self.store = studio.store
            self.session = recorded(studio)
            with studio.open(self.session) as recording:
                Index.load_or_build(recording).close()
            file = CaseFile.begin(folder / "night.case", "Night", "alice", TickingClock())
            for frame, note in enumerate(["the first", HOSTILE]):
                file.add(kept(studio, self.session, frame), note)
        self.path = file.path

    def app(self) -> ReplayApp:
        return ReplayApp(self.store, clock=TickingClock(), case=CasePlace(self.path, "alice"))

    def file(self) -> CaseFile:
        return CaseFile(self.path, "alice", TickingClock())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.delenv("GATEREEL_ALLOWED_SIGNERS", raising=False)
    return Desk(tmp_path)


async def press(driven: Driven, *keys: str) -> str:
    """Press keys, wait for what they began; what is on the screen then."""
    await driven.pilot.press(*keys)
    await driven.pilot.pause()
    screen = driven.app.screen
    if isinstance(screen, CaseScreen):
        await driven.until(lambda: screen.settled)
    return driven.text()


async def at_case(driven: Driven) -> CaseScreen:
    await driven.pilot.press("b")
    await driven.until(lambda: isinstance(driven.app.screen, CaseScreen))
    screen = driven.app.screen
    assert isinstance(screen, CaseScreen)
    await driven.until(lambda: screen.settled and screen.is_attached)
    return screen


def run(desk: Desk, body: Callable[[Driven, CaseScreen], Awaitable[None]], wide: int = 140) -> None:
    async def whole(driven: Driven) -> None:
        await body(driven, await at_case(driven))

    drive(desk.app(), whole, (wide, 40))


@pytest.mark.parametrize("wide", [80, 140])
def test_bookmarks_are_listed_with_the_screens_that_they_keep(desk: Desk, wide: int) -> None:
    async def body(driven: Driven, screen: CaseScreen) -> None:
        text = driven.text()
        assert "Night — 2 bookmarks, 3 not signed" in text
        assert "$ whoami" in text
        text = await press(driven, "down")
        assert "shadow" in text
        await press(driven, "q")
        assert driven.app.screen is not screen

    run(desk, body, wide)


def test_what_somebody_wrote_does_nothing(desk: Desk) -> None:
    async def body(driven: Driven, screen: CaseScreen) -> None:
        text = await press(driven, "down")
        assert "[@click=app.quit]now[/]" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "alice, it says: not signed" in text

    run(desk, body)


def test_a_jump_opens_the_session_at_its_event(desk: Desk) -> None:
    async def body(driven: Driven, screen: CaseScreen) -> None:
        cites = desk.file().case.bookmarks[1].cites
        await driven.pilot.press("down", "enter")
        await driven.until(lambda: isinstance(driven.app.screen, PlayerScreen))
        await driven.settle()
        player = driven.app.screen
        assert isinstance(player, PlayerScreen)
        assert player.session == cites.session
        assert player.shown is not None
        assert player.shown.target == AtEvent(cites.event)

    run(desk, body)


def test_it_opens_without_the_recording(desk: Desk) -> None:
    async def body(driven: Driven, screen: CaseScreen) -> None:
        desk.store.reel(desk.session).unlink()
        text = await press(driven, "enter")
        assert "its recording is not here" in text
        assert "$ whoami" in text
        assert driven.app.screen is screen

    run(desk, body)


def test_words_are_written(desk: Desk) -> None:
    async def body(driven: Driven, screen: CaseScreen) -> None:
        await press(driven, "e")
        screen.query_one(Input).value = "changed"
        assert "changed" in await press(driven, "enter")
        await press(driven, "semicolon", *"why", "enter")
        await press(driven, "N", *"all", "enter")
        await press(driven, "semicolon", *"no", "escape")
        await press(driven, "e", "escape")
        text = await press(driven, "d")
        assert "d again" in text
        await press(driven, "d")
        assert driven.app.screen is screen

    run(desk, body)
    case = desk.file().case
    assert case.bookmarks[0].note == "changed"
    assert case.bookmarks[0].withdrawn
    assert [n.text for n in case.bookmarks[0].notes] == ["why"]
    assert [n.text for n in case.notes] == ["all"]


def test_it_is_signed_with_the_agent(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(tmp_path)
    (tmp_path / ".ssh").mkdir()
    public = key.with_suffix(".pub").read_text()
    (tmp_path / ".ssh" / "allowed_signers").write_text(f"alice {public}")

    async def body(driven: Driven, screen: CaseScreen) -> None:
        assert "SSH_AUTH_SOCK" in await press(driven, "s")
        with agent(tmp_path, key) as path:
            monkeypatch.setenv("SSH_AUTH_SOCK", path)
            text = await press(driven, "s")
        assert "signed 3 entries" in text
        assert "all signed" in text
        assert "alice, signed" in text
        assert "verified: authors, order" in await press(driven, "v")

    run(desk, body)
    assert len(usual_signers()) == 1
    assert desk.file().case.unsigned() == []


def test_faults_are_shown(desk: Desk) -> None:
    async def body(driven: Driven, screen: CaseScreen) -> None:
        text = await press(driven, "v")
        assert "NOT verified" in text
        assert "FAIL signature" in text
        desk.path.write_bytes(b"no case")
        assert "GR" not in await press(driven, "r")
        assert "no case file" in driven.text()

    run(desk, body)


def test_a_case_with_nothing_in_it(desk: Desk) -> None:
    desk.path.unlink()

    async def body(driven: Driven, screen: CaseScreen) -> None:
        assert "No bookmark yet" in driven.text()
        for key in ("enter", "e", "semicolon", "d", "v", "s", "question_mark", "escape"):
            await press(driven, key)
        assert driven.app.screen is screen
        assert screen.query_one(DataTable).row_count == 0

    run(desk, body)


def test_without_a_place_for_bookmarks_there_is_no_case(desk: Desk) -> None:
    async def body(driven: Driven) -> None:
        await driven.pilot.press("b")
        await driven.pilot.pause()
        assert not isinstance(driven.app.screen, CaseScreen)

    drive(ReplayApp(desk.store, clock=TickingClock()), body)


def test_ones_own_keys_work_here_too_and_are_what_is_shown(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[case]\nback = "x"\nsign = "S"\n')

    async def body(driven: Driven) -> None:
        await at_case(driven)
        text = driven.text()
        assert "S sign" in text
        assert "x back" in text
        await press(driven, "q")
        assert isinstance(driven.app.screen, CaseScreen)
        await press(driven, "x")
        assert not isinstance(driven.app.screen, CaseScreen)

    case = CasePlace(desk.path, "alice")
    drive(
        ReplayApp(desk.store, clock=TickingClock(), case=case, own=own_keys(path)), body, (140, 40)
    )


def sample_case(folder: Path, store: Store) -> CasePlace:
    """A case on the samples: signed, unsigned, withdrawn, with somebody's note, with markup."""
    session = the(store, "vim")
    file = CaseFile.begin(folder / "night.case", "Night of the 22nd", "alice", TickingClock())
    with Recording(store, session) as recording, Index.load_or_build(recording) as index:
        playback, quarter = Playback(recording, index), len(index.frames) // 4
        for at, note in enumerate(["the file is found", "it is changed", HOSTILE], 1):
            file.add(keep(recording, playback.at_frame(at * quarter)), note)
    file.sign(ALICE)
    bob = opened(file, "bob")
    bob.note("I see it too", next(iter(bob.case.bookmarks)).name)
    bob.sign(MALLORY)
    file.edit(bob.case.bookmarks[-1].name, "said otherwise, not signed yet")
    return CasePlace(file.path, "alice")


@pytest.mark.screens
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "keys"), [("case", "b down down"), ("case-verified", "b v")])
def test_the_case_as_it_looks(
    tmp_path: Path, size: Size, name: str, keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = samples(tmp_path)
    keep_once(store)
    place = sample_case(tmp_path, store)
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"alice ssh-ed25519 {b64encode(ALICE.public).decode()}\n")
    monkeypatch.setenv("GATEREEL_ALLOWED_SIGNERS", str(signers))
    check(name, size, lambda: ReplayApp(store, clock=FROZEN, case=place), keys)
