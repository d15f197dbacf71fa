"""Characters that cannot be seen, drawn so that they can: ␛, ⟦ZWSP⟧, ⟦0xFF⟧.

Knows: Unicode. Must never know: escape sequences, events, widgets. Called by the inspector's
decoding and by whatever shows recorded text in a line. What comes out is printable throughout.
"""

from __future__ import annotations

import unicodedata

SHORT = {
    0x00A0: "NBSP",
    0x00AD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x115F: "HCF",
    0x1160: "HJF",
    0x180E: "MVS",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LSEP",
    0x2029: "PSEP",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0x3164: "HF",
    0xFEFF: "BOM",
    0xFFA0: "HWHF",
    0xFFF9: "IAA",
    0xFFFA: "IAS",
    0xFFFB: "IAT",
}
"""What Unicode's charts and everybody else call those that are met."""
_FILLERS = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0))
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"))


def visible(text: str) -> str:
    """Text with everything drawn that a terminal would not show. Bytes that are no UTF-8 are
    those of ``surrogateescape``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_drawn, text))


def hidden(char: str) -> bool:
    """Whether a terminal shows nothing for it, or something that can be taken for another."""
    code = ord(char)
    return (
        unicodedata.category(char) in _UNSEEN
        or code in _FILLERS
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0000 <= code <= 0xE0FFF
        or (char.isspace() and char != " ")
    )


def _drawn(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:
        return f"⟦0x{code - 0xDC00:02X}⟧"
    if not hidden(char):
        return char
    if name := SHORT.get(code):
        return f"⟦{name}⟧"
    if 0xFE00 <= code <= 0xFE0F:
        return f"⟦VS{code - 0xFE00 + 1}⟧"
    if 0xE0020 <= code <= 0xE007E:
        return f"⟦TAG {chr(code - 0xE0000)}⟧"
    return f"⟦U+{code:04X}⟧"
