"""What a command line says, where it is so plain that every shell reads it alike. Pure.

Knows: words, spaces, quotes. Must never know: policy, targets, what a program does with its
arguments. Called by `gateway.policies.asking`.

The boundary is what this says is plain: of that, ``/bin/sh -c`` makes exactly these words and runs
exactly one program with them. Everything in which a shell could find more (an operator, a
variable, a substitution, a pattern, a backslash, a comment, a line end, an assignment, a word
that the shell itself acts on) is unknown, however harmless it looks. What the program then does
with its words is not known here: ``sh -c ANYTHING`` is a plain command too.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_WORD = re.compile(r"(?:[A-Za-z0-9_@%+=:,./-]+|'[^'\\\n]*'|\"[^\"\\$`!\n]*\")+")
_SPACE = re.compile(r" +")
_QUOTE = re.compile(r"'([^']*)'|\"([^\"]*)\"")

_OF_THE_SHELL = frozenset(
    "if then else elif fi do done case esac while until for in select function time coproc repeat"
    " foreach end switch begin and or not nocorrect noglob builtin command exec eval source . trap"
    " alias unalias set unset export readonly local declare typeset let integer float logout"
    " newgrp hash type enable jobs fg bg wait shift return break continue exit cd pushd popd"
    " dirs umask ulimit read mapfile readarray getopts times caller bind complete compgen shopt"
    " suspend disown history fc abbr string status emulate autoload zmodload setopt"
    " unsetopt".split()
)
"""First words that some shell does not run as a program."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A program and its arguments."""

    argv: tuple[str, ...]

    @property
    def line(self) -> str:
        """Its one spelling: what needs quotes has single ones."""
        return shlex.join(self.argv)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A shell may find anything in it."""


CommandLine = Plain | Unknown


def read(command: bytes) -> CommandLine:
    """What these bytes, given to a shell, say."""
    try:
        text = command.decode()
    except UnicodeDecodeError:
        return Unknown()
    rest = text.strip(" ")
    if not rest or not rest.isprintable():
        return Unknown()
    argv: list[str] = []
    at = 0
    while at < len(rest):
        word = _WORD.match(rest, at)
        if word is None or word[0].startswith("="):
            return Unknown()
        argv.append(_QUOTE.sub(lambda found: found[1] or found[2] or "", word[0]))
        at = word.end()
        if at < len(rest):
            space = _SPACE.match(rest, at)
            if space is None:
                return Unknown()
            at = space.end()
    program = argv[0]
    first = rest.split(" ", 1)[0]
    if not program or "=" in first or first[0] in "%+-" or program in _OF_THE_SHELL:
        return Unknown()
    return Plain(tuple(argv))
