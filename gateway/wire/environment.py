"""Which environment variables of a client go on to a target. Pure.

Knows: an allow-list of names. Must never know: what a variable does. Called by
`gateway.wire.terminal`; the list comes from the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

DEFAULT = ("LANG", "LC_*")
"""The list when nothing else is said; a star at the end stands for any rest."""
VALUE_LIMIT = 1024
"""Bytes of the longest value."""

_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_VALUE = re.compile(rb"[^\x00-\x1f\x7f]{0,%d}" % VALUE_LIMIT)


def passes(name: bytes, value: bytes, allowed: Sequence[str]) -> bool:
    """Whether the name is on the list, and both are what a variable may be: no controls, short."""
    if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
        return False
    text = name.decode("ascii")
    return any(
        text.startswith(each[:-1]) if each.endswith("*") else text == each for each in allowed
    )
