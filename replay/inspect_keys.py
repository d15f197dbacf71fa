"""What was typed, by the keys: arrows, function keys, control characters, paste, mouse.

Knows: what terminals send for keys (xterm's ctlseqs, kitty's keyboard protocol). Must never know:
events, widgets. Called by `replay.inspect_escapes` for bytes that came from the principal.
"""

from __future__ import annotations

_FINALS = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "E": "middle",
    "F": "end",
    "H": "home",
    "I": "the terminal has focus",
    "O": "the terminal lost focus",
    "P": "F1",
    "Q": "F2",
    "R": "F3",
    "S": "F4",
    "Z": "shift tab",
}
_NUMBERS = {
    1: "home",
    2: "insert",
    3: "delete",
    4: "end",
    5: "page up",
    6: "page down",
    7: "home",
    8: "end",
    11: "F1",
    12: "F2",
    13: "F3",
    14: "F4",
    15: "F5",
    17: "F6",
    18: "F7",
    19: "F8",
    20: "F9",
    21: "F10",
    23: "F11",
    24: "F12",
    200: "paste begins",
    201: "paste ends",
}
_CONTROLS = {"\r": "enter", "\n": "line feed (ctrl j)", "\t": "tab", "\x7f": "backspace"}
_CONTROLS |= {"\x08": "ctrl h", "\x1b": "escape", "\r\n": "enter, line feed", "\0": "ctrl space"}
_MODIFIERS = ("shift", "alt", "ctrl", "super")
_BUTTONS = ("left", "middle", "right", "no")


def key_name(char: str) -> str:
    """One control character that was typed."""
    if name := _CONTROLS.get(char):
        return name
    code = ord(char)
    if code < 0x20:
        return f"ctrl {chr(code + 0x40).lower()}"
    return "control character"


def escaped_name(final: str, intermediates: str = "") -> str:
    """ESC and a character: a key with alt."""
    return f"alt {intermediates}{final}"


def shifted_name(final: str) -> str:
    """SS3 and a character: a key in application mode."""
    return _FINALS.get(final, f"keypad {final}")


def sequence_name(prefix: str, text: str, final: str) -> str:
    """CSI, private prefix, parameters, final: a key, a mouse report, or an answer."""
    numbers = [int(n) if n.isdecimal() and len(n) < 9 else 0 for n in text.split(";")]
    if prefix == "<" and final in "Mm" and len(numbers) == 3:
        return _mouse_name(*numbers, released=final == "m")
    match prefix + final:
        case "R" if len(numbers) == 2 and numbers[0] != 1:
            return f"answer: the cursor is in row {numbers[0]}, column {numbers[1]}"
        case "?c" | ">c":
            return "answer: what the terminal is"
        case "n":
            return "answer: the status"
        case "t":
            return "answer: the window"
        case "?y" | "y" | "?u":
            return "answer: a mode"
        case "u":
            return f"{_modified(numbers)}key {_shown(numbers[0])}"
        case "~" if numbers[0] == 27 and len(numbers) > 2:
            return f"{_modified(numbers)}key {_shown(numbers[2])}"
        case "~":
            return _modified(numbers) + _NUMBERS.get(numbers[0], f"key {numbers[0]}")
        case _ if not prefix and final in _FINALS:
            return _modified(numbers) + _FINALS[final]
        case _:
            return "unknown sequence"


def _modified(numbers: list[int]) -> str:
    bits = max(numbers[1] - 1, 0) if len(numbers) > 1 else 0
    return "".join(f"{name} " for bit, name in enumerate(_MODIFIERS) if bits >> bit & 1)


def _shown(code: int) -> str:
    return chr(code) if 0x20 < code < 0x7F else f"U+{code:04X}"


def _mouse_name(button: int, x: int, y: int, *, released: bool) -> str:
    place = f"at column {x}, row {y}"
    if button & 64:
        return f"wheel {'down' if button & 1 else 'up'} {place}"
    what = "moves with" if button & 32 else "releases" if released else "presses"
    return f"mouse {what} the {_BUTTONS[button & 3]} button {place}"
