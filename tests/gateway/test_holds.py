from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import holds
from gateway.hold_errors import AnswerRefused, HoldOver
from gateway.holds import MOVES, Answer, Hold, Move, State, Subject
from gateway.policy import Approvers, Terms

SUBJECT = Subject("alice", "person", "exec", "web1", "root", {"command": b"reboot"})
SECOND = 1_000_000
DBA = Terms((Approvers("dba"),))
TWO = Terms((Approvers("dba", 2),))
BOTH = Terms((Approvers("dba"), Approvers("security")))


def held(terms: Terms = DBA, now: int = 0) -> Hold:
    return holds.open_hold("k7m2q9xp", SUBJECT, terms, now)


def said(by: str = "bob", group: str = "dba", *, approves: bool = True, **more: Any) -> Answer:
    return Answer(by, group, approves, more.pop("reason", "it is due"), 1, **more)


# -- how it goes -----------------------------------------------------------------------------------


def test_one_approval_releases_it_once() -> None:
    hold = holds.answer(held(), said(), 1)
    assert (hold.state, holds.approvals(hold)) == (State.APPROVED, ("dba",))
    used = holds.use(hold, SUBJECT.digest(), 2)
    assert used.state is State.USED
    with pytest.raises(HoldOver):
        holds.use(used, SUBJECT.digest(), 3)


@pytest.mark.parametrize(
    ("terms", "answers"),
    [
        (TWO, [said("bob"), said("carol")]),
        (BOTH, [said("bob"), said("carol", "security")]),
        (BOTH, [said("carol", "security"), said("bob")]),
        (Terms((Approvers("dba", 3),)), [said("bob"), said("carol"), said("dora")]),
    ],
)
def test_a_quorum_is_all_of_it(terms: Terms, answers: list[Answer]) -> None:
    hold = held(terms)
    for each in answers:
        assert hold.state is State.PENDING
        with pytest.raises(HoldOver):
            holds.use(hold, hold.digest, 1)
        hold = holds.answer(hold, each, 1)
    assert hold.state is State.APPROVED
    assert not holds.lacking(hold)


def test_one_denial_ends_it_whoever_approved_before() -> None:
    hold = holds.answer(held(TWO), said("bob"), 1)
    hold = holds.answer(hold, said("carol", approves=False, reason="not today"), 1)
    assert (hold.state, hold.why) == (State.DENIED, "denied by carol: not today")
    with pytest.raises(HoldOver):
        holds.answer(hold, said("dora"), 1)


@pytest.mark.parametrize(
    ("terms", "given", "why"),
    [
        (DBA, said("alice"), "own"),
        (DBA, said("alice", approves=False), "own"),
        (DBA, said(reason=""), "why"),
        (DBA, said(reason="  "), "why"),
        (DBA, said(reason="a\x1b[2J"), "why"),
        (DBA, said(reason="two\nlines"), "why"),
        (DBA, said(reason="x" * 501), "why"),
        (DBA, said(group="sre"), "sre"),
        (DBA, said(group=""), "no group"),
        (replace(DBA, signed=True), said(), "signed"),
    ],
)
def test_what_does_not_count(terms: Terms, given: Answer, why: str) -> None:
    with pytest.raises(AnswerRefused, match=why):
        holds.answer(held(terms), given, 1)


def test_nobody_counts_twice_not_even_for_another_group() -> None:
    hold = holds.answer(held(BOTH), said("bob"), 1)
    for group in ("dba", "security"):
        with pytest.raises(AnswerRefused, match="already"):
            holds.answer(hold, said("bob", group), 1)


def test_a_denial_needs_no_signature_and_an_approval_has_one() -> None:
    signed = held(replace(DBA, signed=True))
    assert holds.answer(signed, said(signature=b"sig"), 1).state is State.APPROVED
    assert holds.answer(signed, said(approves=False), 1).state is State.DENIED


@pytest.mark.parametrize(
    ("terms", "groups", "named", "group"),
    [
        (DBA, ("sre", "dba"), "", "dba"),
        (BOTH, ("security", "dba"), "", "dba"),
        (BOTH, ("security", "dba"), "security", "security"),
        (BOTH, ("security",), "", "security"),
    ],
)
def test_on_behalf_of_whom(terms: Terms, groups: tuple[str, ...], named: str, group: str) -> None:
    assert holds.for_group(held(terms), groups, named) == group


@pytest.mark.parametrize(("groups", "named"), [(("sre",), ""), (("dba",), "security"), ((), "")])
def test_who_is_in_no_group_that_is_lacking(groups: tuple[str, ...], named: str) -> None:
    with pytest.raises(AnswerRefused):
        holds.for_group(held(), groups, named)


def test_time_ends_it_at_the_very_instant() -> None:
    hold = held(replace(DBA, expires=10))
    at = 10 * SECOND
    assert holds.expire(hold, at - 1) == hold
    assert holds.expire(hold, at).state is State.EXPIRED
    with pytest.raises(HoldOver, match="expired"):
        holds.answer(hold, said(), at)
    approved = holds.answer(hold, said(), at - 1)
    with pytest.raises(HoldOver, match="expired"):
        holds.use(approved, hold.digest, at)


