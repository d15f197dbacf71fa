"""Where time comes from. Passed in everywhere, so that nothing pure ever looks at a clock.

Session time is integer microseconds since the session's start, on the monotonic clock.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of now, in nanoseconds."""

    def wall_ns(self) -> int:
        """Nanoseconds since the Unix epoch; may step."""
        ...

    def mono_ns(self) -> int:
        """Nanoseconds on a clock that never goes back; its zero means nothing."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def wall_ns(self) -> int:
        return time.time_ns()

    def mono_ns(self) -> int:
        return time.monotonic_ns()
