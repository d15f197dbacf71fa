"""A terminal's bytes cut into what they are: text, controls, whole sequences with their names.

Knows: the shape of control sequences. Must never know: events, files, widgets, what a screen does
with them. Called by `replay.inspect`. Nothing is left out: the raw bytes of all pieces, joined,
are the bytes that went in.

A sequence may be torn between two records. What came before on the same channel is given as
``before``; where it ends inside a sequence, the first piece here is the rest of that.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from replay import inspect_keys as keys
from replay import inspect_names as names
from replay.invisible import hidden, visible

LONGEST = 4096
"""Bytes of what came before that are looked at, and of one sequence's body that is drawn."""
_NAMED = 4
"""Hidden characters that one piece of text names."""


class What(StrEnum):
    """What a piece is."""

    TEXT = "text"
    CONTROL = "control"
    SEQUENCE = "sequence"
    BROKEN = "broken"
    """A sequence that another, or an impossible character, broke off."""
    UNFINISHED = "unfinished"
    """The beginning of a sequence or a character: the rest comes later."""


class Piece(NamedTuple):
    """Some bytes, and what they are."""

    what: What
    raw: bytes
    drawn: str
    """With nothing invisible in it."""
    name: str
    """What a control or sequence is called; of a text, what is hidden in it, or ""."""


_CSI = "(?:\x1b\\[|\x9b)"
_INSIDE = "\\x00-\\x17\\x19\\x1c-\\x1f\\x7f"
"""Controls that a control sequence carries on through."""
_PIECE = re.compile(
    "(?P<text>[^\\x00-\\x1f\\x7f-\\x9f]+)"
    f"|(?P<csi>{_CSI}[0-?{_INSIDE}]*+[ -/{_INSIDE}]*+[@-~])"
    "|(?P<osc>(?:\x1b\\]|\x9d)[^\x07\x1b\x18\x1a\x9c]*(?:\x07|\x1b\\\\|\x9c))"
    "|(?P<string>(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x18\x1a\x9c]*"
    "(?:\x1b\x1b[^\x1b\x18\x1a\x9c]*)*(?:\x1b\\\\|\x9c))"
    "|(?P<ss3>\x1bO[ -~])"
    "|(?P<esc>\x1b[ -/]*[0-OQ-WYZ\\\\`-~])"
    "|(?P<control>\r\n|[\\x00-\\x1a\\x1c-\\x1f\x7f\x80-\x8f\x91-\x97\x99\x9a\x9c])"
    "|(?P<start>[\x1b\x90\x98\x9b\x9d-\x9f])"
)
_PARTS = re.compile(f"{_CSI}([<-?]?)([0-9:;]*)([ -/]*)([@-~])")
_STARTED = re.compile(
    f"{_CSI}[0-?{_INSIDE}]*+[ -/{_INSIDE}]*+"
    "|(?:\x1b\\]|\x9d)[^\x07\x1b\x18\x1a\x9c]*\x1b?"
    "|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x18\x1a\x9c]*(?:\x1b\x1b[^\x1b\x18\x1a\x9c]*)*\x1b?"
    "|\x1b[ -/]*"
)
_STRING_KINDS = {"\x90": "P", "\x98": "X", "\x9e": "^", "\x9f": "_"}


def decode(data: bytes, before: bytes = b"", *, typed: bool = False) -> list[Piece]:
    """The pieces of these bytes; ``typed``: they came from the principal, so they are keys."""
    carried = _carried(before, typed=typed)
    text, tail = _as_text(carried + data)
    pieces = list(_pieces(text, typed=typed))
    if carried and not pieces:
        tail = tail[len(carried) :]
    elif carried:
        first = pieces[0]
        rest = first.raw[len(carried) :]
        drawn = f"…{visible(_text(rest))}"
        pieces[0] = first._replace(raw=rest, drawn=drawn, name=f"{first.name} (begun before)")
        if not rest:
            del pieces[0]
    if tail:
        pieces.append(_begun(tail, "a character"))
    return pieces


