"""Cues: instants of a recording that are worth a jump, derived from its events.

Knows: events. Must never know: files, screens, who looks. Called by `recorder.tables`. The
commands typed in an interactive shell are read off the screen by `recorder.shell_marks`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from recorder.events import (
    ClockStep,
    Decided,
    Event,
    Exit,
    ExitSignal,
    Gap,
    HoldAnswered,
    Marker,
    Masked,
    Outage,
    Refused,
    Requested,
    Resize,
    SftpDone,
    SftpOpened,
    Signal,
    Suspended,
    TargetReached,
    Terminal,
    Transferred,
)

TEXT_LIMIT = 1000
"""Characters of a cue's text; the event has the rest."""
CHANGING = frozenset({"remove", "rename", "mkdir", "rmdir", "setstat", "symlink", "link", "copy"})
"""Operations of SFTP that leave something changed: each is worth a jump."""


class Cue(NamedTuple):
    """An instant and what it is."""

    kind: str
    """`command`, `status` (how a marked command ended), `prompt` (that of a command is back),
    `exit`, `signal`, `resize`, `marker`, `verdict`, `refused`, `mask` (so many values of
    a class), `gap` or `opaque` (a channel whose
    bytes are recorded, and read by nobody: the address that it leads to)."""
    event: int
    time: int
    """Microseconds since the session's start."""
    channel: int
    text: str
    """Untrusted: what was run, the marker's label, the reason."""
    confidence: int
    """Per cent: 100 where an event or the shell itself says so."""
    since: int = -1
    """Of a command: the record with which its typing began. Of what ends one: the command's event.
    -1: the cue has no such record."""


def cue_of(number: int, event: Event) -> Cue | None:
    """The cue that this event is, if it is one."""
    match event:
        case Requested(kind="exec"):
            what = ("command", event.command.decode("utf-8", "replace"))
        case Requested(kind="subsystem"):
            what = ("command", f"subsystem {event.command.decode('utf-8', 'replace')}")
        case SftpOpened(status=0):
            what = ("command", f"open {_path(event.path)} ({', '.join(event.access)})")
        case SftpDone(status=0) if event.operation in CHANGING:
            other = f" -> {_path(event.other)}" if event.other else ""
            what = ("command", f"{event.operation} {_path(event.path)}{other}")
        case Transferred():
            what = ("command", f"{event.way} {_path(event.path)} ({event.protocol})")
        case Exit():
            what = ("exit", str(event.status))
        case ExitSignal():
            what = ("exit", f"signal {event.signal}")
        case Signal():
            what = ("signal", event.signal)
        case Resize() | Terminal():
            what = ("resize", f"{event.cols}x{event.rows}")
        case Marker():
            what = ("marker", event.label)
        case Decided():
            what = ("verdict", f"{event.verdict} {event.reason}".strip())
        case HoldAnswered():
            said = "approve" if event.approves else "deny"
            what = ("verdict", f"{said} by {event.by}: {event.facts.get('reason', '')}")
        case Refused():
            what = ("refused", event.what)
        case Masked():
            what = ("mask", f"{event.count} {event.data_class} ({event.method})")
        case TargetReached() if event.facts.get("opaque") is True:
            what = ("opaque", str(event.facts.get("asked", "")))
        case Gap():
            what = ("gap", event.cause)
        case Suspended():
            what = ("gap", event.cause)
        case Outage():
            what = ("gap", f"{event.component} {event.phase}: {event.cause}")
        case ClockStep():
            what = ("gap", f"the wall clock moved by {event.delta_ns // 1_000_000} ms")
        case _:
            return None
    kind, text = what
    return Cue(kind, number, event.at, event.channel, text[:TEXT_LIMIT], 100)


def opaque_words(cues: Iterable[Cue]) -> list[str]:
    """The channels among these whose bytes nobody read, as every report has to say."""
    return [f"channel {cue.channel} to {cue.text}" for cue in cues if cue.kind == "opaque"]


def masked_counts(cues: Iterable[Cue]) -> dict[str, int]:
    """How many values of each class were masked."""
    counts: Counter[str] = Counter()
    for cue in cues:
        count, _, rest = cue.text.partition(" ")
        if cue.kind == "mask" and count.isdecimal():
            counts[rest.rpartition(" ")[0]] += int(count)
    return dict(sorted(counts.items()))


def _path(path: bytes) -> str:
    return path[: 4 * TEXT_LIMIT].decode("utf-8", "replace")
