"""How a process that the gateway starts speaks with it: JSON lines out, and the end of its input.

Knows: the standard streams. Must never know: what is said. Called by the verbs ``seal`` and
``index``.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
from typing import Any

_telling = threading.Lock()


def tell(fact: dict[str, Any]) -> None:
    """One line on standard output, from any thread. Where nobody listens any more it is lost: the
    work itself goes on to its end."""
    try:
        with _telling:
            sys.stdout.write(json.dumps(fact) + "\n")
            sys.stdout.flush()
    except (BrokenPipeError, ConnectionResetError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def closed(seconds: float) -> bool:
    """Whether standard input has ended; waits so long for it."""
    ready, _, _ = select.select([0], [], [], seconds)
    try:
        return bool(ready) and not os.read(0, 1 << 12)
    except ConnectionResetError:
        return True
