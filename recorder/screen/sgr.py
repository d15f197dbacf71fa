"""Select Graphic Rendition: what CSI ... m makes of a pen. Pure.

Semicolon and colon forms as xterm reads them: `38;5;n`, `38;2;r;g;b`, `38:5:n`,
`38:2:space:r:g:b`, `4:3`. Unknown numbers are passed over.
"""

from __future__ import annotations

import re

from recorder.screen.params import Params
from recorder.screen.pens import (
    LINED,
    PROTECTED,
    RESTORED,
    STYLED,
    UNDERLINES,
    Attributes,
    Color,
    PenKey,
)

_ON = {
    1: Attributes.BOLD,
    2: Attributes.DIM,
    3: Attributes.ITALIC,
    5: Attributes.BLINK,
    7: Attributes.INVERSE,
    8: Attributes.INVISIBLE,
    9: Attributes.STRIKE,
    53: Attributes.OVERLINE,
}
_OFF = {
    22: Attributes.BOLD | Attributes.DIM,
    23: Attributes.ITALIC,
    25: Attributes.BLINK,
    27: Attributes.INVERSE,
    28: Attributes.INVISIBLE,
    29: Attributes.STRIKE,
    55: Attributes.OVERLINE,
}
_COLOR_OF = "([34])8;2;([0-9]{1,3});([0-9]{1,3});([0-9]{1,3})"
_TRUECOLOR = re.compile(f"\x1b\\[{_COLOR_OF}(?:(?:;|m\x1b\\[){_COLOR_OF})?m").fullmatch
_LINK = int(Attributes.LINK)
_UNDERLINE = int(Attributes.UNDERLINE)
_RESTORING = RESTORED | LINED | STYLED
_UNDERLINING = UNDERLINES | _RESTORING
_STYLES_OR_LINK = UNDERLINES | _LINK
_STYLES = {
    0: 0,
    2: _UNDERLINE | int(Attributes.UNDERLINE_DOUBLE),
    3: _UNDERLINE | int(Attributes.UNDERLINE_CURLY),
    4: _UNDERLINE | int(Attributes.UNDERLINE_DOTTED),
    5: _UNDERLINE | int(Attributes.UNDERLINE_DASHED),
}


def apply(key: PenKey, params: Params) -> PenKey:
    """The pen that `params` make of `key`."""
    fg, bg, flags = key
    at = 0
    while at < len(params):
        number, subs = params[at]
        if number == 0:
            # The guard against selective erase goes too, as in xterm.js; a link stays open.
            fg, bg, flags = None, None, flags & _LINK
        elif 30 <= number <= 37:
            fg = number - 30
        elif 40 <= number <= 47:
            bg = number - 40
        elif 90 <= number <= 97:
            fg = number - 82
        elif 100 <= number <= 107:
            bg = number - 92
        elif number == 39:
            fg = None
        elif number == 49:
            bg = None
        elif number in (38, 48, 58):
            color, known, taken = _color(params, at)
            if known and number == 38:
                fg = color
            elif known and number == 48:
                bg = color
            at += taken
        elif number == 4:
            flags = flags & ~_UNDERLINING | _STYLES.get(subs[0] if subs else 1, _UNDERLINE)
        elif number == 21:
            flags = flags & ~_UNDERLINING | _STYLES[2]
        elif number == 24:
            flags &= ~_UNDERLINING
        elif number == 59 and flags & RESTORED:
            flags = _underlined(flags, bool(flags & LINED), bool(flags & _STYLES_OR_LINK))
        elif number in _ON:
            flags |= int(_ON[number])
        elif number in _OFF:
            flags &= ~int(_OFF[number])
        at += 1
    return fg, bg, flags


def truecolor(key: PenKey, token: str) -> PenKey | None:
    """What one or two colours in red, green and blue, and nothing else, make of a pen.

    The short way for pictures and gradients, where hardly any sequence comes twice; None for all
    other sequences. The same as `apply`. Two may be in one sequence or in two that follow on each
    other, which tokens.py takes together.
    """
    match = _TRUECOLOR(token)
    if match is None:
        return None
    ground, red, green, blue, other, *rest = match.groups()
    color = (int(red) & 255, int(green) & 255, int(blue) & 255)
    fg, bg, flags = key
    if ground == "3":
        fg = color
    else:
        bg = color
    if other:
        red, green, blue = rest
        color = (int(red) & 255, int(green) & 255, int(blue) & 255)
        if other == "3":
            fg = color
        else:
            bg = color
    return fg, bg, flags


def protect(key: PenKey, on: bool) -> PenKey:
    """DECSCA: guard what is written from now on against selective erase, or stop doing so."""
    fg, bg, flags = key
    return fg, bg, flags | PROTECTED if on else flags & ~PROTECTED


def plain(key: PenKey) -> PenKey:
    """Without style of underline and link."""
    fg, bg, flags = key
    line = _UNDERLINE if _is_lined(flags) else 0
    return fg, bg, flags & ~_LINK & ~_UNDERLINING | line


def link(key: PenKey, on: bool) -> PenKey:
    """OSC 8: what is written from now on belongs to a hyperlink, or no longer does."""
    fg, bg, flags = key
    lined = _is_lined(flags)
    flags = flags | _LINK if on else flags & ~_LINK
    return fg, bg, _underlined(flags, lined, bool(flags & _STYLES_OR_LINK))


def restored(saved: PenKey, now: PenKey) -> PenKey:
    """DECRC as in xterm.js: all as it was saved, but style of underline and link as they are."""
    fg, bg, flags = saved
    styled = bool(flags & (STYLED if flags & RESTORED else _STYLES_OR_LINK))
    kept = flags & ~_STYLES_OR_LINK | now[2] & _STYLES_OR_LINK
    return fg, bg, _underlined(kept, _is_lined(flags), styled)


def _is_lined(flags: int) -> bool:
    return bool(flags & (LINED if flags & RESTORED else _UNDERLINE))


def _underlined(flags: int, lined: bool, styled: bool) -> int:
    """Flags with RESTORED and what belongs to it, but only where they say something else."""
    flags &= ~_RESTORING
    if lined == bool(flags & _UNDERLINE) and styled == bool(flags & _STYLES_OR_LINK):
        return flags
    return flags | RESTORED | (LINED if lined else 0) | (STYLED if styled else 0)


def _color(params: Params, at: int) -> tuple[Color, bool, int]:
    """An extended colour that starts at `at`: colour, whether it is one, parameters taken after it.

    Slots are kind, colour space, three values. With semicolons no colour space is sent and the
    indexed form has neither, so the place of the first value moves; a colon list, wherever it
    starts, is the last thing that is read.
    """
    slots = [0, 0, 0, 0, 0, 0]
    skip = 0
    step = 0
    while at + step < len(params) and step + skip < len(slots):
        number, subs = params[at + step]
        slots[step + skip] = number
        if subs:
            for offset, sub in enumerate(subs):
                if slots[1] == 5:
                    skip = 1
                place = step + 1 + offset + skip
                if place >= len(slots):
                    break
                slots[place] = max(sub, 0)
            break
        if (slots[1] == 5 and step + skip >= 2) or (slots[1] == 2 and step + skip >= 5):
            break
        if slots[1]:
            skip = 1
        step += 1
    if slots[1] == 2:
        return (slots[3] & 255, slots[4] & 255, slots[5] & 255), True, step
    if slots[1] == 5:
        return slots[3] & 255, True, step
    return None, False, step
