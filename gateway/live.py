"""The sessions that are open now: whose they are, where, and how each is ended.

Knows: what a list of them needs to say. Must never know: protocols, policy, who asks (that is
`gateway.oversight`). Filled by the bridges (`gateway.ssh.stay`), one entry for each session from
the moment its recording is open until it is closed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from gateway.errors import Revoked
from recorder.control import About
from recorder.errors import GatereelError


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One of them."""

    id: str
    about: About
    end: Callable[[GatereelError], Awaitable[None]]
    """Ends it at once on both sides, with these words; returns when its recording is closed."""
    review: Callable[[], Revoked | None] = lambda: None
    """Why it may not go on by the configuration of now; channels that may not are cut."""
    tell: Callable[[bytes], None] = lambda _: None
    """A line for whoever sits at its terminals."""


class LiveSessions:
    """All of them, by id."""

    def __init__(self) -> None:
        self._sessions: dict[str, LiveSession] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[LiveSession]:
        """Oldest first."""
        return iter(tuple(self._sessions.values()))

    def add(self, session: LiveSession) -> None:
        self._sessions[session.id] = session

    def remove(self, session: str) -> None:
        self._sessions.pop(session, None)

    def find(self, name: str, among: Callable[[LiveSession], bool]) -> list[LiveSession]:
        """Those that an id, or a beginning or end of one, means, of those that pass ``among``."""
        text = name.lower()
        if text in self._sessions:
            fitting = [self._sessions[text]]
        else:
            fitting = [s for s in self if text and (s.id.startswith(text) or s.id.endswith(text))]
        return [session for session in fitting if among(session)]
