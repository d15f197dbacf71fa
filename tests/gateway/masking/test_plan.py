"""What a configuration plans: methods, obligations, whole values."""

from __future__ import annotations

from gateway.masking.methods import Method
from gateway.masking.own import OwnPattern
from gateway.masking.plan import MaskPlan, usual_method

PLAN = MaskPlan({"card": Method.FULL}, {"badge": OwnPattern("B[0-9]{4}")}, b"secret key")


def test_obligations() -> None:
    assert PLAN.asked(()) == []
    assert PLAN.asked(("mask:card", "mask:badge")) == ["card", "badge"]
    assert PLAN.asked(("mask:card", "limit:1")) is None
    assert PLAN.asked(("mask:unheard-of",)) is None


def test_methods() -> None:
    assert PLAN.method("card") is Method.FULL
    assert usual_method("card") is Method.LAST4
    assert usual_method("birthdate") is Method.YEAR
    assert usual_method("badge") is Method.FULL


def test_a_value_whose_place_says_what_it_is() -> None:
    assert PLAN.value(b"anything", "card") == b"********"
    assert b"secret key" not in repr(PLAN).encode()
