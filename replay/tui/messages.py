"""What the parts of the app tell each other: facts, in the past tense.

Knows: values of `replay`. Must never know: who listens.
"""

from __future__ import annotations

from textual.geometry import Offset
from textual.message import Message

from replay.heat import Scale
from replay.projector import Report
from replay.searching import Found, Sifted


class Reported(Message):
    """The projector's thread had something to tell."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


class TimeSought(Message):
    """The scrubber was clicked or dragged to this recorded time."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def can_replace(self, message: Message) -> bool:
        """While one is handled, a flood of others becomes the newest."""
        return isinstance(message, TimeSought)


class ViewSought(Message):
    """The mini-map was clicked or dragged: the viewport is to begin at this recorded cell."""

    def __init__(self, origin: Offset) -> None:
        super().__init__()
        self.origin = origin


class TerminalSought(Message):
    """Another terminal of the session is to be shown; None: the one last written to."""

    def __init__(self, channel: int | None) -> None:
        super().__init__()
        self.channel = channel


class HeatWanted(Message):
    """The scrubber shows so little time that it needs to know it better."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.scale = scale

    def can_replace(self, message: Message) -> bool:
        """Only the newest matters."""
        return isinstance(message, HeatWanted)


class HitsFound(Message):
    """A search in one session has found more, or has ended."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        self.found = found


class RowsSifted(Message):
    """A filter of events has let more through, or has ended."""

    def __init__(self, sifted: Sifted) -> None:
        super().__init__()
        self.sifted = sifted


class NextSession(Message):
    """Somebody went beyond the last hit of a session."""


class PreviousSession(Message):
    """Somebody went before the first hit of a session."""
