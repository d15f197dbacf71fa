"""Bounds on who is inside: each refuses by name, and nothing that happens miscounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import Limits, Pass, Turnstile, origin_of
from gateway.refusals import TooMany

ROOMY = Limits(100, 100, 100, 100, 100)


def entered(turnstile: Turnstile, address: str, principal: str) -> Pass:
    place = turnstile.arrive(address)
    place.prove(principal)
    return place


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(2, 100, 100, 100, 100), "logging in just now"),
        (Limits(100, 2, 100, 100, 100), "logging in just now"),
        (Limits(100, 100, 2, 100, 100), "from 192.0.2.1 at a time"),
    ],
)
def test_who_is_one_too_many_at_the_door_is_told_why(limits: Limits, says: str) -> None:
    turnstile = Turnstile(limits)
    first = turnstile.arrive("192.0.2.1")
    turnstile.arrive("192.0.2.1")
    with pytest.raises(TooMany, match=says):
        turnstile.arrive("192.0.2.1")
    first.leave()
    turnstile.arrive("192.0.2.1")


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(100, 100, 100, 1, 100), "bea has 1 connections open and may have 1"),
        (Limits(100, 100, 100, 100, 1), "the gateway is full"),
    ],
)
def test_who_is_one_too_many_by_name_is_told_why(limits: Limits, says: str) -> None:
    turnstile = Turnstile(limits)
    first = entered(turnstile, "192.0.2.1", "bea")
    late = turnstile.arrive("192.0.2.2")
    with pytest.raises(TooMany, match=says):
        late.prove("bea")
    first.leave()
    late.prove("bea")


def test_the_bound_of_one_address_does_not_touch_another() -> None:
    for limits in (Limits(100, 1, 100, 100, 100), Limits(100, 100, 1, 100, 100)):
        turnstile = Turnstile(limits)
        turnstile.arrive("192.0.2.1")
        turnstile.arrive("192.0.2.2")


def test_a_proven_connection_makes_room_for_one_that_logs_in() -> None:
    turnstile = Turnstile(Limits(1, 1, 100, 100, 100))
    entered(turnstile, "192.0.2.1", "bea")
    turnstile.arrive("192.0.2.1")


def test_lower_limits_put_nobody_out() -> None:
    turnstile = Turnstile(ROOMY)
    places = [entered(turnstile, "192.0.2.1", "bea") for _ in range(5)]
    turnstile.limits = Limits(1, 1, 1, 1, 1)
    assert turnstile.proven == 5
    for place in places:
        place.leave()
    entered(turnstile, "192.0.2.1", "bea")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("/run/gatereel.sock", "/run/gatereel.sock"),
    ],
)
def test_what_counts_as_one_address(address: str, origin: str) -> None:
    assert origin_of(address) == origin


def test_a_place_is_proven_once_and_not_after_it_was_left() -> None:
    turnstile = Turnstile(ROOMY)
    place = entered(turnstile, "192.0.2.1", "bea")
    with pytest.raises(ValueError, match="once"):
        place.prove("ben")
    gone = turnstile.arrive("192.0.2.1")
    gone.leave()
    with pytest.raises(ValueError, match="once"):
        gone.prove("bea")


def test_sessions_are_counted_by_principal_and_in_all() -> None:
    turnstile = Turnstile(Limits(sessions=3, sessions_per_principal=2))
    first = turnstile.sit("bea")
    turnstile.sit("bea")
    with pytest.raises(TooMany, match="bea has 2 sessions open and may have 2"):
        turnstile.sit("bea")
    turnstile.sit("ben")
    with pytest.raises(TooMany, match="as many sessions as there may be"):
        turnstile.sit("ben")
    first.leave()
    first.leave()
    turnstile.sit("bea")
    with pytest.raises(TooMany):
        turnstile.sit("ben")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"])),
        st.tuples(st.just("prove"), st.sampled_from(["bea", "ben"])),
        st.tuples(st.just("leave"), st.integers(0, 20)),
    ),
    max_size=60,
)


@given(STEPS)
def test_counts_are_those_of_who_is_inside(steps: list[tuple[str, str | int]]) -> None:
    limits = Limits(4, 2, 3, 2, 3)
    turnstile = Turnstile(limits)
    inside: list[tuple[Pass, str, str | None]] = []
    for what, which in steps:
        proven = [name for _, _, name in inside if name is not None]
        if what == "arrive":
            fits = (
                len(inside) - len(proven) < limits.unproven
                and sum(a == which and n is None for _, a, n in inside)
                < limits.unproven_per_address
                and sum(a == which for _, a, _ in inside) < limits.per_address
            )
            try:
                inside.append((turnstile.arrive(str(which)), str(which), None))
            except TooMany:
                assert not fits
            else:
                assert fits
        elif what == "prove":
            waiting = [at for at, (_, _, name) in enumerate(inside) if name is None]
            if not waiting:
                continue
            place, address, _ = inside[waiting[0]]
            fits = (
                proven.count(str(which)) < limits.per_principal and len(proven) < limits.connections
            )
            try:
                place.prove(str(which))
                inside[waiting[0]] = (place, address, str(which))
            except TooMany:
                assert not fits
            else:
                assert fits
        elif inside:
            place, _, _ = inside.pop(int(which) % len(inside))
            place.leave()
            place.leave()
        names = [name for _, _, name in inside if name is not None]
        assert turnstile.proven == len(names)
        assert turnstile.unproven == len(inside) - len(names)


def test_nobody_comes_in_whom_there_are_no_open_files_for() -> None:
    turnstile = Turnstile(ROOMY)
    turnstile.room = 2
    entered(turnstile, "192.0.2.1", "alice")
    stranger = turnstile.arrive("192.0.2.2")
    with pytest.raises(TooMany, match="the gateway is full") as refused:
        turnstile.arrive("192.0.2.3")
    assert "LimitNOFILE" in refused.value.operator
    stranger.leave()
    turnstile.arrive("192.0.2.3")
