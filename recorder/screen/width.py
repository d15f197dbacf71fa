"""How many columns a character takes: 0, 1 or 2, by the generated table of one Unicode version.

Knows only characters. `WIDTH_TABLE_VERSION` names the table and is written into recordings:
the same bytes laid out by another table are another screen. Called by tokens.py for its
character classes and by the screen for single characters.
"""

from __future__ import annotations

from bisect import bisect_right

from recorder.screen.width_table import UNICODE_VERSION, WIDE, ZERO

WIDTH_TABLE_VERSION = UNICODE_VERSION

_EDGES: list[int] = []
_WIDTHS: list[int] = []


def _fill_edges() -> None:
    """Lay the ranges out as edges, so that one bisection answers for any character."""
    edges = {0: 1}
    for width, table in ((0, ZERO), (2, WIDE)):
        for low, high in table:
            edges[low] = width
            edges.setdefault(high + 1, 1)
    for low, _ in (*ZERO, *WIDE):
        edges[low] = 0 if any(low == first for first, _ in ZERO) else 2
    for edge in sorted(edges):
        _EDGES.append(edge)
        _WIDTHS.append(edges[edge])


_fill_edges()


def width(char: str) -> int:
    """Columns that one printable character takes."""
    return _WIDTHS[bisect_right(_EDGES, ord(char)) - 1]


class _Kinds(dict[str, int]):
    """Kind of a token by its first character, found once for each character."""

    def __missing__(self, char: str) -> int:
        if char < "\xa0":
            found = -1
        else:
            found = 0 if "\U00040000" <= char <= "\U000dffff" else width(char)
        self[char] = found
        return found


# -1 a C1 control, 0 zero-width or otherwise to be looked at one by one, 1 narrow, 2 wide.
kind = _Kinds().__getitem__


def character_class(table: tuple[tuple[int, int], ...], low: int, high: int) -> str:
    """The part of `table` between two code points, as it stands in a regex's [...]."""
    parts = []
    for first, last in table:
        first, last = max(first, low), min(last, high)
        if first <= last:
            parts.append(f"\\U{first:08x}-\\U{last:08x}")
    return "".join(parts)
