"""The parser's state machine, character by character, for what tokens.py cannot take whole.

States and moves are those of the DEC-compatible parser by Paul Flo Williams as xterm.js has them:
a control inside a sequence is carried out at once, CAN and SUB abort, ESC starts anew, characters
from U+00A0 on abort a sequence and are part of a string. Everything it keeps is bounded, and all
of it is `state()`, so that a screen can be stored in mid-sequence.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Protocol

from recorder.screen.params import LONGEST_TEXT
from recorder.screen.tokens import BODY_LIMIT, Operation, control_sequence, escape


class State(IntEnum):
    """Where in a sequence the parser is."""

    GROUND = 0
    ESCAPE = 1
    ESCAPE_INTERMEDIATE = 2
    CSI_ENTRY = 3
    CSI_PARAM = 4
    CSI_INTERMEDIATE = 5
    CSI_IGNORE = 6
    DCS_ENTRY = 7
    DCS_PARAM = 8
    DCS_INTERMEDIATE = 9
    DCS_IGNORE = 10
    DCS_BODY = 11
    OSC = 12
    STRING = 13


class Target(Protocol):
    """Who carries out what the machine has read."""

    def run(self, operation: Operation) -> None: ...

    def control(self, char: str) -> None: ...

    def operating_system_command(self, body: str) -> None: ...

    def unseen(self, body: str) -> None: ...


# Intermediates beyond these name nothing that any table knows.
_MOST_COLLECTED = 3
_STARTS = {
    "\x1b": State.ESCAPE,
    "\x90": State.DCS_ENTRY,
    "\x98": State.STRING,
    "\x9b": State.CSI_ENTRY,
    "\x9d": State.OSC,
    "\x9e": State.STRING,
    "\x9f": State.STRING,
}
_AFTER_ESCAPE = {
    "[": State.CSI_ENTRY,
    "]": State.OSC,
    "P": State.DCS_ENTRY,
    "X": State.STRING,
    "^": State.STRING,
    "_": State.STRING,
}
# Runs that a string state swallows: up to something that may end it.
_OSC_RUN = re.compile("[ -\x7f\xa0-\U0010ffff]+")
_DCS_RUN = re.compile("[^\x18\x1a\x1b\x80-\x9f]+")
_STRING_RUN = re.compile("[^\x18\x1a\x1b\x80-\U0010ffff]+")
_IGNORE_RUN = re.compile("[ -?\x7f\xa0-\U0010ffff]+")
_PARAM_RUN = re.compile("[0-9:;]+")
_RUNS = {
    State.OSC: _OSC_RUN,
    State.DCS_BODY: _DCS_RUN,
    State.DCS_IGNORE: _DCS_RUN,
    State.STRING: _STRING_RUN,
    State.CSI_IGNORE: _IGNORE_RUN,
}
_STRINGS = frozenset((State.OSC, State.DCS_BODY, State.DCS_IGNORE, State.STRING))


class Machine:
    """Parser state between characters. At GROUND it has nothing to say."""

    __slots__ = ("body", "collected", "params", "prefix", "state")

    def __init__(self) -> None:
        self.state = State.GROUND
        self._clear()
        self.body: list[str] = []

    def _clear(self) -> None:
        self.prefix = ""
        self.params = ""
        self.collected = ""

    def consume(self, text: str, target: Target) -> str:
        """Read on until a sequence is over; the answer is what comes after it."""
        at = 0
        end = len(text)
        while at < end:
            run = _RUNS.get(self.state)
            if run is not None and (match := run.match(text, at)):
                if self.state in _STRINGS:
                    self._keep(match[0], target)
                at = match.end()
                continue
            if self.state is State.CSI_PARAM and (match := _PARAM_RUN.match(text, at)):
                self.params = (self.params + match[0][:LONGEST_TEXT])[:LONGEST_TEXT]
                at = match.end()
                continue
            self._step(text[at], target)
            at += 1
            if self.state is State.GROUND:
                self._clear()
                self.body = []
                return text[at:]
        return ""

    def _keep(self, run: str, target: Target) -> None:
        room = max(BODY_LIMIT - sum(map(len, self.body)), 0)
        if room > 0:
            self.body = ["".join(self.body) + run[:room]]
        if run[room:]:
            target.unseen(run[room:])

    def _drop(self, target: Target) -> None:
        """The string that was being read comes to nothing, or was for nobody."""
        if self.state in _STRINGS and self.body:
            target.unseen("".join(self.body))
        self.body = []

    def _step(self, char: str, target: Target) -> None:
        state = self.state
        if char in _STARTS:
            if char == "\x1b" and state is State.OSC:
                target.operating_system_command("".join(self.body))
                self.body = []
            self._drop(target)
            self._clear()
            self.state = _STARTS[char]
        elif char in "\x18\x1a" or "\x80" <= char <= "\x9f":
            if char == "\x9c" and state is State.OSC:
                target.operating_system_command("".join(self.body))
                self.body = []
            elif char != "\x9c" or state is State.DCS_BODY:
                target.control(char)
            self._drop(target)
            self.state = State.GROUND
        elif char < " ":
            self._control_inside(char, target)
        elif char == "\x7f":
            pass
        elif char >= "\xa0":
            self._drop(target)
            self.state = State.GROUND
        else:
            self.state = self._move(char, target)

    def _control_inside(self, char: str, target: Target) -> None:
        if self.state <= State.CSI_IGNORE:
            target.control(char)
        elif self.state is State.OSC and char == "\x07":
            target.operating_system_command("".join(self.body))
            self.body = []
            self.state = State.GROUND

    def _move(self, char: str, target: Target) -> State:
        """The state after a printable ASCII character."""
        state = self.state
        if state is State.ESCAPE and char in _AFTER_ESCAPE:
            return _AFTER_ESCAPE[char]
        if state <= State.ESCAPE_INTERMEDIATE:
            if char < "0":
                self._collect(char)
                return State.ESCAPE_INTERMEDIATE
            target.run(escape(self.collected, char))
            return State.GROUND
        if state is State.CSI_IGNORE:
            return State.GROUND if char >= "@" else state
        control = state <= State.CSI_IGNORE
        if char < "0":
            self._collect(char)
            return State.CSI_INTERMEDIATE if control else State.DCS_INTERMEDIATE
        if char < "@":
            return self._parameter(char, control)
        if control:
            target.run(control_sequence(self.prefix, self.params, self.collected, char))
            return State.GROUND
        self.body = [self.prefix + self.collected + char]
        return State.DCS_BODY

    def _parameter(self, char: str, control: bool) -> State:
        """The state after one of 0-9 : ; < = > ?"""
        ignore = State.CSI_IGNORE if control else State.DCS_IGNORE
        if self.state in (State.CSI_INTERMEDIATE, State.DCS_INTERMEDIATE):
            return ignore
        if char >= "<":
            if self.state not in (State.CSI_ENTRY, State.DCS_ENTRY):
                return ignore
            self.prefix = char
        elif control and len(self.params) < LONGEST_TEXT:
            self.params += char
        return State.CSI_PARAM if control else State.DCS_PARAM

    def _collect(self, char: str) -> None:
        if len(self.collected) < _MOST_COLLECTED:
            self.collected += char
