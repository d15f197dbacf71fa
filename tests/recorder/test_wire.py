"""Every event to the wire and back, and one exit for what is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import MISSING
from dataclasses import fields as fields_of
from typing import Any, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import wire
from recorder.errors import RecordingError
from recorder.events import EVENT_TYPES, Event, Header, Salt, Unknown
from recorder.wire import HEADER_KEYS, from_wire, wire_fields

PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=8)
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
HEADER = {
    key: {int: 1, str: "x", list: ["y"], dict: {}, bytes: bytes(32)}[kind]
    for key, kind in HEADER_KEYS.items()
    if isinstance(kind, type)
}


def values_of(hint: object) -> st.SearchStrategy[Any]:
    """What a field of this type may hold."""
    match hint:
        case _ if hint is bool:
            return st.booleans()
        case _ if hint is int:
            return st.integers(0, 2**63 - 1)
        case _ if hint is str:
            return st.text(max_size=10)
        case _ if hint is bytes:
            return st.binary(max_size=20)
        case _ if issubclass(get_origin(hint) or object, Sequence):
            return st.lists(st.text(max_size=5), max_size=3)
        case _:
            return st.dictionaries(st.text(max_size=5), PLAIN, max_size=3)


def made(kind: type[Any]) -> st.SearchStrategy[Event]:
    """Any event of this class."""
    if kind is Header:
        return st.just(Header(0, 0, HEADER))
    if kind is Salt:
        return st.binary(min_size=32, max_size=32).map(lambda secret: Salt(0, 0, secret))
    hints = get_type_hints(kind)
    fields = {field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_every_event_comes_back_from_the_wire(kind: type[Any]) -> None:
    @settings(max_examples=20)
    @given(made(kind))
    def back(event: Event) -> None:
        fields = wire_fields(event)
        assert from_wire(event.at, event.channel, event.code, fields) == event

    back()


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_a_later_version_may_add_fields(kind: type[Any]) -> None:
    @settings(max_examples=20)
    @given(made(kind), PLAIN)
    def ignored(event: Event, more: object) -> None:
        assert from_wire(event.at, event.channel, event.code, [*wire_fields(event), more]) == event

    ignored()


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_a_field_that_is_missing_or_of_another_type_is_damage(kind: type[Any]) -> None:
    @settings(max_examples=20)
    @given(made(kind))
    def refused(event: Event) -> None:
        fields = wire_fields(event)
        # What a later version added may be missing.
        needed = len(fields) - sum(f.default_factory is not MISSING for f in fields_of(kind))
        with pytest.raises(RecordingError, match="lacks fields"):
            from_wire(0, 0, event.code, fields[: needed - 1])
        for place, value in enumerate(fields):
            # A boolean is no number here, though Python has it so.
            wrong = None if type(value) is bool else not value
            with pytest.raises(RecordingError, match="another type"):
                from_wire(0, 0, event.code, [*fields[:place], wrong, *fields[place + 1 :]])

    refused()


@given(st.text(max_size=8).filter(lambda code: code not in {k.code for k in EVENT_TYPES}), PLAIN)
def test_an_unlisted_code_is_kept_as_it_came(code: str, value: object) -> None:
    event = from_wire(5, 2, code, [value])
    assert event == Unknown(5, 2, code, (value,))
    assert wire_fields(event) == [value]


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), (1,), {1: 2}, {b"a": 1}, [0.5], {"a": [{"b": 1.5}]}, object()],
    ids=lambda value: type(value).__name__,
)
def test_what_no_record_may_hold(value: object) -> None:
    with pytest.raises(RecordingError, match="no record may hold"):
        from_wire(0, 0, "from-the-future", [value])


def test_depth_and_counts_are_bounded() -> None:
    deep: Any = 1
    for _ in range(wire.NESTING_LIMIT):
        deep = [deep]
    assert isinstance(from_wire(0, 0, "new", [deep]), Unknown)
    with pytest.raises(RecordingError):
        from_wire(0, 0, "new", [[deep]])
    with pytest.raises(RecordingError):
        from_wire(0, 0, "new", [[0] * (wire.ITEMS_LIMIT + 1)])
    with pytest.raises(RecordingError):
        from_wire(0, 0, "new", [{str(n): 0 for n in range(wire.ITEMS_LIMIT + 1)}])


@pytest.mark.parametrize("key", HEADER_KEYS)
def test_a_header_has_all_its_keys_with_their_types(key: str) -> None:
    assert from_wire(0, 0, "header", [HEADER]) == Header(0, 0, HEADER)
    for facts in ({k: v for k, v in HEADER.items() if k != key}, {**HEADER, key: None}):
        with pytest.raises(RecordingError, match="header"):
            from_wire(0, 0, "header", [facts])
    if HEADER_KEYS[key] is int:
        with pytest.raises(RecordingError, match="header"):
            from_wire(0, 0, "header", [{**HEADER, key: True}])
    if HEADER_KEYS[key] is list:
        with pytest.raises(RecordingError, match="not text"):
            from_wire(0, 0, "header", [{**HEADER, key: [1]}])


def test_a_header_may_have_more_keys() -> None:
    facts = {**HEADER, "later": {"a": [1]}}
    assert from_wire(0, 0, "header", [facts]) == Header(0, 0, facts)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_the_salt_has_one_size(size: int) -> None:
    with pytest.raises(RecordingError):
        from_wire(0, 0, "salt", [bytes(size)])
    with pytest.raises(RecordingError):
        from_wire(0, 0, "header", [{**HEADER, "salt": bytes(size)}])
