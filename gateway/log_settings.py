"""What the configuration says of the log: how much, in which form. Pure.

Knows: the words for both. Must never know: what is logged. Read by `gateway.operation`, carried
out by `gateway.logs`, which is imported only where there is something to log.
"""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("debug", "info", "warning", "error")
FORMS = ("auto", "json", "text")


@dataclass(frozen=True, slots=True)
class LogSettings:
    level: str = "info"
    form: str = "auto"
    """ "auto": text on a terminal, else JSON."""