def _carried(before: bytes, *, typed: bool) -> bytes:
    """The unfinished end of what came before."""
    if not before:
        return b""
    text, tail = _as_text(before[-LONGEST:])
    if tail:
        return tail
    last = deque(_pieces(text, typed=typed), maxlen=1)
    return last[0].raw if last and last[0].what is What.UNFINISHED else b""


def _as_text(data: bytes) -> tuple[str, bytes]:
    """As text, and the bytes at the end that only begin a character."""
    for back in range(1, min(len(data), 3) + 1):
        lead = data[-back]
        if lead >= 0xC0:
            length = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2
            if back < length and lead < 0xF5:
                return _text(data[:-back]), data[-back:]
            break
        if lead < 0x80:
            break
    return _text(data), b""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _pieces(text: str, *, typed: bool) -> Iterator[Piece]:
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None, "every character begins a piece"
        if match.lastgroup == "start":
            started = _STARTED.match(text, at)
            end = started.end() if started else at + 1
            raw = text[at:end].encode("utf-8", "surrogateescape")
            if end == len(text):
                yield _begun(raw, "escape key, or a sequence" if typed else "a sequence")
            else:
                yield Piece(What.BROKEN, raw, visible(text[at:end]), "sequence broken off")
        else:
            end = match.end()
            yield _piece(str(match.lastgroup), match[0], typed=typed)
        at = end


def _piece(kind: str, token: str, *, typed: bool) -> Piece:
    raw = token.encode("utf-8", "surrogateescape")
    drawn = visible(token[:LONGEST]) + ("…" if len(token) > LONGEST else "")
    if kind == "text":
        return Piece(What.TEXT, raw, drawn, _hidden_in(token))
    if kind == "control":
        name = keys.key_name(token) if typed else names.CONTROLS.get(token, "control")
        return Piece(What.CONTROL, raw, drawn, name)
    return Piece(What.SEQUENCE, raw, drawn, _sequence_name(kind, token, typed=typed))


def _sequence_name(kind: str, token: str, *, typed: bool) -> str:
    match kind:
        case "csi":
            plain = "".join(char for char in token[1:] if char >= " " and char != "\x7f")
            parts = _PARTS.fullmatch(token[0] + plain)
            if parts is None:
                return "malformed sequence"
            prefix, text, intermediates, final = parts.groups()
            if typed:
                name = keys.sequence_name(prefix, text, final)
            else:
                name = names.control_sequence_name(prefix, text, intermediates, final)
            return name if len(plain) == len(token) - 1 else f"{name} (with controls inside)"
        case "osc":
            return names.system_command_name(_body(token)[:LONGEST])
        case "string":
            kind_of = _STRING_KINDS.get(token[0]) or token[1]
            return names.string_name(kind_of, _body(token)[:LONGEST])
        case "ss3":
            return keys.shifted_name(token[2]) if typed else "single shift 3"
        case _:
            final, intermediates = token[-1], token[1:-1]
            if typed:
                return keys.escaped_name(final, intermediates)
            return names.escape_name(intermediates, final)


def _body(token: str) -> str:
    """A string without its introducer and its end."""
    begin = 2 if token[0] == "\x1b" else 1
    return token[begin : -2 if token.endswith("\x1b\\") else -1]


def _begun(raw: bytes, what: str) -> Piece:
    return Piece(What.UNFINISHED, raw, visible(_text(raw)), f"{what} begins; the rest comes later")


def _hidden_in(text: str) -> str:
    """What a terminal would not show of a text."""
    if text.isascii():
        return ""
    odd = list(dict.fromkeys(char for char in text if hidden(char)))
    if not odd:
        return ""
    more = " …" if len(odd) > _NAMED else ""
    return f"hidden: {visible(''.join(odd[:_NAMED]))}{more}"
