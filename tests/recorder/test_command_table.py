"""Commands out of cues."""

from __future__ import annotations

from recorder.columns import FrameTable
from recorder.command_table import Command, commands_of
from recorder.cues import Cue
from recorder.frames import FrameRef


def frames(*lasts: int) -> FrameTable:
    table = FrameTable()
    table.append([FrameRef(n, 1, last, last, last, last, False) for n, last in enumerate(lasts)])
    return table


def test_a_typed_command_ends_when_its_prompt_is_back() -> None:
    cues = [
        Cue("command", 9, 90, 1, "sqlite3", 90, 3),
        Cue("resize", 10, 95, 1, "80x24", 100),
        Cue("command", 14, 140, 1, ".quit", 95, 11),
        Cue("prompt", 16, 160, 1, "$ ", 90, 14),
        Cue("prompt", 16, 160, 1, "$ ", 90, 9),
    ]
    assert commands_of(cues, frames(2, 8, 12)) == [
        Command(0, 1, 3, 9, 16, 1, 90, 160, "sqlite3", "", 90),
        Command(1, 1, 11, 14, 16, 2, 140, 160, ".quit", "", 95),
    ]


def test_a_marked_one_has_its_status_and_a_requested_one_the_channels() -> None:
    cues = [
        Cue("command", 4, 40, 2, "make", 100),
        Cue("command", 5, 50, 1, "false", 100),
        Cue("status", 6, 60, 1, "1", 100),
        Cue("exit", 7, 70, 2, "2", 100),
    ]
    found = commands_of(cues, FrameTable())
    assert [(c.text, c.status, c.last, c.ended, c.frame) for c in found] == [
        ("make", "2", 7, 70, -1),
        ("false", "1", 6, 60, -1),
    ]


def test_what_nothing_ends_is_not_over() -> None:
    (found,) = commands_of([Cue("command", 4, 40, 1, "top", 90, 2)], FrameTable())
    assert (found.last, found.ended, found.status) == (-1, -1, "")
    cut = commands_of(
        [Cue("command", 4, 40, 1, "top", 90, 2), Cue("exit", 8, 80, 1, "0", 100)], FrameTable()
    )
    assert [(c.last, c.status) for c in cut] == [(8, "")]


def test_they_are_numbered_as_they_were_entered() -> None:
    cues = [Cue("command", 9, 90, 2, "b", 90, 8), Cue("command", 5, 50, 1, "a", 90, 4)]
    assert [(c.number, c.text) for c in commands_of(cues, FrameTable())] == [(0, "a"), (1, "b")]
