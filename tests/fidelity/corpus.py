"""The stored half of the comparison: recordings of programs, and what the reference shows.

Compressed JSON beside this file. `recordings.json.xz` holds cases; `expected.json.xz` holds, by
case name, the reference's snapshots (None where the reference itself failed), and its versions.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from tests.fidelity.sequences import cases as sequences
from tests.fidelity.snapshots import Case, Snapshot

HERE = Path(__file__).parent
RECORDINGS = HERE / "recordings.json.xz"
EXPECTED = HERE / "expected.json.xz"

# Cases in which we mean to differ from the reference, and why. Each must really differ.
NAMED: dict[str, str] = {
    "named/charset-4": "the Dutch set has two characters cut or missing in xterm.js",
    "named/emoji-of-unicode-14": "our width table is newer than the reference's",
}


def read(path: Path) -> Any:
    return json.loads(lzma.decompress(path.read_bytes()))


def write(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def cases() -> list[Case]:
    """Targeted sequences and recorded programs."""
    recorded: list[Case] = read(RECORDINGS) if RECORDINGS.exists() else []
    return sequences() + recorded


def expected() -> dict[str, list[Snapshot] | None]:
    snapshots: dict[str, list[Snapshot] | None] = read(EXPECTED)["snapshots"]
    return snapshots
