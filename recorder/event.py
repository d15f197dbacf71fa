"""What every event has: a time and a channel. The events themselves are in `recorder.events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SESSION = 0
"""The channel number of facts about the session itself."""

Facts = Mapping[str, Any]
"""msgpack-able details: str keys; str, bytes, int, bool, None, lists and maps of these."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The base of every event."""

    at: int
    """Microseconds since the start of the session."""
    channel: int
    """0 for the session itself, else the channel's number, from 1 in order of opening."""
