"""The player's keys: which key does what, in the order in which help lists them.

Knows: Textual bindings. Must never know: what an action does. Every binding has an id, so that a
keymap can move it, and a description, so that help and the palette can list it.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding

COUNT_LIFE = 1_500_000
"""For so long (µs) digits may still turn out to be a count."""


class Group(NamedTuple):
    """Keys that help lists together."""

    title: str
    bindings: tuple[Binding, ...]


def _key(keys: str, action: str, description: str, shown: str, room: str = "player") -> Binding:
    name = action.replace("(-", "-back-").replace("(", "-").replace(", ", "-").rstrip(")")
    return Binding(keys, action, description, False, shown, id=f"{room}.{name}")


PLAYER: tuple[Group, ...] = (
    Group(
        "Play",
        (
            _key("space", "play", "Play or pause", "space"),
            _key("right_curly_bracket", "speed(1)", "Twice as fast", "}"),
            _key("left_curly_bracket", "speed(-1)", "Half as fast", "{"),
            _key("backspace", "normal_speed", "Normal speed", "backspace"),
            _key("z", "idle", "Idles: as they were (off), at most 2 s, logarithmic", "z"),
            _key("f", "follow", "Follow a live session at its edge", "f"),
        ),
    ),
    Group(
        "Step (a number before it counts: 20.)",
        (
            _key("full_stop", "step(1)", "Next frame", "."),
            _key("comma", "step(-1)", "Previous frame", ","),
            _key("greater_than_sign", "stable(1)", "Next stable screen", ">"),
            _key("less_than_sign", "stable(-1)", "Previous stable screen", "<"),
            _key("right_parenthesis", "command(1)", "Next command", ")"),
            _key("left_parenthesis", "command(-1)", "Previous command", "("),
            _key("right_square_bracket", "marker(1)", "Next marker or verdict", "]"),
            _key("left_square_bracket", "marker(-1)", "Previous marker or verdict", "["),
        ),
    ),
    Group(
        "Go",
        (
            _key("right", "skip(5)", "5 s forward", "→"),
            _key("left", "skip(-5)", "5 s back", "←"),
            _key("ctrl+right", "skip(60)", "1 min forward", "ctrl →"),
            _key("ctrl+left", "skip(-60)", "1 min back", "ctrl ←"),
            _key("shift+right", "leap(10)", "10 % forward", "shift →"),
            _key("shift+left", "leap(-10)", "10 % back", "shift ←"),
            _key("g,home", "start", "To the start", "g"),
            _key("G,end", "end", "To the end", "G"),
            _key("t", "go_to", "To a time, frame (#f12) or event (#e99)", "t"),
            *(_key(str(n), f"digit({n})", f"To {n}0 %", str(n)) for n in range(10)),
        ),
    ),
    Group(
        "Look",
        (
            _key("a", "clock", "Wall clock, or time since the start", "a"),
            _key("h", "pan(-8, 0)", "Viewport left", "h"),
            _key("j", "pan(0, 4)", "Viewport down", "j"),
            _key("k", "pan(0, -4)", "Viewport up", "k"),
            _key("l", "pan(8, 0)", "Viewport right", "l"),
            _key("w", "viewport", "Viewport follows the cursor again", "w"),
            _key("y", "copy_link", "Copy a link to this moment", "y"),
            _key("Y", "copy_text", "Copy the screen's text", "Y"),
        ),
    ),
    Group(
        "App",
        (
            _key("question_mark,f1", "help", "This help", "?"),
            _key("q,escape", "back", "Back to the sessions", "q"),
        ),
    ),
)

SELECT = Group(
    "While selecting (v, or drag with the mouse; with ctrl a block)",
    (
        _key("left,h", "select_move(-1, 0)", "One column left", "h ←", "stage"),
        _key("right,l", "select_move(1, 0)", "One column right", "l →", "stage"),
        _key("up,k", "select_move(0, -1)", "One row up", "k ↑", "stage"),
        _key("down,j", "select_move(0, 1)", "One row down", "j ↓", "stage"),
        _key("home,0", "select_edge(-1)", "To the row's beginning", "0", "stage"),
        _key("end,dollar_sign", "select_edge(1)", "To the row's end", "$", "stage"),
        _key("v,ctrl+v", "select_shape", "In reading order, or a block", "v", "stage"),
        _key("o", "select_swap", "Move the other end", "o", "stage"),
        _key("y,enter", "select_copy", "Copy", "y", "stage"),
        _key("escape,q", "select_drop", "Select nothing", "esc", "stage"),
    ),
)
STAGE_BINDINGS = list(SELECT.bindings)
PLAYER_BINDINGS = [binding for group in PLAYER for binding in group.bindings]

LIBRARY: tuple[Group, ...] = (
    Group(
        "Sessions",
        (
            _key("slash", "filter", "Filter by words", "/", "library"),
            _key("s", "sort", "Sort: newest, longest, by principal, by target", "s", "library"),
            _key("r", "reload", "Read the store again", "r", "library"),
            _key("question_mark,f1", "help", "This help", "?", "library"),
            _key("q,escape", "back", "Out of the filter, out of the app", "q", "library"),
        ),
    ),
)
LIBRARY_BINDINGS = [binding for group in LIBRARY for binding in group.bindings]


class Count(NamedTuple):
    """Digits that are being typed: a percentage at once, a count if a step follows soon.

    The place where the first digit was typed is kept, so that `20.` steps from there.
    """

    digits: str = ""
    place: int = 0
    until: int = 0

    def typed(self, digit: int, place: int, now: int) -> Count:
        """After one more digit, typed at this place (whatever number the caller knows it by)."""
        until = now + COUNT_LIFE
        if self.digits and now <= self.until:
            return Count(f"{self.digits}{digit}"[-6:], self.place, until)
        return Count(str(digit), place, until)

    def value(self, now: int) -> int | None:
        """The count; None where no digit was typed lately."""
        if not self.digits or now > self.until:
            return None
        return max(int(self.digits), 1)
