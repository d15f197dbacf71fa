"""The player's keys: which key does what, in the order in which help lists them.

Knows: Textual bindings. Must never know: what an action does. Every binding has an id, so that a
keymap can move it, and a description, so that help and the palette can list it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from textual.binding import Binding

from replay.keymap import NO_KEY, shown

COUNT_LIFE = 1_500_000
"""For so long (µs) digits may still turn out to be a count."""


class Group(NamedTuple):
    """Keys that help lists together."""

    title: str
    bindings: tuple[Binding, ...]


def _key(
    keys: str, action: str, description: str, shown: str, room: str = "player", verb: str = ""
) -> Binding:
    """``verb``: what it is called on the command line, in a file of keys and to a keymap."""
    name = action.replace("(-", "-back-").replace("(", "-").replace(", ", "-").rstrip(")")
    return Binding(keys, action, description, False, shown, id=f"{room}.{verb or name}")


def _player(keys: str, action: str, verb: str, description: str, shown: str = "") -> Binding:
    return _key(keys, action, description, shown or keys, verb=verb)


PLAYER: tuple[Group, ...] = (
    Group(
        "Play",
        (
            _player("space", "play", "play", "Play or pause"),
            _player("right_curly_bracket", "speed(1)", "faster", "Twice as fast", "}"),
            _player("left_curly_bracket", "speed(-1)", "slower", "Half as fast", "{"),
            _player("backspace", "normal_speed", "normal-speed", "Normal speed"),
            _player("z", "idle", "idle", "Idles: as they were (off), at most 2 s, logarithmic"),
            _player("f", "follow", "follow", "Follow a live session at its edge"),
        ),
    ),
    Group(
        "Step (a number before it counts: 20.)",
        (
            _player("full_stop", "step(1)", "next-frame", "Next frame; with x next event", "."),
            _player("comma", "step(-1)", "previous-frame", "Previous frame; with x event", ","),
            _player("greater_than_sign", "stable(1)", "next-stable", "Next stable screen", ">"),
            _player(
                "less_than_sign", "stable(-1)", "previous-stable", "Previous stable screen", "<"
            ),
            _player("right_parenthesis", "command(1)", "next-command", "Next command", ")"),
            _player("left_parenthesis", "command(-1)", "previous-command", "Previous command", "("),
            _player(
                "right_square_bracket", "marker(1)", "next-marker", "Next marker or verdict", "]"
            ),
            _player(
                "left_square_bracket",
                "marker(-1)",
                "previous-marker",
                "Previous marker or verdict",
                "[",
            ),
        ),
    ),
    Group(
        "Go",
        (
            _player("right", "skip(5)", "forward-5s", "5 s forward", "→"),
            _player("left", "skip(-5)", "back-5s", "5 s back", "←"),
            _player("ctrl+right", "skip(60)", "forward-1m", "1 min forward", "ctrl →"),
            _player("ctrl+left", "skip(-60)", "back-1m", "1 min back", "ctrl ←"),
            _player("shift+right", "leap(10)", "forward-tenth", "10 % forward", "shift →"),
            _player("shift+left", "leap(-10)", "back-tenth", "10 % back", "shift ←"),
            _player("g,home", "start", "start", "To the start", "g"),
            _player("G,end", "end", "end", "To the end", "G"),
            _player("t", "go_to", "go", "To a time, frame (#f12) or event (#e99)"),
            *(_player(str(n), f"digit({n})", f"to-{n}0", f"To {n}0 %") for n in range(10)),
        ),
    ),
    Group(
        "Find",
        (
            _player("slash", "find", "find", "Search in this session", "/"),
            _player("n", "hit(1)", "next-hit", "Next hit; beyond the last: next session"),
            _player("N", "hit(-1)", "previous-hit", "Previous hit"),
            _player("asterisk", "find_this", "find-this", "Search what the cursor is on", "*"),
            _player("ampersand", "filter", "filter", "Filter the list", "&"),
        ),
    ),
    Group(
        "Write down",
        (
            _player("m", "bookmark", "bookmark", "Bookmark this moment"),
            _player("semicolon", "note", "note", "Bookmark it with a note", ";"),
            _player("u", "bookmarked(1)", "next-bookmark", "Next bookmark"),
            _player("U", "bookmarked(-1)", "previous-bookmark", "Previous bookmark"),
            _player("B", "app.case", "case", "Bookmarks of all sessions: the case"),
            _player("V", "app.verify", "verify", "Verify this recording"),
            _player("y", "copy_link", "copy-link", "Copy a link to this moment"),
            _player("Y", "copy_text", "copy-text", "Copy the screen's text"),
            _player("v", "select", "select", "Select text; y copies it"),
        ),
    ),
    Group(
        "Look",
        (
            _player("a", "clock", "clock", "Wall clock, or time since the start"),
            _player("x", "inspect", "inspect", "Inspector: escapes, bytes, what is hidden"),
            _player("tab", "pane(1)", "next-pane", "Next pane: screen, list, inspector"),
            _player("shift+tab", "pane(-1)", "previous-pane", "Previous pane", "shift tab"),
            _player("plus", "zoom", "zoom", "This pane alone, and back", "+"),
            _player("h", "pan(-8, 0)", "view-left", "Viewport left"),
            _player("j", "pan(0, 4)", "view-down", "Viewport down"),
            _player("k", "pan(0, -4)", "view-up", "Viewport up"),
            _player("l", "pan(8, 0)", "view-right", "Viewport right"),
            _player("w", "viewport", "viewport", "Look around with a map, or follow the cursor"),
            _player("s", "terminal(1)", "next-terminal", "Another terminal of the session"),
            _player("S", "terminal(-1)", "previous-terminal", "The terminal before it"),
            _player("equals_sign", "zoom_time(1)", "zoom-in", "Scrubber: half as much time", "="),
            _player("minus", "zoom_time(-1)", "zoom-out", "Scrubber: twice as much time", "-"),
        ),
    ),
    Group(
        "App",
        (
            _player("K", "end_session", "end-session", "End this live session (asks first)"),
            _player("colon", "command_line", "command-line", "Any of these by name", ":"),
            _player("question_mark,f1", "help", "help", "This help", "?"),
            _player("q,escape", "back", "back", "Out of a pane; back to the sessions", "q"),
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


def shown_key(binding: Binding, own: Mapping[str, str]) -> str:
    """The key to press for a binding, for people: a person's own one where there is one."""
    mine = own.get(binding.id or "")
    if mine is not None:
        return "" if mine == NO_KEY else shown(mine)
    return binding.key_display or binding.key


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
