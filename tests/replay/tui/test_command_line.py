from __future__ import annotations

import pytest

from recorder.moments import AtFrame, AtTime, Moment
from replay.tui.command_line import ACTIONS, VERBS, Command, NoCommandError, read_command
from replay.tui.keys import PLAYER_BINDINGS
from tests.recorder.recordings import Making
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("play", Command("play", "")),
        (" :next-frame  20 ", Command("next-frame", "20")),
        ("insp", Command("inspect", "")),
        ("note a [b]word[/b]", Command("note", "a [b]word[/b]")),
        ("#f9", AtFrame(9)),
        ("12:03", AtTime(723 * SECOND)),
        (":5", AtTime(5 * SECOND)),
    ],
)
def test_what_is_written_is_a_verb_or_a_moment(text: str, command: Command | Moment) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "write a command"),
        ("next", "next can be next-bookmark, next-command"),
        ("inspekt", "is inspect meant?"),
        ("zzzz", "`help` lists them"),
    ],
)
def test_what_is_neither_is_told_with_what_is_near(text: str, line: str) -> None:
    with pytest.raises(NoCommandError, match=r"command|can be|help|meant") as caught:
        read_command(text)
    assert line in str(caught.value)


def test_every_key_has_a_verb_and_every_verb_an_action() -> None:
    assert len(VERBS) == len(PLAYER_BINDINGS)
    assert ACTIONS["next-frame"] == "step(1)"
    assert all(verb.replace("-", "").isalnum() for verb in VERBS)


WRITTEN = [
    ("next-frame 3", "+00:00:04  f3/15"),
    ("next-stable 2", "+00:00:03  f2/15"),
    ("go 0:05", "+00:00:05  f4/15"),
    ("50%", "+00:00:40  f9/15"),
    ("#f12", "f12/15"),
    ("end", "f14/15"),
    ("clock", "‖  +00:00:01.000  of"),
    ("clock", "2026-09-21"),
    ("idle log", "idle log"),
    ("idle cap", "idle≤2s"),
    ("faster", "2×"),
    ("normal", "1×"),
    ("#f99", "GR-108: there is no frame #f99"),
    ("zzz", "there is no command zzz; `help` lists them"),
    ("play 3", "play does not take '3'"),
]


def test_verbs_do_what_their_keys_do(making: Making) -> None:
    async def body(driven: Driven) -> None:
        for text, place in WRITTEN:
            assert place in await driven.hit("g", "full_stop", "colon", *text, "enter"), text

    drive(player_of(making.sealed(a_session())), body)


def test_verbs_are_completed_and_escape_leaves(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("colon", *"insp")
        await driven.until(lambda: "inspect" in driven.text())
        await driven.press("tab", "enter")
        await driven.until(lambda: "#e5  output" in driven.text())
        await driven.press("colon", *"xyz", "escape")
        assert "f1/15" in await driven.press("x", "full_stop")

    drive(player_of(making.sealed(a_session())), body)
