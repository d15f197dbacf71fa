"""Steps by event and among any events: one of the player's units, tested by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.moments import AtEvent, AtFrame
from replay.player import State
from tests.replay.players import FIVE, player_of


def test_events_are_steps_too_and_stop_at_either_end() -> None:
    player = player_of(FIVE)
    player.seek(AtFrame(1))
    assert player.event == 8
    player.step_event(1)
    assert (player.state, player.target, player.event) == (State.PAUSED, AtEvent(9), 9)
    player.step_event(-3)
    assert (player.target, player.frame) == (AtEvent(6), 0)
    player.step_event(-99)
    assert player.target == AtEvent(0)
    player.step_event(999)
    assert player.target == AtEvent(100)


def test_steps_among_events_go_by_the_record_on_show() -> None:
    player = player_of(FIVE)
    stops = [3, 8, 8, 20, 90]
    player.seek(AtFrame(1))
    assert player.step_among(stops, 1)
    assert player.target == AtEvent(20)
    assert player.step_among(stops, -1)
    assert player.target == AtEvent(8)
    assert player.step_among(stops, 9)
    assert player.target == AtEvent(90)
    assert not player.step_among(stops, 1)
    assert player.target == AtEvent(90)
    assert player.step_among(stops, -9)
    assert player.target == AtEvent(3)
    assert not player.step_among(stops, -1)
    assert not player.step_among([], 1)
    assert not player.step_among([], -1)
    assert player.target == AtEvent(3)


@given(
    st.lists(st.integers(1, 100), unique=True),
    st.integers(0, 100),
    st.integers(1, 5),
    st.sampled_from((1, -1)),
)
def test_a_step_among_events_is_the_countth_that_way(
    stops: list[int], start: int, count: int, way: int
) -> None:
    player = player_of(FIVE)
    player.seek(AtEvent(start))
    ahead = sorted((e for e in stops if (e - start) * way > 0), key=lambda e: e * way)
    assert player.step_among(sorted(stops), way * count) == bool(ahead)
    assert player.event == (ahead[:count] or [start])[-1]
