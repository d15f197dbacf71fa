"""Cuts terminal output into tokens, and turns a control sequence into an operation, once.

One regular expression finds runs of printable ASCII, of other narrow, of wide and of zero-width
characters, single controls, and whole control sequences. What it cannot take whole (a sequence
with a control inside, malformed, or not yet complete) it hands over with all that follows, for
the state machine of machine.py. `operation` remembers what each sequence means, so that
`ESC [ 1 ; 31 m` is parsed once however often it comes.

An operation is a tuple: a kind, and what that kind needs. The kinds that screens meet all the
time have numbers of their own, so that the feeding loop carries them out in place; all others are
CALL, with the name of the screen's method (pyte's name where pyte has one) and its arguments, or
EDIT, which is a CALL that touches nothing but cells, the cursor's place and tab stops.
"""

from __future__ import annotations

import re
from typing import Any

from recorder.screen.clusters import FIRST, LAST, STAND_INS
from recorder.screen.params import Params, parse
from recorder.screen.width import character_class
from recorder.screen.width_table import WIDE, ZERO

Operation = tuple[Any, ...]

(
    SGR,
    CUP,
    EL,
    CALL,
    IGNORE,
    RIGHT,
    RETURN,
    BACKSPACE,
    NEWLINE,
    EDIT,
    COLUMN,
    LINE,
    ASCII,
) = range(13)

# More of an OSC than this is cut off; titles and links are far shorter.
BODY_LIMIT = 4096
_REMEMBERED = 16384
_LONGEST_REMEMBERED = 64


def _text_classes() -> tuple[str, str]:
    wide = character_class(WIDE, 0xA0, FIRST - 1) + character_class(WIDE, LAST + 1, 0x10FFFF)
    zero = character_class(ZERO, 0xA0, FIRST - 1) + character_class(ZERO, LAST + 1, 0x10FFFF)
    return wide, zero + STAND_INS


_WIDE_CLASS, _ODD_CLASS = _text_classes()

# Two colours in red, green and blue, as pictures set both grounds: one token (see sgr.truecolor).
_COLOR_FORM = "\x1b\\[[34]8;2;[0-9]{1,3};[0-9]{1,3};[0-9]{1,3}m"
_TWO_COLORS_FORM = f"{_COLOR_FORM}{_COLOR_FORM}"
_CSI_FORM = "\x1b\\[[<-?]?[0-9:;]*+[ -/]*+[@-~]"
_ESC_FORM = "\x1b(?:[0-OQ-WYZ\\\\`-~]|[ -/]++[0-~])"
_OSC_FORM = "\x1b\\][ -~\xa0-\U0010ffff]*+(?:\x07|\x1b\\\\)"

_TOKEN = re.compile(
    "[ -~]++"
    "|\r\n"
    f"|{_TWO_COLORS_FORM}"
    f"|{_CSI_FORM}"
    f"|[^\0-\x9f{_WIDE_CLASS}{_ODD_CLASS}]++"
    f"|[{_WIDE_CLASS}]++"
    f"|[{_ODD_CLASS}]++"
    f"|{_ESC_FORM}"
    f"|{_OSC_FORM}"
    "|[\0-\x1a\x1c-\x1f\x80-\x8f\x91-\x97\x99\x9a\x9c]"
    "|[\x1b\x90\x98\x9b\x9d-\x9f][\\s\\S]*+"
)
tokens = _TOKEN.findall
# What may begin a sequence, and whether a token that does is a whole one.
STARTS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"
whole = re.compile(f"{_TWO_COLORS_FORM}|{_CSI_FORM}|{_ESC_FORM}|{_OSC_FORM}").fullmatch

_CSI = re.compile("\x1b\\[([<-?]?)([0-9:;]*)([ -/]*)([@-~])")
_OSC = re.compile("\x1b\\]([^\x07\x1b]*)(?:\x07|\x1b\\\\)")
_ESC = re.compile("\x1b([ -/]*)([0-~])")

