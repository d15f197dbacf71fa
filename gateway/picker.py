"""The list of what a principal may reach, to pick from by number or name. Pure.

Knows: names, bytes typed at a plain terminal. Must never know: who picks, sockets, what a pick
leads to. Driven by `gateway.console`. The terminal at the other end is raw, so what is typed is
echoed here, and nothing but printable characters ever is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINE = 256
"""Characters of one answer."""
ANSWERS = 50
"""That lead nowhere, before it is over."""
TYPED = 16 * 1024
"""Bytes typed, before it is over. With `ANSWERS` this bounds what is said too: the gateway holds it
for a client that reads nothing."""
SHOWN = 200
"""Entries that are listed; the others are reached by name."""
_BACK = (0x08, 0x7F)
_LEAVE = (0x03, 0x04)
"""Ctrl+C, ctrl+D."""


@dataclass(frozen=True, slots=True)
class Say:
    """Show this."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Picked:
    """This one. What was typed after it is for the session."""

    name: str
    rest: bytes


@dataclass(frozen=True, slots=True)
class Left:
    """None of them."""


Outcome = Say | Picked | Left


class Picker:
    """One list at one terminal."""

    def __init__(self, names: Sequence[str], heading: Sequence[str] = ()) -> None:
        self._names = list(names)
        self._heading = heading
        self._folded = [(name, name.casefold()) for name in self._names]
        self._typed = ""
        self._escape = 0
        self._answers = self._bytes = 0

    def greeting(self) -> bytes:
        """The list, and the question."""
        lines = list(self._heading)
        if not self._names:
            lines.append("No rule lets you reach any target; ask whoever runs this gateway.")
            return _lines(lines)
        width = len(str(len(self._names)))
        lines += [f"  {n:>{width}}  {name}" for n, name in enumerate(self._names[:SHOWN], 1)]
        if len(self._names) > SHOWN:
            lines.append(f"  ... and {len(self._names) - SHOWN} more, by name")
        return _lines(["You may reach:", *lines] if not self._heading else lines) + self._prompt()

    @property
    def empty(self) -> bool:
        return not self._names

    def typed(self, data: bytes) -> list[Outcome]:
        """What follows from these bytes; nothing comes after a `Picked` or `Left`."""
        said: list[bytes] = []
        for place, byte in enumerate(data):
            self._bytes += 1
            if self._bytes > TYPED or self._answers >= ANSWERS:
                return [*_said([*said, b"\r\n"]), Left()]
            if self._skips(byte):
                continue
            if byte in (0x0D, 0x0A):
                outcome = self._answered(data[place + 1 :])
                if isinstance(outcome, Say):
                    said.append(outcome.data)
                else:
                    return [*_said([*said, b"\r\n"]), outcome]
            elif byte in _LEAVE:
                return [*_said([*said, b"\r\n"]), Left()]
            elif byte in _BACK:
                if self._typed:
                    self._typed = self._typed[:-1]
                    said.append(b"\b \b")
            elif byte == 0x15:
                said.append(b"\b \b" * len(self._typed))
                self._typed = ""
            elif 0x20 <= byte < 0x7F and len(self._typed) < LINE:
                self._typed += chr(byte)
                said.append(bytes([byte]))
        return _said(said)

    def _skips(self, byte: int) -> bool:
        """Arrow keys and the like: an escape, and what belongs to it."""
        if byte == 0x1B:
            self._escape = 1
        elif self._escape == 1:
            self._escape = 2 if byte in b"[O" else 0
        elif self._escape == 2:
            if 0x40 <= byte <= 0x7E:
                self._escape = 0
        else:
            return False
        return True

    def _answered(self, rest: bytes) -> Outcome:
        answer, self._typed = self._typed.strip(), ""
        self._answers += 1
        if not answer:
            return Say(b"\r\n" + self._prompt())
        if answer in ("q", "quit", "exit"):
            return Left()
        found = self._meant(answer)
        if len(found) == 1:
            return Picked(found[0], rest.lstrip(b"\n"))
        if found:
            words = f"{answer} fits {len(found)}: {', '.join(found[:5])}"
        else:
            words = f"{answer} is none of them; a number or a name, q to leave"
        return Say(b"\r\n" + _lines([words]) + self._prompt())

    def _meant(self, answer: str) -> list[str]:
        if answer.isdecimal() and answer.isascii() and answer not in self._names:
            number = int(answer)
            return self._names[number - 1 : number] if number else []
        wanted = answer.casefold()
        for fits in (
            lambda folded: folded == wanted,
            lambda folded: folded.rpartition("@")[2] == wanted,
            lambda folded: wanted in folded,
        ):
            found = [name for name, folded in self._folded if fits(folded)]
            if found:
                return found
        return []

    def _prompt(self) -> bytes:
        return b"number or name (q leaves): "


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def _said(pieces: Sequence[bytes]) -> list[Outcome]:
    data = b"".join(pieces)
    return [Say(data)] if data else []
