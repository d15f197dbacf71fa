"""What a client may say to a terminal that runs: which signals, and how large a window can be.

Knows: RFC 4254. Must never know: channels. Called by `gateway.wire.terminal`.
"""

from __future__ import annotations

SIGNALS = frozenset({
    "ABRT", "ALRM", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "TERM",
    "USR1", "USR2", "INFO@openssh.com",
})  # fmt: skip
"""RFC 4254, section 6.10, and what OpenSSH adds."""

_SIZE_LIMIT = 0xFFFF  # a window size is four unsigned shorts to every kernel


def clamped(*sizes: int) -> tuple[int, int, int, int]:
    """Columns, rows, width and height as a kernel can take them."""
    cols, rows, width, height = (max(0, min(size, _SIZE_LIMIT)) for size in sizes)
    return cols, rows, width, height
