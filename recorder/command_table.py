"""The commands of a session, from its cues: what ran, from when to when, and how sure that is.

Knows: cues, the frame table. Must never know: screens, files. Called by `recorder.index`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from recorder.columns import FrameTable
from recorder.cues import Cue

MARKED = 100
"""Confidence where the shell or a request says it."""


class Command(NamedTuple):
    """One command, or one file transfer; `#c` and its number cite it."""

    number: int
    """From 0, over all channels, in the order in which they were entered."""
    channel: int
    first: int
    """The record with which its typing began."""
    event: int
    """The record that ran it: Enter, a mark, a request."""
    last: int
    """The record with which it was over; -1 where nothing says that it was."""
    frame: int
    """The channel's frame in which it stands as it was entered; -1 before the first."""
    time: int
    """When it ran, in µs since the session's start."""
    ended: int
    """When it was over; -1 where nothing says so."""
    text: str
    """Untrusted: as the person saw it."""
    status: str
    """Its exit status where the target told one, else empty."""
    confidence: int
    """Per cent."""


def commands_of(cues: Iterable[Cue], frames: FrameTable) -> list[Command]:
    """All commands, in the order in which they were entered."""
    found: list[Command] = []
    running: dict[int, list[int]] = {}
    """Of each channel, those that are not over, the innermost last."""
    for cue in sorted(cues, key=lambda cue: cue.event):  # a command is told once it was left
        mine = running.setdefault(cue.channel, [])
        match cue.kind:
            case "command":
                mine.append(len(found))
                first = cue.event if cue.since < 0 else cue.since
                frame = frames.number_at_event(cue.event, cue.channel)
                found.append(
                    Command(
                        0, cue.channel, first, cue.event, -1, frame, cue.time, -1, cue.text, "",
                        cue.confidence,
                    )
                )  # fmt: skip
            case "prompt":
                over = [n for n in mine if found[n].event == cue.since]
                _end(found, mine, over[-1:], cue, "")
            case "status":
                over = [n for n in mine if found[n].confidence == MARKED]
                _end(found, mine, over[-1:], cue, cue.text)
            case "exit":
                requested = [n for n in mine if found[n].first == found[n].event]
                _end(found, mine, requested[:1], cue, cue.text)
                _end(found, mine, mine[:], cue, "")
            case _:
                pass
    found.sort(key=lambda command: command.event)
    return [command._replace(number=number) for number, command in enumerate(found)]


def _end(found: list[Command], mine: list[int], over: list[int], cue: Cue, status: str) -> None:
    for number in over:
        mine.remove(number)
        command = found[number]
        found[number] = command._replace(last=cue.event, ended=cue.time, status=status)
