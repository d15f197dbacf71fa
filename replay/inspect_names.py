"""What terminal controls and escape sequences are called, in words.

Knows: the names in ECMA-48, DEC's manuals and xterm's ctlseqs. Must never know: events, bytes,
widgets, what a screen does with them. Called by `replay.inspect_escapes`.
"""

from __future__ import annotations

import base64
import binascii

from recorder.screen.params import Params, parse
from replay.invisible import visible

CONTROLS = {
    "\x00": "null",
    "\x05": "enquiry",
    "\x07": "bell",
    "\x08": "backspace",
    "\t": "tab",
    "\n": "line feed",
    "\x0b": "vertical tab",
    "\x0c": "form feed",
    "\r": "carriage return",
    "\r\n": "new line",
    "\x0e": "shift out: charset G1",
    "\x0f": "shift in: charset G0",
    "\x18": "cancel",
    "\x1a": "substitute",
    "\x7f": "delete",
    "\x84": "index",
    "\x85": "next line",
    "\x88": "tab stop here",
    "\x8d": "reverse index",
    "\x9c": "string end",
}
_ESCAPES = {
    "7": "save cursor",
    "8": "restore cursor",
    "D": "index: down, scrolls",
    "E": "next line",
    "H": "tab stop here",
    "M": "reverse index: up, scrolls",
    "N": "single shift 2",
    "O": "single shift 3",
    "Z": "identify terminal",
    "c": "full reset",
    "n": "charset G2",
    "o": "charset G3",
    "=": "application keypad",
    ">": "numeric keypad",
    "\\": "string end",
    "#8": "alignment test: fills the screen with E",
    "%G": "UTF-8",
    "%@": "default encoding",
}
_CHARSETS = {"0": "line drawing", "A": "UK", "B": "ASCII", "<": "supplemental"}
_G = {"(": "G0", ")": "G1", "*": "G2", "+": "G3", "-": "G1", ".": "G2", "/": "G3"}
_COUNTED = {
    "@": "insert {} blanks",
    " @": "scroll left {}",
    "A": "cursor up {}",
    " A": "scroll right {}",
    "B": "cursor down {}",
    "C": "cursor right {}",
    "D": "cursor left {}",
    "E": "cursor to line start, down {}",
    "F": "cursor to line start, up {}",
    "G": "cursor to column {}",
    "`": "cursor to column {}",
    "I": "tab forward {}",
    "L": "insert {} lines",
    "M": "delete {} lines",
    "P": "delete {} characters",
    "S": "scroll up {}",
    "T": "scroll down {}",
    "X": "erase {} characters",
    "Z": "tab back {}",
    "a": "cursor right {}",
    "b": "repeat the last character {} times",
    "d": "cursor to row {}",
    "e": "cursor down {}",
    "'}": "insert {} columns",
    "'~": "delete {} columns",
}
_PLAIN = {
    "c": "ask what the terminal is",
    ">c": "ask the terminal's version",
    "=c": "ask the terminal's unit",
    "!p": "soft reset",
    "s": "save cursor",
    "u": "restore cursor",
    ">q": "ask the terminal's name",
    "?u": "ask the keyboard mode",
    ">u": "push keyboard mode",
    "<u": "pop keyboard mode",
    "=u": "set keyboard mode",
    ">m": "set modified keys",
    "?m": "ask about modified keys",
    "$p": "ask about a mode",
    "?$p": "ask about a private mode",
    '"q': "protect characters",
}
_DISPLAY = ("to the end of the screen", "from the start of the screen", "the screen", "scrollback")
_LINE = ("to the end of the line", "from the start of the line", "the line")
_CURSORS = (
    "default",
    "blinking block",
    "block",
    "blinking underline",
    "underline",
    "blinking bar",
    "bar",
)
_MODES = {4: "insert", 12: "local echo off", 20: "line feed means new line"}
_PRIVATE = {
    1: "application cursor keys",
    2: "ANSI, not VT52",
    3: "132 columns",
    4: "smooth scroll",
    5: "inverse screen",
    6: "origin at the margins",
    7: "wrap at the edge",
    8: "keys repeat",
    9: "mouse clicks (X10)",
    12: "cursor blinks",
    25: "cursor shown",
    45: "backspace wraps",
    47: "alternate screen",
    66: "application keypad",
    69: "left and right margins",
    1000: "mouse clicks",
    1001: "mouse highlights",
    1002: "mouse drags",
    1003: "mouse moves",
    1004: "focus reports",
    1005: "mouse in UTF-8",
    1006: "mouse in decimal",
    1007: "wheel as arrows",
    1015: "mouse in urxvt's form",
    1016: "mouse in pixels",
    1034: "meta as eighth bit",
    1047: "alternate screen",
    1048: "cursor saved",
    1049: "alternate screen, cursor saved",
    2004: "bracketed paste",
    2026: "synchronized output",
    2027: "grapheme clusters",
    2031: "colour scheme reports",
}
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_PENS = {
    0: "reset",
    1: "bold",
    2: "dim",
    3: "italic",
    4: "underline",
    5: "blink",
    6: "fast blink",
    7: "inverse",
    8: "concealed",
    9: "strike",
    21: "double underline",
    22: "not bold, not dim",
    23: "not italic",
    24: "no underline",
    25: "no blink",
    27: "not inverse",
    28: "not concealed",
    29: "no strike",
    39: "default foreground",
    49: "default background",
    53: "overline",
    55: "no overline",
    59: "default underline colour",
}
_OSC = {
    "0": "title and icon: {}",
    "1": "icon: {}",
    "2": "title: {}",
    "4": "palette colour: {}",
    "7": "working folder: {}",
    "9": "notification: {}",
    "10": "foreground colour: {}",
    "11": "background colour: {}",
    "12": "cursor colour: {}",
    "104": "palette reset",
    "110": "foreground colour reset",
    "111": "background colour reset",
    "112": "cursor colour reset",
    "633": "editor's shell mark: {}",
    "777": "notification: {}",
    "1337": "iTerm2: {}",
}
_PROMPT = {
    "A": "prompt begins",
    "B": "command line begins",
    "C": "command runs",
    "D": "command ended",
}
_STRINGS = {"X": "string (SOS)", "^": "private message (PM)", "_": "application command (APC)"}
SHOWN = 200
"""Characters of a title, a link or a clipboard that a name tells; the bytes are below."""


