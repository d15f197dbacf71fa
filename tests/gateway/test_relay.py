"""The vocabulary of relays is closed: whatever the module defines is an arrival or an effect."""

from __future__ import annotations

import dataclasses
import inspect
from typing import get_args

import pytest

from gateway import relay

DEFINED = [
    each
    for _, each in inspect.getmembers(relay, inspect.isclass)
    if dataclasses.is_dataclass(each) and each.__module__ == relay.__name__
]
ARRIVALS = get_args(relay.Arrival)
EFFECTS = get_args(relay.Effect)


def test_every_class_is_in_exactly_one_union() -> None:
    assert set(DEFINED) - {relay.TerminalSpec} == set(ARRIVALS) | set(EFFECTS)
    assert not set(ARRIVALS) & set(EFFECTS)


@pytest.mark.parametrize("arrival", ARRIVALS)
def test_an_arrival_has_its_time_first(arrival: type) -> None:
    first = dataclasses.fields(arrival)[0]
    assert (first.name, first.type) == ("at", "int")


@pytest.mark.parametrize("each", DEFINED)
def test_all_are_immutable_values(each: type) -> None:
    values = [None] * len(dataclasses.fields(each))
    one, other = each(*values), each(*values)
    assert one == other
    assert not hasattr(one, "__dict__")
    for field in dataclasses.fields(each):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, field.name, 1)
