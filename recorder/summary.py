"""One line about a session: who, where to, when, how long, in which state.

Knows: a recording's header, its tail and, where it is there already, its index's totals. Must never
know: payloads, screens. Called by ``gatereel sessions`` and ``info``, and by replay's library. One
bad recording is one summary that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from recorder.errors import GatereelError
from recorder.events import Facts
from recorder.moments import rfc3339 as rfc3339
from recorder.reader import Recording
from recorder.store import Store

DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a session without reading it."""

    id: str
    path: str
    facts: Facts = field(default_factory=dict)
    """The header's; empty where it cannot be read."""
    duration: int = 0
    """Microseconds."""
    events: int = 0
    state: str = DAMAGED
    """ "live", "sealed", "interrupted" or "damaged"."""
    reason: str = ""
    """Why it ended, or why it cannot be read."""

    @property
    def wall_ns(self) -> int:
        """When it began; 0 where nobody can tell."""
        return int(self.facts.get("wall", 0))

    @property
    def where(self) -> str:
        """What was reached, as one would type it: ``account@target``."""
        account, target = self.facts.get("account", ""), self.facts.get("target", "")
        return f"{account}@{target}" if account else str(target)

    def as_json(self, frames: int | None) -> dict[str, Any]:
        """The keys of ``sessions --json``; ``frames`` is None where nothing is derived yet."""
        names = ("principal", "kind", "target", "account", "protocol")
        return {
            "id": self.id,
            "path": self.path,
            **{name: self.facts.get(name, "") for name in names},
            "start": rfc3339(self.wall_ns),
            "duration": self.duration,
            "events": self.events,
            "frames": frames,
            "state": self.state,
            "reason": self.reason,
        }


def summarise(store: Store, name: str) -> Summary:
    """One session: its header and its tail are read, nothing between."""
    path = str(store.reel(name))
    try:
        with Recording(store, name) as recording:
            return summary_of(recording)
    except (GatereelError, OSError) as error:
        return Summary(id=name, path=path, reason=str(error))


def summary_of(recording: Recording) -> Summary:
    """The same of an opened one. Raises `RecordingError` where its tail is damaged."""
    if recording.finished:
        events, duration = recording.sealed_events, recording.duration()
    else:
        last = recording.last()
        events, duration = last.number + 1, last.time
    return Summary(
        id=recording.id,
        path=str(recording.path),
        facts=recording.header.facts,
        duration=duration,
        events=events,
        state=recording.state,
        reason=recording.end_reason,
    )
