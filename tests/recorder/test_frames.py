"""The frame rules, over surfaces whose answers the test decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from recorder.frames import GAP, HOLD, SPAN, FrameRef, FrameRules

MS = 1_000


class Step(NamedTuple):
    """One record: what it is, when, on which channel, and what the screen says after it."""

    kind: Literal["output", "cut", "other"]
    at: int
    channel: int = 1
    changes: bool = True
    busy: bool = False


@dataclass
class Answers:
    """A surface that says what the last step told it."""

    unfinished: bool = False
    changed: bool = False

    def busy(self) -> bool:
        return self.unfinished

    def settle(self) -> bool:
        changed, self.changed = self.changed, False
        return changed


@dataclass
class Session:
    """The rules with such surfaces, and every frame told so far."""

    surfaces: dict[int, Answers] = field(default_factory=dict)
    told: list[FrameRef] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rules = FrameRules(lambda channel: self.surfaces[channel])

    def play(self, steps: Sequence[Step], start: int = 0) -> Session:
        for number, step in enumerate(steps, start):
            self.rules.advance(step.at)
            surface = self.surfaces.setdefault(step.channel, Answers())
            if step.kind == "output":
                self.rules.output(number, step.at, step.channel)
                surface.unfinished = step.busy
                surface.changed |= step.changes
            elif step.kind == "cut":
                self.rules.cut(step.channel)
            self.told += self.rules.take()
        return self

    def finish(self) -> list[FrameRef]:
        self.rules.finish()
        self.told += self.rules.take()
        return self.told


def frames(*steps: Step) -> list[FrameRef]:
    return Session().play(steps).finish()


def spans(*steps: Step) -> list[tuple[int, int]]:
    return [(frame.first, frame.last) for frame in frames(*steps)]


def out(at: int, channel: int = 1, *, changes: bool = True, busy: bool = False) -> Step:
    return Step("output", at, channel, changes, busy)


def test_output_under_the_gap_is_one_frame() -> None:
    assert frames(out(0), out(GAP - 1), out(2 * GAP - 2)) == [
        FrameRef(0, 1, 0, 2, 0, 2 * GAP - 2, stable=False)
    ]


def test_output_at_the_gap_begins_another() -> None:
    assert spans(out(0), out(GAP)) == [(0, 0), (1, 1)]


def test_steady_output_is_cut_at_the_span() -> None:
    steps = [out(at) for at in range(0, 2 * SPAN + 1, 10 * MS)]
    assert spans(*steps) == [(0, 9), (10, 19), (20, 20)]


def test_one_instant_is_never_torn_apart() -> None:
    held = [out(0, busy=True), out(GAP + MS), out(GAP + MS), out(GAP + MS)]
    assert spans(*held, out(GAP + MS + 1)) == [(0, 3), (4, 4)]


def test_input_and_other_records_end_no_frame() -> None:
    assert spans(out(0), Step("other", GAP - 2), out(GAP - 1)) == [(0, 2)]
    assert spans(out(0), Step("other", 10 * SPAN), out(20 * SPAN)) == [(0, 0), (2, 2)]


def test_a_run_without_change_is_no_frame() -> None:
    told = frames(out(0), out(SPAN, changes=False), out(2 * SPAN))
    assert [(frame.number, frame.first) for frame in told] == [(0, 0), (1, 2)]


def test_a_resize_ends_the_run() -> None:
    assert spans(out(0), Step("cut", MS), out(2 * MS)) == [(0, 0), (2, 2)]


def test_an_unfinished_sequence_holds_the_gap_until_it_is_over() -> None:
    at = GAP + 50 * MS
    assert spans(out(0, busy=True), out(at), out(at + 1)) == [(0, 1), (2, 2)]


def test_an_unfinished_sequence_holds_the_span_too() -> None:
    steady = [out(at, busy=True) for at in range(0, SPAN, 10 * MS)]
    assert spans(*steady, out(SPAN + MS), out(SPAN + 2 * MS)) == [(0, 10), (11, 11)]


def test_it_holds_for_its_limit_and_not_longer() -> None:
    limit = GAP + HOLD
    assert spans(out(0, busy=True), out(limit - 1)) == [(0, 1)]
    assert spans(out(0, busy=True), out(limit)) == [(0, 0), (1, 1)]
    middle = out(100 * MS, busy=True)
    assert spans(out(0, busy=True), middle, out(limit - 1)) == [(0, 2)]
    assert spans(out(0, busy=True), middle, out(limit)) == [(0, 1), (2, 2)]


def test_a_frame_is_told_once_time_has_passed_it_by_any_record() -> None:
    session = Session().play([out(0)])
    assert session.told == []
    assert session.rules.open_since == 0
    session.play([Step("other", GAP)], start=1)
    assert [frame.last for frame in session.told] == [0]
    assert session.rules.open_since is None


def test_channels_have_frames_of_their_own_numbered_by_their_last_record() -> None:
    told = frames(out(0, 1), out(MS, 2), out(2 * MS, 1), out(50 * MS, 2))
    assert [(f.number, f.channel, f.first, f.last) for f in told] == [
        (0, 2, 1, 1),
        (1, 1, 0, 2),
        (2, 2, 3, 3),
    ]


def test_a_number_waits_for_a_run_that_may_still_end_before() -> None:
    session = Session().play([out(0, 1, busy=True), out(MS, 2), Step("other", 50 * MS)])
    assert session.told == []  # channel 1 may yet end at record 0, which comes first
    session.play([Step("other", GAP + HOLD)], start=3)
    assert [(frame.channel, frame.last) for frame in session.told] == [(1, 0), (2, 1)]


def _timed(drawn: list[tuple[str, int, int, bool, bool]]) -> list[Step]:
    now, timed = 0, []
    for kind, later, channel, changes, busy in drawn:
        now += later
        timed.append(Step(kind, now, channel, changes, busy))  # type: ignore[arg-type]
    return timed


steps = st.lists(
    st.tuples(
        st.sampled_from(["output", "output", "output", "cut", "other"]),
        st.sampled_from([0, 1, MS, GAP - 1, GAP, 40 * MS, SPAN, HOLD, HOLD + GAP]),
        st.integers(1, 3),
        st.booleans(),
        st.booleans(),
    ),
    max_size=60,
).map(_timed)


@given(steps)
def test_frames_are_in_order_and_never_overlap(drawn: list[Step]) -> None:
    told = frames(*drawn)
    assert [frame.number for frame in told] == list(range(len(told)))
    assert all(one.last < two.last and one.closed <= two.closed for one, two in pairwise(told))
    for channel in (1, 2, 3):
        mine = [frame for frame in told if frame.channel == channel]
        assert all(one.last < two.first for one, two in pairwise(mine))
    for frame in told:
        assert frame.first <= frame.last
        assert frame.opened <= frame.closed
        assert frame.closed - frame.opened < SPAN + HOLD
        assert drawn[frame.last].kind == drawn[frame.first].kind == "output"
        assert (drawn[frame.last].at, drawn[frame.first].at) == (frame.closed, frame.opened)


@given(steps)
def test_every_visible_change_is_in_a_frame(drawn: list[Step]) -> None:
    told = frames(*drawn)
    for number, step in enumerate(drawn):
        if step.kind == "output" and step.changes:
            assert any(
                frame.channel == step.channel and frame.first <= number <= frame.last
                for frame in told
            )


@given(steps, st.lists(st.integers(0, 60), max_size=4))
def test_interrupted_anywhere_and_resumed_it_tells_the_same(
    drawn: list[Step], cuts: list[int]
) -> None:
    session = Session()
    for start, end in pairwise(sorted({0, len(drawn), *(min(cut, len(drawn)) for cut in cuts)})):
        session.play(drawn[start:end], start)
        after = Session(session.surfaces, session.told)
        after.rules.restore(session.rules.state())
        assert after.rules.open_since == session.rules.open_since
        session = after
    assert session.finish() == frames(*drawn)


@given(steps, st.integers(0, 3))
def test_an_instant_written_in_more_records_makes_the_same_frames(
    drawn: list[Step], extra: int
) -> None:
    whole = [(f.channel, f.opened, f.closed) for f in frames(*drawn)]
    split: list[Step] = []
    for step in drawn:
        pieces = extra if step.kind == "output" else 0
        # The pieces before the last leave the screen in the middle of something, or not.
        split += [step._replace(changes=False, busy=bool(n % 2)) for n in range(pieces)]
        split.append(step)
    assert [(f.channel, f.opened, f.closed) for f in frames(*split)] == whole


@given(steps)
def test_what_is_told_is_certain(drawn: list[Step]) -> None:
    """No record to come changes a frame that was told, nor its number."""
    final = frames(*drawn)
    session = Session()
    for number, step in enumerate(drawn):
        session.play([step], number)
        assert session.told == final[: len(session.told)]
        since = session.rules.open_since
        assert since is None or all(
            frame.first >= since for frame in final[len(session.told) :] if frame.first <= number
        )
