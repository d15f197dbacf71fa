from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from recorder.moments import AtEvent, AtFrame, AtTime
from replay.player import BEFORE, NORMAL, SPEEDS, State
from replay.timeline import SECOND, IdleMode, Timeline
from tests.replay.players import FIVE, MS, frames_of, player_of


def test_it_begins_paused_before_the_first_frame() -> None:
    player = player_of(FIVE)
    assert (player.state, player.time, player.target, player.frame) == (
        State.PAUSED,
        0,
        BEFORE,
        -1,
    )


def test_an_instant_shows_the_last_frame_closed_by_then() -> None:
    player = player_of(FIVE)
    for time, frame in [(999_999, -1), (1_000_000, 0), (1_099_999, 0), (1_100_000, 1)]:
        player.seek(AtTime(time))
        assert (player.time, player.frame) == (time, frame)


def test_playing_shows_each_frame_when_it_closed() -> None:
    player = player_of(FIVE)
    player.play(now=500)
    assert not player.advance(500 + 999_999)
    assert player.advance(500 + 1_000_000)
    assert player.target == AtFrame(0)
    assert player.advance(500 + 1_150_000)
    assert (player.target, player.time) == (AtFrame(1), 1_150_000)


def test_a_speed_counts_from_when_it_is_set() -> None:
    player = player_of(FIVE)
    player.play(0)
    player.advance(100 * MS)
    player.faster(2)
    player.advance(100 * MS)
    player.advance(200 * MS)
    assert player.time == 500 * MS
    player.normal_speed()
    player.faster(-9)
    assert player.speed == SPEEDS[0]
    player.advance(200 * MS)
    player.advance(600 * MS)
    assert player.time == 600 * MS
    player.faster(99)
    assert player.speed == SPEEDS[-1] == 64 * NORMAL


def test_at_the_end_it_stops_and_plays_again_from_the_start() -> None:
    player = player_of(FIVE, tail=SECOND)
    player.play(0)
    assert player.advance(1000 * SECOND)
    assert (player.state, player.time) == (State.PAUSED, player.duration)
    assert player.frame == 4
    assert not player.advance(2000 * SECOND)
    player.toggle(2000 * SECOND)
    assert (player.state, player.time, player.target) == (State.PLAYING, 0, BEFORE)


def test_a_seek_while_playing_goes_on_from_there() -> None:
    player = player_of(FIVE)
    player.play(0)
    player.advance(10 * MS)
    player.seek(AtTime(30 * SECOND))
    player.advance(15 * MS)
    player.advance(1015 * MS)
    assert (player.state, player.time) == (State.PLAYING, 31 * SECOND)
    player.skip(-5 * SECOND)
    assert player.time == 26 * SECOND


@pytest.mark.parametrize(
    ("start", "count", "frame"),
    [
        (AtFrame(1), 1, 2),
        (AtFrame(1), -1, 0),
        (AtFrame(1), 3, 4),
        (AtFrame(1), 99, 4),
        (AtFrame(1), -99, -1),
        (AtFrame(0), -1, -1),
        (AtEvent(0), 1, 0),
        (AtEvent(0), -1, -1),
        (AtEvent(7), 1, 1),  # in the middle of frame 1, which is events 6 to 8
        (AtEvent(7), -1, 0),
        (AtEvent(8), 1, 2),  # at its end
        (AtEvent(8), -1, 0),
        (AtEvent(9), 1, 2),  # between frames 1 and 2: the screen is that of frame 1
        (AtEvent(9), -1, 0),
        (AtEvent(10), -1, 1),  # frame 2 has begun, and changed something
        (AtEvent(99), -1, 3),  # after the last one
        (AtTime(30 * SECOND), 1, 3),
        (AtTime(30 * SECOND), -1, 1),
    ],
)
def test_steps(start: AtFrame | AtEvent | AtTime, count: int, frame: int) -> None:
    player = player_of(FIVE)
    player.play(0)
    player.seek(start)
    player.step(count)
    assert (player.frame, player.state) == (frame, State.PAUSED)
    assert player.time == (player.frames[frame].closed if frame >= 0 else 0)


