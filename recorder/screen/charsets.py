"""Character sets that a program can designate into G0..G3, as translation tables.

The line-drawing set is DEC Special Graphics as the VT100 user guide prints it, in the characters
that Unicode's own mapping gives; the others are the national replacement sets of the VT220
programmer's reference (ISO 646 variants). Only printable ASCII is ever replaced. The key is the
final byte of the designating sequence; a final byte that is not here is ignored, as xterm does.
"""

from __future__ import annotations

Charset = dict[int, str]


def _replace(places: str, by: str) -> Charset:
    return dict(zip(map(ord, places), by, strict=True))


DEC_GRAPHICS = _replace("`abcdefghijklmnopqrstuvwxyz{|}~", "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")

_NORDIC = "@[\\]^`{|}~"
_FINNISH = _replace("[\\]^`{|}~", "ÄÖÅÜéäöåü")
_SWEDISH = _replace(_NORDIC, "ÉÄÖÅÜéäöåü")
_NORWEGIAN = _replace(_NORDIC, "ÄÆØÅÜäæøåü")

# None is ASCII: nothing to translate.
CHARSETS: dict[str, Charset | None] = {
    "B": None,
    "0": DEC_GRAPHICS,
    "A": _replace("#", "£"),
    "4": _replace("#@[\\]{|}~", "£¾ĳ½|¨ƒ¼´"),
    "5": _FINNISH,
    "C": _FINNISH,
    "R": _replace("#@[\\]{|}~", "£à°ç§éùè¨"),
    "Q": _replace("@[\\]^`{|}~", "àâçêîôéùèû"),
    "K": _replace("@[\\]{|}~", "§ÄÖÜäöüß"),
    "Y": _replace("#@[\\]`{|}~", "£§°çéùàòèì"),
    "E": _NORWEGIAN,
    "6": _NORWEGIAN,
    "Z": _replace("#@[\\]{|}", "£§¡Ñ¿°ñç"),
    "H": _SWEDISH,
    "7": _SWEDISH,
    "=": _replace("#@[\\]^_`{|}~", "ùàéçêîèôäöüû"),
}

# The byte after ESC says which of G0..G3 is meant; 96-character forms share the places.
PLACES = {"(": 0, ")": 1, "*": 2, "+": 3, "-": 1, ".": 2}
