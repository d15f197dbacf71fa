"""How this process is set up so that a key is answered at once.

Knows: the interpreter's knobs, and the one that Textual reads when it is imported. Must never
know: screens, recordings. Called by the verbs that start the app, before they import it.

Measured (docs/decisions/0082): a step between frames is two repaints, the second of which waited
for Textual's next sixtieth of a second; a thread that makes a screen kept the loop from painting
it for five milliseconds at a time; and a full collection of everything that was ever imported fell
into every dozenth step.
"""

from __future__ import annotations

import gc
import os
import sys

REPAINTS = "240"
"""At most so many a second; only what changed is painted, so that more of them cost nothing."""
TURN = 0.001
"""How long (s) one thread may keep the interpreter while another waits for it."""
YOUNG = 20_000
"""Objects made until the young ones are looked through."""


def prepare() -> None:
    """Before the app is imported."""
    os.environ.setdefault("TEXTUAL_FPS", REPAINTS)
    sys.setswitchinterval(TURN)


def settle() -> None:
    """Once everything is imported: what is here now stays, and need not be looked through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 50)
