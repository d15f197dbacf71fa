"""The vocabulary: closed, each code its own, and nothing in it changes."""

from __future__ import annotations

import dataclasses

import pytest

from recorder import events
from recorder.event import Recorded
from recorder.events import EVENT_TYPES, Output, Unknown


def test_codes_are_unique_and_the_fields_own() -> None:
    codes = [kind.code for kind in EVENT_TYPES]
    assert len(codes) == len(set(codes))
    assert {"o", "i", "e", "r", "m", "x"} <= set(codes)  # asciicast's, where it has one


def test_every_class_of_the_vocabulary_is_in_the_union() -> None:
    classes = {
        each
        for each in vars(events).values()
        if isinstance(each, type) and issubclass(each, Recorded) and each is not Recorded
    }
    assert classes == {*EVENT_TYPES, Unknown}


def test_an_event_does_not_change() -> None:
    event = Output(1, 1, b"x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.data = b"y"  # type: ignore[misc]
