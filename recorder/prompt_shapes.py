"""What prompts look like: of shells, interpreters, databases, debuggers.

Knows: text. Must never know: screens, keys. Called by `recorder.prompts`. Taken from the programs'
defaults and from what people commonly make of them; the order matters, the first that fits is it.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Shape(NamedTuple):
    """One kind of prompt."""

    name: str
    prompt: re.Pattern[str]
    more: re.Pattern[str]
    """What asks for the rest of the same command."""
    confidence: int


SHAPES = (
    Shape(
        "python",
        re.compile(r"(>>>|In \[\d+\]:) $"),
        re.compile(r" *\.\.\.:? *$"),
        95,
    ),
    Shape(
        "psql",
        re.compile(r"[\w.@~-]*[=^!][*!?]?[>#] $"),
        re.compile(r"[\w.@~-]*[-'\"$(*;][*!?]?[>#] *$"),
        95,
    ),
    Shape(
        "mysql",
        re.compile(r"(mysql|MariaDB \[[^\]]*\])> $"),
        re.compile(r" +(-|'|\"|`|/\*)> *$"),
        95,
    ),
    Shape(
        "sqlite",
        re.compile(r"sqlite> $"),
        re.compile(r"[ (\w\"'`\[;/*-]*\.\.\.> *$"),
        95,
    ),
    Shape(
        "debugger",
        re.compile(r"\((gdb|lldb|Pdb|ipdb)\) $"),
        re.compile(r" *> ?$"),
        90,
    ),
    Shape(
        "shell",
        re.compile(r".*[$#] $"),
        re.compile(r"([a-z ]+|)> *$"),
        90,
    ),
    Shape(
        "decorated shell",
        re.compile(r"(.*[%❯➜»λ›⟩▶✗✘✔⚡❱$#] ?|[➜❯λ»›▶⟩╰└].*\S ?)$"),
        re.compile(r"(([a-z ]+|)>|∙|\.\.\.) *$"),
        80,
    ),
    Shape(
        "console",
        re.compile(r"(|.*\S)> ?$"),
        re.compile(r"(\.\.\.|\||->)[ .]*$"),
        70,
    ),
)
_PROGRAMS = frozenset(shape.name for shape in SHAPES[:5])
"""Those whose prompts nobody else has."""
_PERSON = re.compile(r"[^\s@:]+@[^\s:]+")


def shape_of(prompt: str) -> Shape | None:
    """Which kind of prompt this is, up to where the cursor stands behind it."""
    return next((shape for shape in SHAPES if shape.prompt.match(prompt)), None)


def asks_for_more(prompt: str, following: str) -> bool:
    """Whether the second prompt asks for the rest of what was entered behind the first."""
    shape, other = shape_of(prompt), shape_of(following)
    own = other is not None and other is not shape and other.name in _PROGRAMS
    return (
        shape is not None
        and not own
        and following != prompt
        and shape.more.match(following) is not None
    )


def look_of(prompt: str) -> str:
    """The same for a prompt in another folder, on another branch, with another number."""
    shape, person = shape_of(prompt), _PERSON.search(prompt)
    if shape is None:
        return prompt
    sign = prompt.rstrip()[-1:] if shape.name == "shell" else ""
    return f"{shape.name} {sign} {person[0] if person else ''}"
