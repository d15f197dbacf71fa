"""Events to and from the parts of a record: which fields a code has, and of which types.

Knows: the classes of `recorder.events`, and the header's keys. Must never know: msgpack, files,
times. Called by `recorder.format` only, with what msgpack gave, which may be anything: what is not
as docs/format.md says leaves as `RecordingError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, get_origin, get_type_hints

from recorder.errors import RecordingError
from recorder.events import EVENT_TYPES, Event, Facts, Header, Salt, Unknown

HEADER_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "format": int,  # version of this format
    "reader": int,  # least version a reader must know
    "must": list,  # features that a reader must know, else refuse
    "may": list,  # features that a reader may ignore
    "id": str,  # UUIDv7 of the session
    "wall": int,  # ns since the Unix epoch at session time 0
    "principal": str,  # who, as proven
    "kind": str,  # "person", "workload", "local" (gatereel record), "gateway", "import"
    "claims": dict,  # what was verified about the principal: method, key fingerprint, ...
    "target": str,
    "account": str,
    "protocol": str,  # "ssh", "local", "gateway", "asciicast", ...
    "client": str,  # the client's software version, as it says
    "term": str,  # TERM of the first terminal, "" without one
    "cols": int,  # its size, 0 without one
    "rows": int,
    "policy": bytes,  # SHA-256 of the policy in force, b"" without one
    "build": str,  # who recorded: name and version
    "widths": str,  # version of the character width table, for replay
    "weaker": list,  # names of every protection that was switched off
    "salt": bytes,  # SHA-256 of record 1's secret
}
"""Keys that every header has, with their types."""

NESTING_LIMIT = 32
"""How deep lists and maps may lie in each other in one field."""
ITEMS_LIMIT = 1 << 12
"""How many items a list or a map may have."""
SALT_SIZE = 32
"""Bytes of the salt's secret, and of its hash in the header."""
_SCALARS = frozenset({bytes, str, int, bool, type(None)})


def wire_fields(event: Event) -> list[Any]:
    """The fields that follow the code on the wire, in order."""
    if isinstance(event, Unknown):
        return list(event.fields)
    return [getattr(event, name) for name in _FIELDS[type(event)]]


def from_wire(at: int, channel: int, code: str, values: Sequence[Any]) -> Event:
    """The event that a record's parts stand for; an unlisted code gives an `Unknown`.

    Raises `RecordingError` where a listed code has too few fields or a field of another type.
    """
    if not all(map(_is_plain, values)):
        raise RecordingError(f"an event {code!r} holds what no record may hold")
    shape = _SHAPES.get(code)
    if shape is None:
        return Unknown(at, channel, code, tuple(values))
    kind, checks = shape
    if len(values) < _NEEDED[code]:
        raise RecordingError(f"an event {code!r} lacks fields: {len(values)} of {_NEEDED[code]}")
    for value, check in zip(values, checks, strict=False):
        if not check(value):
            raise RecordingError(f"an event {code!r} has a field of another type")
    event: Event = kind(at, channel, *values[: len(checks)])
    if kind is Header:
        _check_header(values[0])
    elif kind is Salt and len(values[0]) != SALT_SIZE:
        raise RecordingError("the salt is not of its one size")
    return event


def _check_header(facts: Facts) -> None:
    for key, types in HEADER_KEYS.items():
        if not isinstance(facts.get(key), types) or isinstance(facts[key], bool):
            raise RecordingError(f"the header's {key!r} is missing or of another type")
        if types is list and not _is_strings(facts[key]):
            raise RecordingError(f"the header's {key!r} holds what is not text")
    if len(facts["salt"]) != SALT_SIZE:
        raise RecordingError("the header's 'salt' is not a hash")


def _is_plain(value: object, depth: int = NESTING_LIMIT) -> bool:
    """Whether a record may hold this: neither floats nor extension types, keys that are
    strings, lists and maps of bounded size and depth."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if depth == 0:
        return False
    if isinstance(value, list) and len(value) <= ITEMS_LIMIT:
        return all(_is_plain(item, depth - 1) for item in value)
    if isinstance(value, dict) and len(value) <= ITEMS_LIMIT:
        return all(type(key) is str and _is_plain(item, depth - 1) for key, item in value.items())
    return False


def _is_int(value: object) -> bool:
    return type(value) is int


def _is_bool(value: object) -> bool:
    return type(value) is bool


def _is_str(value: object) -> bool:
    return type(value) is str


def _is_bytes(value: object) -> bool:
    return type(value) is bytes


def _is_facts(value: object) -> bool:
    return type(value) is dict and all(type(key) is str for key in value)


def _is_strings(value: object) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


_CHECKS: Mapping[object, Callable[[object], bool]] = {
    int: _is_int,
    bool: _is_bool,
    str: _is_str,
    bytes: _is_bytes,
}


def _check_for(hint: object) -> Callable[[object], bool]:
    check = _CHECKS.get(hint)
    if check is not None:
        return check
    return _is_strings if issubclass(get_origin(hint) or object, Sequence) else _is_facts


_FIELDS: Mapping[type[Any], tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind))[2:] for kind in EVENT_TYPES
}
_NEEDED: Mapping[str, int] = {
    kind.code: sum(f.default_factory is MISSING for f in fields(kind)[2:]) for kind in EVENT_TYPES
}
"""How many fields a code had at first; what came later may be missing."""
_SHAPES: Mapping[str, tuple[Callable[..., Any], tuple[Callable[[object], bool], ...]]] = {
    kind.code: (
        kind,
        tuple(_check_for(get_type_hints(kind)[name]) for name in _FIELDS[kind]),
    )
    for kind in EVENT_TYPES
}