def escape_name(intermediates: str, final: str) -> str:
    """ESC, intermediates, final."""
    if len(intermediates) == 1 and intermediates in _G:
        return f"charset {_G[intermediates]}: {_CHARSETS.get(final, visible(final))}"
    return _ESCAPES.get(intermediates + final, "unknown escape")


def control_sequence_name(prefix: str, text: str, intermediates: str, final: str) -> str:
    """CSI, private prefix, parameters, intermediates, final."""
    key = prefix + intermediates + final
    params = parse(text)
    first, second = params[0][0], params[1][0] if len(params) > 1 else 0
    if counted := _COUNTED.get(key):
        return counted.format(max(first, 1))
    match key:
        case "m":
            return _pen_name(params)
        case "H" | "f":
            return f"cursor to row {max(first, 1)}, column {max(second, 1)}"
        case "J" | "?J":
            return f"erase {_chosen(_DISPLAY, first)}"
        case "K" | "?K":
            return f"erase {_chosen(_LINE, first)}"
        case "g":
            return "clear all tab stops" if first == 3 else "clear the tab stop"
        case "h" | "l" | "?h" | "?l":
            return _mode_name(params, private=prefix == "?", on=final == "h")
        case "n":
            return "ask where the cursor is" if first == 6 else "ask for the status"
        case " q":
            return f"cursor shape: {_chosen(_CURSORS, first)}"
        case "r":
            return f"scroll between rows {max(first, 1)} and {second or 'the last'}"
        case "t":
            return _window_name(first, params)
        case _:
            return _PLAIN.get(key, "unknown sequence")


