"""Values hidden in a stream of bytes, in whatever pieces it comes.

Knows: bytes, detectors, methods. Must never know: clocks (somebody else says when to wait no
longer), channels, who reads. Pure. Called by `gateway.wire.masked`.

What is found is what would be found in all of the bytes at once. So a byte goes on only when no
value that begins at or before it can depend on what has not come yet: a control character parts
values, and no value is longer than `LONGEST`. The rest is carried: at most `CARRIED` bytes.
`release` lets it go as if the end had come; a value of which only a part was there then is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gateway.masking.classes import CONTEXT, LONGEST, PRIVATE_KEY, DataClass, Detectors, Found
from gateway.masking.methods import Method, hidden
from gateway.masking.own import OwnPattern
from gateway.masking.text import PARAMETERS, SEQUENCES, Text, text_of

SECRET_LIMIT = 64 * 1024
"""Bytes that one secret may have; what follows is shown again."""
CARRIED = (LONGEST + 2) * (1 + SEQUENCES * (PARAMETERS + 3)) + PARAMETERS + 3
"""The most bytes that are carried: a value with as many colours between its letters as may be."""

_CONTROLS = bytes(0x0A if byte < 0x20 or byte == 0x7F else byte for byte in range(256))
_SHOWN = re.compile(rb"[^\x00-\x20\x7f]+")


class Hit(NamedTuple):
    """A value that was hidden, and where in the bytes that go on."""

    name: str
    rule: str
    offset: int


class Masked(NamedTuple):
    """Bytes that go on, and what was hidden in them."""

    data: bytes
    hits: Sequence[Hit]


class StreamMasker:
    """One stream. ``methods``: the classes to hide, and how."""

    def __init__(
        self, methods: Mapping[str, Method], own: Mapping[str, OwnPattern], key: bytes
    ) -> None:
        self._methods = methods
        self._own = [(name, own[name]) for name in methods if name in own]
        self._detectors = Detectors([name for name in methods if name not in own])
        self._key = key
        self._carried = b""
        self._before = b"\n"
        """Text that has gone on, as far as it says something of what follows."""
        self._in_row = 0
        self._ending: Any = None
        """What ends the secret that goes on."""
        self._left = 0
        """Bytes that it may still have."""

    @property
    def carried(self) -> int:
        """Bytes that are held back."""
        return len(self._carried)

    def feed(self, data: bytes) -> Masked:
        """These bytes come; what can go on."""
        return self._work(self._carried + data if self._carried else data, whole=False)

    def release(self) -> Masked:
        """Nothing is waited for any longer: all that is held back goes on."""
        return self._work(self._carried, whole=True) if self._carried else Masked(b"", ())

    def _work(self, raw: bytes, *, whole: bool) -> Masked:
        stands = text_of(raw, whole=whole, in_row=self._in_row)
        before = len(self._before)
        text = self._before + stands.text
        limit = len(text) if whole else _settled(text, before)
        out = _Output(raw, stands, before)
        at = self._go_on(text, before, out)
        if before < at or at < limit:
            for found in self._found(text, max(at, limit)):
                if found.start < at < found.end:
                    at = self._key_in_secret(text, found, at, out)
                if found.start < at or found.start >= limit:
                    continue
                out.hide(found, self._shown_for(text[found.start : found.end], found))
                at = found.end
                if found.goes_on is not None:
                    self._ending, self._left = found.goes_on, SECRET_LIMIT
                    at = self._go_on(text, at, out)
        at = max(at, limit)
        data = out.finish(at, whole=whole)
        self._carried = raw[out.end :]
        self._before = _context(text[max(0, at - CONTEXT) : at])
        self._in_row = stands.in_row if at == len(text) else 0
        return Masked(data, out.hits)

    def _key_in_secret(self, text: bytes, found: Found, at: int, out: _Output) -> int:
        """A key may begin in what was taken for the end of a token: then its lines follow."""
        if found.rule != PRIVATE_KEY:
            return at
        out.blank(at, found.end)
        self._ending, self._left = found.goes_on, SECRET_LIMIT
        return self._go_on(text, found.end, out)

    def _found(self, text: bytes, limit: int) -> list[Found]:
        """In the order in which they are taken: the first to begin, of these the longest."""
        scope = text if limit == len(text) or text[limit - 1] >= 0x20 else text[:limit]
        found = list(self._detectors.find(scope))
        for name, pattern in self._own:
            found += [Found(*span, name, "own") for span in pattern.spans(scope)]
        return sorted(found, key=lambda each: (each.start, -each.end, each.name))

    def _shown_for(self, value: bytes, found: Found) -> bytes:
        method = self._methods[found.name]
        if found.name == DataClass.SECRET:
            # It goes on, so that nobody ever has all of it.
            return _SHOWN.sub(lambda shown: b"*" * len(shown[0]), value)
        return hidden(value, method, found.name, self._key)

    def _go_on(self, text: bytes, at: int, out: _Output) -> int:
        """Hides what belongs to the secret that has begun; where it ends, or the text does."""
        if self._ending is None:
            return at
        end = min(len(text), at + self._left)
        # The words that end a key may have begun in what has gone on already.
        for match in self._ending.finditer(text, 0, end):
            if match.lastindex and match.end() > at:
                end = match.end()
                self._ending = None
                break
            if not match.lastindex and match.start() >= at:
                end = match.start()
                self._ending = None
                break
        for match in _SHOWN.finditer(text, at, end):
            out.blank(*match.span())
        self._left -= end - at
        if self._left <= 0:
            self._ending = None
        return end


class _Output:
    """The bytes that go on, made from left to right."""

    def __init__(self, raw: bytes, stands: Text, before: int) -> None:
        self._raw = raw
        self._stands = stands
        self._before = before
        self._parts: list[bytes] = []
        self._size = 0
        self.end = 0
        """How many of the bytes are dealt with."""
        self.hits: list[Hit] = []

    def hide(self, found: Found, shown: bytes) -> None:
        """This value is not to be seen."""
        self._put(self._raw[self.end : self._place(found.start)])
        self.end = max(self.end, self._place(found.start))
        self.hits.append(Hit(found.name, found.rule, self._size))
        self._replace(found.start, found.end, shown)

    def blank(self, start: int, end: int) -> None:
        self._put(self._raw[self.end : self._place(start)])
        self._replace(start, end, b"*" * (end - start))

    def finish(self, at: int, *, whole: bool) -> bytes:
        """All up to this place of the text; ``whole``: and what is behind it."""
        end = self._place(at)
        if at - self._before >= len(self._stands.text):
            end = len(self._raw) if whole else self._stands.end
        self._put(self._raw[self.end : end])
        self.end = max(self.end, end)
        return b"".join(self._parts)

    def _replace(self, start: int, end: int, shown: bytes) -> None:
        places = self._stands.places
        if places is None:
            self._put(shown)
            self.end = self._place(end - 1) + 1
            return
        # The sequences between the letters stay where they are.
        as_long = len(shown) == end - start
        run = start
        while run < end:
            stop = run + 1
            while stop < end and self._place(stop) == self._place(stop - 1) + 1:
                stop += 1
            self._put(self._raw[self.end : self._place(run)] if run > start else b"")
            if as_long:
                self._put(shown[run - start : stop - start])
            elif run == start:
                self._put(shown)
            self.end = self._place(stop - 1) + 1
            run = stop

    def _place(self, at: int) -> int:
        """Where in the bytes a place of the text is."""
        at -= self._before
        if self._stands.places is None:
            return at
        return self._stands.places[at] if at < len(self._stands.text) else self._stands.end

    def _put(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)


def _settled(text: bytes, before: int) -> int:
    """Up to where nothing that comes can change what is found."""
    tail = text[-LONGEST - 1 :].translate(_CONTROLS)
    control = tail.rfind(b"\n")
    if control >= 0:
        return max(before, len(text) - len(tail) + control + 1)
    return max(before, len(text) - LONGEST - 1)


def _context(gone: bytes) -> bytes:
    """Of what has gone on, what may say something of what follows; never nothing."""
    last = gone.translate(_CONTROLS).rfind(b"\n")
    return gone if last < 0 else gone[last:]
