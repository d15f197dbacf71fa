"""Which environment variables of a client go on to a target. Pure.

Knows: an allow-list of names. Must never know: what a variable does. Called by
`gateway.wire.terminal` and `gateway.wire.sftp_relay`; the list comes from the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.errors import OutOfPlace
from recorder import events

Variables = tuple[tuple[bytes, bytes], ...]
DEFAULT = ("LANG", "LC_*")
"""The list when nothing else is said; a star at the end stands for any rest."""
VALUE_LIMIT = 1024
"""Bytes of the longest value."""
COUNT_LIMIT = 64
"""Variables looked at; more are refused together."""

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


def sort_out(
    at: int, channel: int, asked: Sequence[tuple[bytes, bytes]], allowed: Sequence[str]
) -> tuple[list[events.Event], Variables]:
    """What is recorded of those that a client asks for, and those that go on. Of one that does not
    the name is recorded alone: its value may be a secret."""
    found: list[events.Event] = []
    passed = []
    for name, value in asked[:COUNT_LIMIT]:
        goes_on = passes(name, value, allowed)
        if goes_on:
            passed.append((name, value))
        seen = value if goes_on else b""
        found.append(events.Environment(at, channel, name[:VALUE_LIMIT], seen, goes_on))
    if len(asked) > COUNT_LIMIT:
        more = str(len(asked) - COUNT_LIMIT).encode()
        what = "more environment variables"
        found.append(events.Refused(at, channel, what, more, OutOfPlace.code))
    return found, tuple(passed)