def test_every_move_that_is_not_in_the_table_is_refused() -> None:
    makers: dict[Move, Callable[[Hold], Hold]] = {
        Move.DENY: lambda hold: holds.answer(hold, said(approves=False), 1),
        Move.APPROVE: lambda hold: holds.answer(hold, said(), 1),
        Move.WITHDRAW: lambda hold: holds.withdraw(hold, "gone"),
        Move.USE: lambda hold: holds.use(hold, hold.digest, 1),
    }
    for state in State:
        hold = replace(held(), state=state)
        for move, make in makers.items():
            if (after := MOVES.get((state, move))) is None:
                with pytest.raises(HoldOver):
                    make(hold)
            else:
                assert make(hold).state is after
        assert (holds.expire(hold, hold.expires) != hold) == ((state, Move.EXPIRE) in MOVES)


def test_nothing_leaves_an_end() -> None:
    assert {state for state, _ in MOVES} == set(holds.OPEN)


# -- exactly these bytes ---------------------------------------------------------------------------

OTHERS = [
    replace(SUBJECT, principal="mallory"),
    replace(SUBJECT, kind="workload"),
    replace(SUBJECT, action="shell"),
    replace(SUBJECT, target="web2"),
    replace(SUBJECT, account="app"),
    replace(SUBJECT, facts={"command": b"reboot "}),
    replace(SUBJECT, facts={"command": "reboot"}),
    replace(SUBJECT, facts={"command": b"reboot", "terminal": True}),
    replace(SUBJECT, facts={}),
]


@pytest.mark.parametrize("other", OTHERS)
def test_an_approval_is_for_nothing_else(other: Subject) -> None:
    assert len({each.digest() for each in [SUBJECT, *OTHERS]}) == len(OTHERS) + 1
    with pytest.raises(AnswerRefused, match="something else"):
        holds.use(holds.answer(held(), said(), 1), other.digest(), 2)


@given(st.binary(min_size=1, max_size=60), st.integers(0, 59), st.integers(1, 255))
def test_a_changed_byte_asks_again(command: bytes, place: int, change: int) -> None:
    at = place % len(command)
    other = command[:at] + bytes([command[at] ^ change]) + command[at + 1 :]
    first, second = (replace(SUBJECT, facts={"command": each}) for each in (command, other))
    assert first.digest() != second.digest()


FACTS = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=3), FACTS, max_size=4))
def test_the_order_of_facts_is_none_of_them(facts: dict[str, Any]) -> None:
    backwards = dict(reversed(facts.items()))
    one, other = (replace(SUBJECT, facts=each) for each in (facts, backwards))
    assert one.digest() == other.digest()


@given(FACTS)
def test_facts_are_read_as_they_were_written(facts: Any) -> None:
    assert holds.read(holds.written(facts)) == facts


def test_what_is_signed_names_everything_that_the_answer_means() -> None:
    hold = held()
    texts = {
        holds.statement(hold, said()),
        holds.statement(hold, said(approves=False)),
        holds.statement(hold, said("carol")),
        holds.statement(hold, said(group="security")),
        holds.statement(hold, said(reason="another")),
        holds.statement(replace(hold, id="00000000"), said()),
        holds.statement(replace(hold, expires=1), said()),
        *(holds.statement(replace(hold, subject=each), said()) for each in OTHERS),
    }
    assert len(texts) == 7 + len(OTHERS)
    assert holds.statement(hold, said()).startswith(b"gatereel-answer-1\nanswer: approve\n")


@given(st.binary(min_size=holds.ID_LENGTH, max_size=holds.ID_LENGTH))
def test_an_id_is_eight_letters_that_can_be_read_aloud(entropy: bytes) -> None:
    made = holds.new_id(entropy)
    assert len(made) == 8
    assert set(made) <= set(holds.ID_LETTERS)


def test_terms_in_words() -> None:
    assert holds.shown_terms(Terms((Approvers("dba", 2), Approvers("ops", 9)))) == [
        "two of dba",
        "9 of ops",
    ]


# -- whatever is tried, in whatever order ----------------------------------------------------------

PEOPLE = ("alice", "bob", "carol", "dora")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("answer"),
            st.sampled_from(PEOPLE),
            st.sampled_from(("dba", "security", "sre")),
            st.sampled_from((True, True, True, False)),
        ),
        st.tuples(st.just("use")),
        st.tuples(st.just("withdraw")),
        st.tuples(st.just("expire")),
    ),
    max_size=14,
)
TERMS = st.sampled_from([DBA, TWO, BOTH, Terms((Approvers("dba", 2), Approvers("security")))])


@given(TERMS, st.lists(st.integers(0, 400 * SECOND), max_size=14), STEPS)
def test_used_once_in_time_by_a_quorum_of_others(
    terms: Terms, waits: list[int], steps: list[tuple[Any, ...]]
) -> None:
    hold, now, uses = held(terms), 0, 0
    for wait, step in zip([*waits, *[0] * len(steps)], steps, strict=False):
        now += wait
        before = hold
        try:
            match step:
                case ("answer", by, group, approves):
                    hold = holds.answer(hold, said(by, group, approves=approves), now)
                case ("use",):
                    hold = holds.use(hold, SUBJECT.digest(), now)
                    uses += 1
                    assert now < hold.expires
                    approving = [each for each in hold.answers if each.approves]
                    assert len({each.by for each in approving}) == len(approving)
                    for wanted in terms.approvers:
                        found = [each for each in approving if each.group == wanted.group]
                        assert len(found) >= wanted.count
                case ("withdraw",):
                    hold = holds.withdraw(hold, "gone")
                case ("expire",):
                    hold = holds.expire(hold, now)
                case _:
                    raise AssertionError(step)
        except (HoldOver, AnswerRefused):
            assert hold == before
        assert all(each.by != "alice" for each in hold.answers)
    assert uses <= 1
