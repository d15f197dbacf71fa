"""How many connections this process has file descriptors for.

Knows: the kernel's limit on open files. Must never know: who comes in, what for. Called by
`gateway.ssh.server` once, when the listener starts.

Whoever is inside must not lose a file or a target because somebody else arrives: so the last ones
are turned away at the door, with a word, while there is still enough for those who are inside.
"""

from __future__ import annotations

import resource

KEPT = 64
"""For the gateway itself: helpers, the logbook, its sockets, files that are read for a moment."""
EACH = 4
"""Of one connection: its own socket, its target's, its journal's newest file, and one to spare for
a forward or a viewer."""


def raise_limit() -> int:
    """As many open files as this process may have; how many that is. No limit counts as a large
    one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1 << 30 if hard == resource.RLIM_INFINITY else hard


def connections(limit: int) -> int:
    """How many there is room for, with so many open files; at least one."""
    return max(1, (limit - KEPT) // EACH)