def system_command_name(body: str) -> str:
    """OSC and its body."""
    number, _, rest = body.partition(";")
    told = visible(rest[:SHOWN])
    match number:
        case "8":
            link = rest.partition(";")[2]
            return f"link to {visible(link[:SHOWN])}" if link else "link ends"
        case "52":
            return _clipboard_name(rest)
        case "133":
            kind, _, more = rest.partition(";")
            name = _PROMPT.get(kind, "shell mark")
            return f"{name}: status {visible(more[:20])}" if kind == "D" and more else name
        case _:
            return _OSC.get(number, "unknown system command: {}").format(told)


def string_name(kind: str, body: str) -> str:
    """DCS, SOS, PM or APC and its body."""
    if kind != "P":
        return _STRINGS[kind]
    if body.startswith("$q"):
        return "ask for a setting"
    if body.startswith("+q"):
        return "ask for a capability"
    if body.startswith("tmux;"):
        return "passed through tmux"
    if body.startswith(("=1s", "=2s")):
        return "synchronized output"
    digits = body.lstrip("0123456789;")
    return "picture (sixel)" if digits.startswith("q") else "device control string"


def _chosen(names: tuple[str, ...], number: int) -> str:
    return names[number] if number < len(names) else f"({number})"


def _mode_name(params: Params, *, private: bool, on: bool) -> str:
    known = _PRIVATE if private else _MODES
    names = [known.get(number, f"mode {number}") for number, _ in params]
    return f"{'on' if on else 'off'}: {', '.join(names)}"


def _window_name(first: int, params: Params) -> str:
    match first:
        case 8 if len(params) > 2:
            return f"resize the window to {params[2][0]}×{params[1][0]}"
        case 22:
            return "push the title"
        case 23:
            return "pop the title"
        case 11 | 13 | 14 | 15 | 16 | 18 | 19 | 20 | 21:
            return "ask about the window"
        case _:
            return "window operation"


def _clipboard_name(rest: str) -> str:
    """What a program wants in the clipboard, readable: nobody sees it otherwise."""
    content = rest.partition(";")[2]
    if content == "?":
        return "ask for the clipboard"
    try:
        text = base64.b64decode(content, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return "set the clipboard (no base64)"
    return f"set the clipboard: {visible(text[:SHOWN])}"


def _pen_name(params: Params) -> str:
    """The colours and attributes that a pen gets."""
    names, at = [], 0
    while at < len(params):
        number, subs = params[at]
        at += 1
        if number in (38, 48, 58):
            values = list(subs) or [value for value, _ in params[at : at + 4]]
            if not subs:  # with semicolons, what follows belongs to it
                at += {5: 2, 2: 4}.get(values[0], 1) if values else 0
            names.append(_wide_colour(number, values))
        elif 30 <= number <= 37 or 40 <= number <= 47:
            names.append(_colour(number < 40, _COLOURS[number % 10]))
        elif 90 <= number <= 97 or 100 <= number <= 107:
            names.append(_colour(number < 100, f"bright {_COLOURS[number % 10]}"))
        elif number == 4 and subs:
            names.append("no underline" if subs[0] == 0 else f"underline style {subs[0]}")
        else:
            names.append(_PENS.get(number, f"attribute {number}"))
    return ", ".join(names)


def _colour(front: bool, name: str) -> str:
    return name if front else f"on {name}"


def _wide_colour(number: int, values: list[int]) -> str:
    what = {38: "", 48: "on ", 58: "underline "}[number]
    match values:
        case [5, index, *_]:
            return f"{what}colour {index}"
        case [2, *rgb] if len(rgb) >= 3:
            red, green, blue = rgb[-3:] if len(rgb) < 5 else rgb[1:4]
            return f"{what}#{red & 255:02x}{green & 255:02x}{blue & 255:02x}"
        case _:
            return f"{what}colour (incomplete)"
