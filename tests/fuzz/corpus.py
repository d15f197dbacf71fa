"""The kept inputs of each target: one a line, in Python's escapes of bytes.

A text file for each target, so that an input reads, and a new one is a line in a diff.
"""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def load(target: str) -> list[bytes]:
    path = FOLDER / f"{target}.txt"
    if not path.exists():
        return []
    return [ast.literal_eval(line) for line in path.read_text("ascii").splitlines()]


def save(target: str, inputs: set[bytes]) -> None:
    """Shortest first, so that a diff shows what is new."""
    FOLDER.mkdir(exist_ok=True)
    lines = [f"{data!r}\n" for data in sorted(inputs, key=lambda data: (len(data), data))]
    (FOLDER / f"{target}.txt").write_text("".join(lines), "ascii")
