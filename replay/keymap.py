"""A person's own keys: a file of theirs that says which key does what.

Knows: TOML, names of keys. Must never know: widgets, what a verb does. Called by the app with the
verbs that there are; docs/player.md has the file's form and every verb. `parse` is pure.

```toml
[player]
next-frame = ["n", "ctrl+n"]
inspect = "i"
```

A key that is given away is lost to what had it before; that can still be called by its name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import platformdirs

from recorder.errors import GatereelError

NAME = "keys.toml"
LARGEST = 1 << 16
"""Bytes of such a file."""
NO_KEY = "f63"
"""Of a verb that lost its last key: no keyboard has it."""
_KEY = re.compile(r"(?:(?:ctrl|shift|alt|super|meta|hyper)\+)*(?:[a-z][a-z0-9_]*|\S)")


class KeymapError(GatereelError):
    """The file of a person's own keys cannot be used; the keys are as they are without it."""

    code = "GR-335"
    summary = "the file of one's own keys says something that cannot be"


def default_path() -> Path:
    """Where the file is looked for: the user's configuration folder."""
    return Path(platformdirs.user_config_dir("gatereel", appauthor=False)) / NAME


def read(path: Path, defaults: Mapping[str, str]) -> dict[str, str]:
    """The keys that differ from ``defaults`` (id of a verb, as `player.inspect`, to its keys with
    commas between); nothing where there is no file. Raises `KeymapError`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeymapError(f"cannot read {path}: {error.strerror}") from error
    try:
        return parse(data, defaults)
    except KeymapError as error:
        raise KeymapError(f"{path}: {error.person}", operator=error.operator) from error


def parse(data: bytes, defaults: Mapping[str, str]) -> dict[str, str]:
    """What a file's bytes say. Raises `KeymapError`."""
    if len(data) > LARGEST:
        raise KeymapError("this is too large for a file of keys")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeymapError(f"this is not TOML: {error}") from error
    chosen: dict[str, str] = {}
    for room, verbs in table.items():
        known = {verb for verb in defaults if verb.startswith(f"{room}.")}
        if not known or not isinstance(verbs, dict):
            rooms = sorted({verb.partition(".")[0] for verb in defaults})
            raise KeymapError(f"there is no section [{room}]: there are {', '.join(rooms)}")
        for verb, keys in verbs.items():
            chosen[_verb(room, verb, known)] = ",".join(_keys(verb, keys))
    return _given_away(chosen, defaults)


def _verb(room: str, verb: str, known: set[str]) -> str:
    name = f"{room}.{verb}"
    if name not in known:
        near = get_close_matches(name, sorted(known), 1)
        hint = f"; is {near[0].partition('.')[2]} meant?" if near else ""
        raise KeymapError(f"[{room}] has no {verb!r}{hint}")
    return name


def _keys(verb: str, keys: object) -> list[str]:
    """One key or several, as they are called."""
    listed = [keys] if isinstance(keys, str) else keys
    if not isinstance(listed, list) or not listed:
        raise KeymapError(f"{verb} needs a key in quotes, or a list of them")
    found = []
    for key in listed:
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise KeymapError(
                f"{verb}: {key!r} is no key: write 'n', 'ctrl+n', 'f2', 'space' or '.'"
            )
        found.append("comma" if key == "," else key)
    return found


def _given_away(chosen: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """With every other verb of the same room that loses a key by it. Raises `KeymapError` where a
    key is given to two."""
    owners: dict[tuple[str, str], str] = {}
    for name, keys in chosen.items():
        room, _, verb = name.partition(".")
        for key in keys.split(","):
            other = owners.setdefault((room, spelt(key)), verb)
            if other != verb:
                raise KeymapError(f"[{room}] {key!r} is both {other} and {verb}")
    keymap = dict(chosen)
    for name, keys in defaults.items():
        room, _, _ = name.partition(".")
        kept = [key for key in keys.split(",") if (room, spelt(key)) not in owners]
        if name not in chosen and len(kept) < len(keys.split(",")):
            keymap[name] = ",".join(kept) or NO_KEY
    return keymap


_SPELT = {
    ".": "full_stop",
    ",": "comma",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "/": "slash",
    "*": "asterisk",
    "&": "ampersand",
    ";": "semicolon",
    ":": "colon",
    "+": "plus",
    "-": "minus",
    "=": "equals_sign",
    "?": "question_mark",
    "$": "dollar_sign",
    "!": "exclamation_mark",
    "#": "number_sign",
    "@": "at",
    "'": "apostrophe",
    '"': "quotation_mark",
    "\\": "backslash",
    "|": "vertical_line",
    "~": "tilde",
    "^": "circumflex_accent",
    "_": "underscore",
    "%": "percent_sign",
    "`": "grave_accent",
}
SIGNS = {name: sign for sign, name in _SPELT.items()}


def spelt(key: str) -> str:
    """A key by its name, as the app's own keys are written."""
    return _SPELT.get(key, key)


def shown(keys: str) -> str:
    """Keys for people: `.`, `ctrl n`."""
    words = (SIGNS.get(key, key.replace("+", " ").replace("_", " ")) for key in keys.split(","))
    return " ".join(words)