@pytest.mark.parametrize(
    ("start", "count", "frame"), [(1, 1, 3), (3, -1, 1), (0, 2, 3), (4, 1, 4), (3, -9, -1)]
)
def test_steps_over_screens_that_nobody_could_read(start: int, count: int, frame: int) -> None:
    player = player_of(FIVE)
    player.seek(AtFrame(start))
    player.step_stable(count)
    assert player.frame == frame


def test_an_events_time_is_settled_when_it_is_known() -> None:
    player = player_of(FIVE)
    player.seek(AtEvent(7))
    assert player.time == player.frames[1].closed
    player.settle(7, 1_050_000)
    assert player.time == 1_050_000
    player.settle(8, 5)
    assert player.time == 1_050_000
    player.seek(AtEvent(10**9))
    assert player.time == player.duration


@pytest.mark.parametrize("mode", IdleMode)
def test_the_minute_without_output(mode: IdleMode) -> None:
    player = player_of(FIVE, mode=mode)
    player.seek(AtFrame(2))
    player.play(0)
    shown_for = {IdleMode.OFF: 60 * SECOND, IdleMode.CAP: 2 * SECOND, IdleMode.LOG: 4_925_000}
    player.advance(shown_for[mode] - 1)
    assert player.frame == 2
    player.advance(shown_for[mode])
    assert (player.frame, player.time) == (3, player.frames[3].closed)


def test_an_idle_mode_can_change_in_the_middle() -> None:
    player = player_of(FIVE)
    player.seek(AtFrame(2))
    player.play(0)
    player.advance(1 * SECOND)
    player.idle(IdleMode.CAP)
    player.advance(1 * SECOND)
    player.advance(2 * SECOND)
    assert player.frame == 3


def test_the_live_edge() -> None:
    player = player_of(FIVE, live=True)
    player.play(0)
    player.advance(100 * SECOND)
    assert (player.state, player.frame) == (State.FOLLOWING, 4)
    targets: list[object] = [player.target]
    frames = frames_of([*FIVE, SECOND])
    grown = Timeline([], frames[-1].closed)
    assert player.extend(frames, grown, last_event=110, live=True)
    assert (player.frame, player.time) == (5, player.duration)
    targets.append(player.target)
    player.skip(-SECOND)
    assert not player.extend(frames, grown, last_event=110, live=True)
    states = [player.state]
    player.follow()
    states.append(player.state)
    player.extend(frames, grown, last_event=110, live=False)
    assert [*states, player.state] == [State.PAUSED, State.FOLLOWING, State.PAUSED]
    assert [*targets, player.target] == [AtEvent(100), AtEvent(110), AtFrame(5)]


def test_growing_keeps_the_idle_mode() -> None:
    player = player_of(FIVE, mode=IdleMode.CAP, live=True)
    player.extend(player.frames, Timeline([], player.duration), last_event=100, live=True)
    assert player.timeline.mode is IdleMode.CAP


@given(st.lists(st.integers(0, 5 * SECOND), min_size=1, max_size=30), st.data())
def test_stepping_there_and_back_returns(gaps: list[int], data: st.DataObject) -> None:
    player = player_of(gaps)
    number = data.draw(st.integers(0, len(gaps) - 1))
    ahead = data.draw(st.integers(0, len(gaps) - 1 - number))
    behind = data.draw(st.integers(0, number + 1))
    player.seek(AtFrame(number))
    at = player.time
    for count in (ahead, -ahead, -behind, behind):
        player.step(count)
    assert (player.frame, player.time) == (number, at)


