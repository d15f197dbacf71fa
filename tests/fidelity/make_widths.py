"""Generates recorder/screen/width_table.py from the Unicode character database.

Run it where the package `unicodedata2` of the wanted Unicode version is installed:
`python tests/fidelity/make_widths.py > recorder/screen/width_table.py`.
The rule is stated in the docstring it writes; nothing else decides a width.
"""

import sys

import unicodedata2 as ucd  # type: ignore[import-not-found]

HEADER = '''"""Width of every character: generated, not edited (see tests/fidelity/make_widths.py).

Rule: categories Mn, Me and Cf (but not SOFT HYPHEN) and the conjoining Jamo U+1160..U+11FF take
no column; East_Asian_Width W and F take two, and so do the unassigned places of the CJK blocks
that the standard reserves as wide; all others take one.
Sources: DerivedGeneralCategory and EastAsianWidth of the Unicode version named below.
"""

UNICODE_VERSION = "{version}"
'''

RESERVED_WIDE = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2FFFD),
    (0x30000, 0x3FFFD),
)


def width(code: int) -> int:
    char = chr(code)
    category = ucd.category(char)
    if (code != 0xAD and category in ("Mn", "Me", "Cf")) or 0x1160 <= code <= 0x11FF:
        return 0
    if category == "Cn":
        return 2 if any(low <= code <= high for low, high in RESERVED_WIDE) else 1
    return 2 if ucd.east_asian_width(char) in "WF" else 1


def ranges(wanted: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in range(0xA0, 0x110000):
        if width(code) == wanted:
            if found and found[-1][1] == code - 1:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
    return found


def main() -> None:
    out = sys.stdout
    out.write(HEADER.format(version=ucd.unidata_version))
    for name, value in (("ZERO", 0), ("WIDE", 2)):
        out.write(f"\n{name} = (\n")
        for low, high in ranges(value):
            out.write(f"    (0x{low:05X}, 0x{high:05X}),\n")
        out.write(")\n")


if __name__ == "__main__":
    main()
