from __future__ import annotations

import inspect

import pytest

from gateway import refusals
from recorder.errors import GatereelError

CLASSES = [
    each
    for _, each in inspect.getmembers(refusals, inspect.isclass)
    if issubclass(each, GatereelError) and each is not GatereelError
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_code_of_its_own_and_a_summary(kind: type[GatereelError]) -> None:
    assert kind.code.startswith("GR-2")
    assert [each.code for each in CLASSES].count(kind.code) == 1
    assert kind.summary != GatereelError.summary
    assert kind.__doc__


def test_the_operators_line_is_the_persons_unless_there_is_another() -> None:
    assert refusals.ConfigError("person").operator == "person"
    assert refusals.ConfigError("person", operator="more").operator == "more"
    assert str(refusals.ConfigError("person", operator="more")) == "person"
