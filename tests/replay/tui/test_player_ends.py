from __future__ import annotations

from replay.errors import NotAllowed
from replay.scope import LocalScope
from tests.recorder.recordings import Making
from tests.replay.tui.driving import Driven, drive, lines_of, player_of


class Asked(LocalScope):
    """A scope that remembers what it was asked."""

    def __init__(self, *, may: bool = True, refuses: bool = False) -> None:
        super().__init__()
        self.may = may
        self.refuses = refuses
        self.ended: list[tuple[str, str]] = []

    def may_end(self, session: str) -> bool:
        return self.may

    def end(self, session: str, reason: str) -> None:
        if self.refuses:
            raise NotAllowed("no rule lets you end it")
        self.ended.append((session, reason))


def driving(making: Making, scope: Asked, *keys: str, then: str) -> str:
    """A live session, keys, and what is said at last."""
    journal = making.begin()
    journal.append(lines_of(3)).result()

    async def body(driven: Driven) -> None:
        await driven.pilot.press("K")
        if scope.may:
            await driven.until(lambda: "End the session of alice on root@web1?" in driven.text())
        await driven.pilot.press(*keys)
        await driven.until(lambda: then in driven.text())

    drive(player_of(making.open(journal), scope=scope), body, size=(100, 30))
    return journal.id


def test_a_live_session_is_ended_after_a_reason(making: Making) -> None:
    scope = Asked()
    session = driving(making, scope, *"[b]x", "enter", then="the session was ended")
    assert scope.ended == [(session, "[b]x")]


def test_without_a_reason_it_goes_on(making: Making) -> None:
    scope = Asked()
    driving(making, scope, "enter", then="a reason is recorded with it")
    assert not scope.ended


def test_escape_lets_it_go_on(making: Making) -> None:
    scope = Asked()
    driving(making, scope, *"no", "escape", then="● ")
    assert not scope.ended


def test_who_may_not_is_told(making: Making) -> None:
    driving(making, Asked(may=False), then="you may not end this session")
    driving(making, Asked(refuses=True), "x", "enter", then="GR-340: no rule lets you end it")


def test_a_session_that_is_over_is_over(making: Making) -> None:
    scope = Asked()

    async def body(driven: Driven) -> None:
        assert await driven.press("K") == "this session is over already"

    drive(player_of(making.sealed(lines_of(2)), scope=scope), body)
