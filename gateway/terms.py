"""What a session is bound to by the policies that let it in. Pure.

Knows: the obligations of an answer about connecting. Must never know: policies, sessions. Called by
`gateway.session`.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.config import Target
from gateway.limits import Bounds
from gateway.verdicts import notices as said

_KEEP = {"full": "all", "echoed": "echoed", "input-withheld": "none"}

__all__ = ["bounded", "kept_as", "said"]


def bounded(bounds: Bounds, obligations: tuple[str, ...]) -> Bounds:
    """With the shorter of both times."""
    limits = [int(value) for value in _values(obligations, "limit")]
    if not limits:
        return bounds
    return replace(bounds, total=min([*limits, *([bounds.total] if bounds.total else [])]))


def kept_as(target: Target, obligations: tuple[str, ...]) -> Target:
    """With what policy says is kept of what is typed, which goes before what the target says."""
    for value in _values(obligations, "record"):
        return replace(target, keep_input=_KEEP[value])
    return target


def _values(obligations: tuple[str, ...], kind: str) -> list[str]:
    return [each[len(kind) + 1 :] for each in obligations if each.startswith(f"{kind}:")]
