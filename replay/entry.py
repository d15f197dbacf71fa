"""What the catalog says of one session: all that a row of the library needs, and its preview.

Knows: names and numbers. Must never know: files, how they are kept, screens. Pure. Made by
`replay.describing`, kept by `replay.catalog`, read by the library, facets and queries.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LIVE, SEALED, INTERRUPTED, DAMAGED = "live", "sealed", "interrupted", "damaged"
STATES = (LIVE, SEALED, INTERRUPTED, DAMAGED)
PREVIEW_ROWS, PREVIEW_COLS = 24, 80
FACETS = ("principal", "kind", "target", "account", "protocol", "purpose", "client", "state")
"""The fields whose values are worth a list of their own."""
_STAMP = re.compile("[0-9a-f]{12}")


class Entry(NamedTuple):
    """One session. A tuple and not a dataclass: ten thousand are made before the library shows its
    first row. The preview is apart for the same reason: `Catalog.preview`."""

    id: str
    principal: str = ""
    kind: str = ""
    """"person", "workload", "local", "gateway" or "import"."""
    target: str = ""
    account: str = ""
    protocol: str = ""
    purpose: str = ""
    """What for, as the principal's identity says it."""
    client: str = ""
    """The client's software, as it says."""
    address: str = ""
    """Where the client came from, where that was recorded."""
    wall_ns: int = 0
    """When it began; 0 where nobody can tell."""
    duration: int = 0
    """Microseconds."""
    events: int = 0
    frames: int = 0
    commands: int = 0
    channels: int = 0
    """How many have a screen."""
    allowed: int = 0
    denied: int = 0
    held: int = 0
    """Verdicts, by what they were."""
    masks: int = 0
    """Values that were masked; none in a recording whose gateway masked nothing."""
    refused: int = 0
    """What was asked that the gateway does not do."""
    state: str = DAMAGED
    """One of `STATES`."""
    reason: str = ""
    """Why it ended, or what cannot be read of it."""
    size: int = 0
    """Bytes on disk, without what is derived."""
    indexed: int = 0
    """Records that all of this covers."""
    preserved: str = ""
    """By whom it is under a legal hold, and why; "" where it is not."""
    redacted: str = ""
    """Of a redacted copy: of what, by whom and why."""
    weaker: tuple[str, ...] = ()
    """Names of every protection that was switched off."""

    @property
    def verdicts(self) -> dict[str, int]:
        """How often each verdict was given."""
        return {"allow": self.allowed, "deny": self.denied, "hold": self.held}

    @property
    def where(self) -> str:
        """What was reached, as one would type it: ``account@target``."""
        return f"{self.account}@{self.target}" if self.account else self.target

    @property
    def live(self) -> bool:
        return self.state == LIVE

    @property
    def begun(self) -> tuple[int, str]:
        """Sorts by when it began, in ms; where nobody can tell, by when it got its id (UUIDv7). The
        id of what was imported is of the day on which it came."""
        stamp = self.id.replace("-", "")[:12]
        made = int(stamp, 16) if _STAMP.fullmatch(stamp) else 0
        return (self.wall_ns // 1_000_000 or made, self.id)


class Preview(NamedTuple):
    """The screen that tells most of a session, as text."""

    frame: int
    """Its number, to open the player there."""
    event: int
    """The record right after which it is: its durable citation."""
    time: int
    """Microseconds since the session's start."""
    why: str
    """"refused", "denied", "held", "failed" (a command did) or "fullest"."""
    rows: tuple[str, ...]
    """At most `PREVIEW_ROWS` of at most `PREVIEW_COLS` columns. Untrusted."""
