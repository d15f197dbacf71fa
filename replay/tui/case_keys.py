"""The keys of the case and of the verification, in the order in which help lists them.

Knows: Textual bindings. Must never know: what an action does. As in `replay.tui.keys`, every
binding has an id, so that a keymap can move it, and a description.
"""

from __future__ import annotations

from textual.binding import Binding

from replay.tui.keys import Group


def _case(keys: str, action: str, description: str, shown: str = "") -> Binding:
    return Binding(keys, action, description, False, shown or keys, id=f"case.{action}")


def _verify(keys: str, action: str, description: str, shown: str = "") -> Binding:
    return Binding(keys, action, description, False, shown or keys, id=f"verify.{action}")


CASE: tuple[Group, ...] = (
    Group(
        "Bookmarks",
        (
            _case("enter,right", "jump", "Open the session at this moment", "enter"),
            _case("e", "edit", "Another text for a bookmark of your own"),
            _case("semicolon", "note", "Say something about this bookmark", ";"),
            _case("N", "note_case", "Say something about the whole case"),
            _case("d", "withdraw", "Take a bookmark of your own back (d again says yes)"),
        ),
    ),
    Group(
        "Proof",
        (
            _case("s", "sign", "Sign what you wrote, with the key in your ssh-agent"),
            _case("v", "verify", "Check authors, order, and the screens against the recordings"),
        ),
    ),
    Group(
        "App",
        (
            _case("r", "reload", "Read the file again"),
            _case("question_mark,f1", "help", "This help", "?"),
            _case("q,escape", "back", "Back", "q"),
        ),
    ),
)
CASE_BINDINGS = [binding for group in CASE for binding in group.bindings]

VERIFY: tuple[Group, ...] = (
    Group(
        "Verification",
        (
            _verify("r", "again", "Check again"),
            _verify("f", "only", "What failed only, or everything"),
            _verify("question_mark,f1", "help", "This help", "?"),
            _verify("q,escape", "back", "Back", "q"),
        ),
    ),
)
VERIFY_BINDINGS = [binding for group in VERIFY for binding in group.bindings]