@given(
    st.lists(st.integers(1, 100 * SECOND), min_size=1, max_size=20),
    st.sampled_from(IdleMode),
    st.integers(0, 3),
)
def test_no_mode_and_no_speed_up_to_eight_skips_a_frame(
    gaps: list[int], mode: IdleMode, faster: int
) -> None:
    """Told every instant at which something is due, the player shows every frame, in order."""
    player = player_of([gap + 8 for gap in gaps], mode=mode)
    player.play(0)
    player.faster(faster)
    player.advance(0)
    due = [player.timeline.shown(frame.closed) for frame in player.frames]
    seen = []
    for shown in due:
        player.advance(-(-shown * NORMAL // player.speed))
        seen.append(player.frame)
    assert seen == list(range(len(gaps)))


@given(
    st.lists(st.integers(0, 100 * SECOND), max_size=20),
    st.sampled_from(IdleMode),
    st.lists(st.integers(0, 50 * SECOND), min_size=1, max_size=10),
)
def test_splitting_time_changes_nothing(gaps: list[int], mode: IdleMode, ticks: list[int]) -> None:
    often, once = player_of(gaps, SECOND, mode), player_of(gaps, SECOND, mode)
    often.play(0)
    once.play(0)
    now = 0
    for tick in ticks:
        now += tick
        often.advance(now)
    once.advance(now)
    assert (often.time, often.target, often.state) == (once.time, once.target, once.state)


class AnyCommands(RuleBasedStateMachine):
    """Whatever is pressed, the label and the time belong together and time never runs back."""

    @initialize(
        gaps=st.lists(st.integers(0, 20 * SECOND), max_size=12),
        tail=st.integers(0, 5 * SECOND),
        live=st.booleans(),
    )
    def begin(self, gaps: list[int], tail: int, live: bool) -> None:
        self.player = player_of(gaps, tail, live=live)
        self.now = 0

    @rule(passed=st.integers(0, 30 * SECOND))
    def advance(self, passed: int) -> None:
        self.now += passed
        before = self.player.time
        self.player.advance(self.now)
        assert self.player.time >= before

    @rule()
    def toggle(self) -> None:
        self.player.toggle(self.now)

    @rule()
    def follow(self) -> None:
        self.player.follow()

    @rule(steps=st.integers(-9, 9))
    def faster(self, steps: int) -> None:
        self.player.faster(steps)

    @rule(mode=st.sampled_from(IdleMode))
    def idle(self, mode: IdleMode) -> None:
        self.player.idle(mode)

    @rule(count=st.integers(-9, 9))
    def step(self, count: int) -> None:
        before = self.player.frame
        self.player.step(count)
        assert self.player.state is State.PAUSED
        if count > 0:
            assert self.player.frame >= before
        if count < 0:
            assert self.player.frame <= before

    @rule(count=st.integers(-9, 9))
    def step_event(self, count: int) -> None:
        self.player.step_event(count)

    @rule(stops=st.sets(st.integers(0, 60)), count=st.sampled_from((-2, -1, 1, 2)))
    def step_among(self, stops: set[int], count: int) -> None:
        self.player.step_among(sorted(stops), count)

    @rule(count=st.integers(-3, 3))
    def stable(self, count: int) -> None:
        self.player.step_stable(count)

    @rule(
        aim=st.builds(AtTime, st.integers(-1, 300 * SECOND))
        | st.builds(AtFrame, st.integers(-1, 15))
        | st.builds(AtEvent, st.integers(-1, 60))
    )
    def seek(self, aim: AtTime | AtFrame | AtEvent) -> None:
        self.player.seek(aim)

    @invariant()
    def the_label_fits_the_time(self) -> None:
        if not hasattr(self, "player"):
            return
        player = self.player
        assert 0 <= player.time <= player.duration
        assert -1 <= player.frame < len(player.frames)
        if isinstance(player.target, AtFrame):
            assert player.frames[player.frame].closed <= player.time
        assert player.state is not State.FOLLOWING or player.live


TestAnyCommands = AnyCommands.TestCase


@given(
    st.lists(st.integers(1, 5_000_000), min_size=1, max_size=30),
    st.data(),
    st.integers(-40, 40).filter(bool),
)
def test_steps_go_through_one_terminals_frames_only(
    gaps: list[int], data: st.DataObject, count: int
) -> None:
    player = player_of(gaps)
    numbers = data.draw(st.sets(st.integers(0, len(gaps) - 1), min_size=1).map(sorted))
    start = data.draw(st.integers(0, len(gaps) - 1))
    player.among = numbers
    player.seek(AtFrame(start))
    player.step(count)
    after = [n for n in numbers if n > start][:count] if count > 0 else []
    before = [n for n in numbers if n < start][count:] if count < 0 else []
    if count > 0:
        assert player.frame == (after[-1] if after else numbers[-1])
    else:
        assert player.frame == (before[0] if before else numbers[0])
    player.step_stable(count)
    assert player.frame in numbers
