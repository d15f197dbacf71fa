"""A session ends at its bounds and not before, and terminals are told ahead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lifetime import Lifetime, Look

S = 1_000_000


def test_without_bounds_nobody_ever_looks() -> None:
    assert Lifetime(0, 0).look(10**15, 0) == Look()


def test_a_whole_idle_life() -> None:
    life = Lifetime(idle=600, total=0)
    assert life.look(0, 0).again == 540 * S
    told = life.look(540 * S, 0)
    assert (told.words, told.again) == (
        "this session ends in 1 minute, since nothing is done here; a key keeps it",
        600 * S,
    )
    assert life.look(550 * S, 0) == Look(again=600 * S)
    assert life.look(560 * S, 555 * S) == Look(again=(555 + 540) * S)
    assert life.look(1095 * S, 555 * S).words
    over = life.look(1155 * S, 555 * S).over
    assert over is not None
    assert over.person == "nothing was done here for 10 minutes, so it ends"


def test_the_longest_time_counts_whatever_is_done() -> None:
    life = Lifetime(idle=0, total=7200)
    assert life.look(5, 5).again == 7140 * S
    assert life.look(7140 * S, 7140 * S).words == (
        "this session ends in 1 minute: it may last 2 hours"
    )
    assert life.look(7141 * S, 7141 * S) == Look(again=7200 * S)
    over = life.look(7200 * S, 7200 * S).over
    assert over is not None
    assert over.person == "a session may last 2 hours, no longer"


@pytest.mark.parametrize(("bound", "ahead"), [(4, 1), (100, 25), (240, 60), (241, 60)])
def test_a_short_bound_is_told_of_shortly_before(bound: int, ahead: int) -> None:
    assert Lifetime(bound, 0).look(0, 0).again == (bound - ahead) * S
    assert Lifetime(0, bound).look(0, 0).again == (bound - ahead) * S


@given(st.integers(0, 300), st.integers(0, 300), st.lists(st.integers(0, 100), min_size=1))
def test_it_ends_at_the_first_bound_for_whoever_looks_when_told(
    idle: int, total: int, pauses: list[int]
) -> None:
    """Signs of life come at these distances, the looks at the instants that were named."""
    life = Lifetime(idle, total)
    signs = [sum(pauses[:n]) * S for n in range(1, len(pauses) + 1)]
    now, said = 0, 0
    while True:
        active = max([sign for sign in signs if sign <= now], default=0)
        look = life.look(now, active)
        said += bool(look.words)
        if look.over is not None:
            ends = [active + idle * S] if idle else []
            assert now == min([*ends, *([total * S] if total else [])])
            assert said
            return
        if look.again is None:
            assert not idle
            assert not total
            return
        assert look.again > now
        now = look.again