# Control characters: pyte's `basic`, and the C1 controls that xterm knows in UTF-8.
_CONTROLS: dict[str, Operation] = {
    "\x08": (BACKSPACE,),
    "\n": (NEWLINE, False),
    "\r\n": (NEWLINE, True),
    "\x09": (EDIT, "tab", ()),
    "\x0b": (EDIT, "linefeed", ()),
    "\x0c": (EDIT, "linefeed", ()),
    "\r": (RETURN,),
    "\x0e": (CALL, "shift", (1,)),
    "\x0f": (CALL, "shift", (0,)),
    "\x84": (EDIT, "index", ()),
    "\x85": (EDIT, "next_line", ()),
    "\x88": (EDIT, "set_tab_stop", ()),
}
_ESCAPES = {
    "7": ("save_cursor", ()),
    "8": ("restore_cursor", ()),
    "D": ("index", ()),
    "E": ("next_line", ()),
    "H": ("set_tab_stop", ()),
    "M": ("reverse_index", ()),
    "c": ("reset", ()),
    "n": ("shift", (2,)),
    "o": ("shift", (3,)),
    "|": ("shift", (3,)),
    "}": ("shift", (2,)),
    "~": ("shift", (1,)),
    "%@": ("select_ascii", ()),
    "%G": ("select_ascii", ()),
    "#8": ("alignment_display", ()),
}
# How parameters become arguments: a count (0 is 1), the bare number, two of them, all of them.
_COUNT, _NUMBER, _PAIR, _ALL = range(4)
_CONTROL_SEQUENCES = {
    "@": ("insert_characters", _COUNT),
    " @": ("scroll_left", _COUNT),
    "A": ("cursor_up", _COUNT),
    " A": ("scroll_right", _COUNT),
    "B": ("cursor_down", _COUNT),
    "C": ("cursor_forward", _COUNT),
    "D": ("cursor_back", _COUNT),
    "E": ("cursor_down1", _COUNT),
    "F": ("cursor_up1", _COUNT),
    "G": ("cursor_to_column", _COUNT),
    "H": ("cursor_position", _PAIR),
    "I": ("tab", _COUNT),
    "J": ("erase_in_display", _NUMBER),
    "?J": ("erase_in_display_unguarded", _NUMBER),
    "K": ("erase_in_line", _NUMBER),
    "?K": ("erase_in_line_unguarded", _NUMBER),
    "L": ("insert_lines", _COUNT),
    "M": ("delete_lines", _COUNT),
    "P": ("delete_characters", _COUNT),
    "S": ("scroll_up", _COUNT),
    "T": ("scroll_down", _COUNT),
    "X": ("erase_characters", _COUNT),
    "Z": ("back_tab", _COUNT),
    "`": ("cursor_to_column", _COUNT),
    "a": ("cursor_forward", _COUNT),
    "b": ("repeat", _COUNT),
    "d": ("cursor_to_line", _COUNT),
    "e": ("cursor_down_free", _COUNT),
    "f": ("cursor_position", _PAIR),
    "g": ("clear_tab_stop", _NUMBER),
    "h": ("set_mode", _ALL),
    "?h": ("set_private_mode", _ALL),
    "l": ("reset_mode", _ALL),
    "?l": ("reset_private_mode", _ALL),
    "!p": ("soft_reset", None),
    "r": ("set_margins", _PAIR),
    "s": ("save_cursor", None),
    "t": ("window", _PAIR),
    "u": ("restore_cursor", None),
    "'}": ("insert_columns", _COUNT),
    "'~": ("delete_columns", _COUNT),
    '"q': ("guard", _NUMBER),
}
# Everything else may change pen, buffer, margins or modes.
_EDITS = {name for name, how in _CONTROL_SEQUENCES.values() if how in (_COUNT, _NUMBER)}
_EDITS -= {"guard"}
_EDITS |= {"index", "next_line", "reverse_index", "set_tab_stop", "save_cursor", "linefeed", "tab"}
# Modes that the feeding loop does not look at: keys, blinking, cursor, mouse, paste, updates.
_APART = frozenset({1, 12, 25, 66, *range(1000, 1008), 1015, 1016, 2004, 2026})
_IGNORED: Operation = (IGNORE,)

_operations: dict[str, Operation] = dict(_CONTROLS)


def operation(token: str) -> Operation:
    """What a control or a whole control sequence means."""
    found = _operations.get(token)
    if found is None:
        found = _read(token)
        if len(token) <= _LONGEST_REMEMBERED:
            if len(_operations) >= _REMEMBERED:
                _operations.clear()
                _operations.update(_CONTROLS)
            _operations[token] = found
    return found


remembered = _operations.get


def _read(token: str) -> Operation:
    if token[0] != "\x1b":
        return _IGNORED
    if token[1] == "[" and (match := _CSI.fullmatch(token)):
        return control_sequence(*match.groups())
    if token[1] == "]" and (match := _OSC.fullmatch(token)):
        return (CALL, "operating_system_command", (match[1],))
    if match := _ESC.fullmatch(token):
        return escape(match[1], match[2])
    return _IGNORED


def escape(intermediates: str, final: str) -> Operation:
    """ESC, intermediates, final."""
    if len(intermediates) == 1 and intermediates in "()*+-.":
        if intermediates + final == "(B":
            return (ASCII,)
        return (CALL, "define_charset", (final, intermediates))
    known = _ESCAPES.get(intermediates + final)
    return _IGNORED if known is None else _call(*known)


def _call(name: str, arguments: tuple[Any, ...]) -> Operation:
    return (EDIT if name in _EDITS else CALL, name, arguments)


def control_sequence(prefix: str, text: str, intermediates: str, final: str) -> Operation:
    """CSI, private prefix, parameters, intermediates, final."""
    key = prefix + intermediates + final
    if key == "m":
        return (SGR, parse(text))
    known = _CONTROL_SEQUENCES.get(key)
    if known is None:
        return _IGNORED
    name, how = known
    params = parse(text)
    first = params[0][0]
    second = params[1][0] if len(params) > 1 else 0
    if key in ("H", "f"):
        return (CUP, max(first, 1) - 1, max(second, 1) - 1)
    if key == "K" and first == 0:
        return (EL,)
    if key == "C":
        return (RIGHT, max(first, 1))
    if key in ("G", "`"):
        return (COLUMN, max(first, 1) - 1)
    if key == "d":
        return (LINE, max(first, 1) - 1)
    if key in ("?h", "?l") and all(number in _APART for number, _ in params):
        return (EDIT, name, (tuple(number for number, _ in params),))
    return _call(name, _arguments(how, params, first, second))


def _arguments(how: int | None, params: Params, first: int, second: int) -> tuple[Any, ...]:
    if how == _COUNT:
        return (max(first, 1),)
    if how == _NUMBER:
        return (first,)
    if how == _PAIR:
        return (first, second)
    if how == _ALL:
        return (tuple(number for number, _ in params),)
    return ()
