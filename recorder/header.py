"""What a new recording's header says, in one place for everybody who records.

Knows: the keys of docs/format.md. Must never know: where the facts come from. Called by the
gateway, ``gatereel record`` and imports; `recorder.journal` adds the salt.
"""

from __future__ import annotations

from collections.abc import Sequence

from recorder.events import Facts
from recorder.format import FORMAT


def make_header(
    *,
    session: str,
    principal: str,
    kind: str,
    target: str,
    account: str,
    protocol: str,
    build: str,
    wall_ns: int = 0,
    claims: Facts | None = None,
    client: str = "",
    term: str = "",
    cols: int = 0,
    rows: int = 0,
    policy: bytes = b"",
    widths: str = "",
    weaker: Sequence[str] = (),
) -> Facts:
    """A header's facts but for the salt, which `Writer.open` adds; ``wall_ns`` only where the
    session did not begin now (an import)."""
    return {
        "format": FORMAT,
        "reader": FORMAT,
        "must": [],
        "may": [],
        "id": session,
        "wall": wall_ns,
        "principal": principal,
        "kind": kind,
        "claims": dict(claims or {}),
        "target": target,
        "account": account,
        "protocol": protocol,
        "client": client,
        "term": term,
        "cols": cols,
        "rows": rows,
        "policy": policy,
        "build": build,
        "widths": widths,
        "weaker": list(weaker),
    }
