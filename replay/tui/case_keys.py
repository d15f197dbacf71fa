"""The keys of the case and of the verification, in the order in which help lists them.

Knows: Textual bindings. Must never know: what an action does. As in `replay.tui.keys`, every
binding has an id, so that a keymap can move it, and a description.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from replay.tui.keys import Group, shown_key


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

CASE_HINTS = {
    "jump": "opens", "edit": "edit", "note": "note", "sign": "sign", "verify": "verify",
    "help": "help", "back": "back",
}  # fmt: skip
"""What the line at the bottom of the case says of its keys, by their names."""
VERIFY_HINTS = {"only": "what failed only", "again": "again", "help": "help", "back": "back"}


def hints(words: Mapping[str, str], bindings: list[Binding], own: Mapping[str, str]) -> str:
    """Keys as they are for this person, and a word on each; those without a key are left out."""
    keys = {(b.id or "").partition(".")[2]: shown_key(b, own) for b in bindings}
    return "  ".join(f"{keys[name]} {word}" for name, word in words.items() if keys[name])
