"""A terminal channel with classes that are masked: what is recorded, delivered, held."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.masking.classes import DataClass
from gateway.masking.methods import Method
from gateway.masking.plan import MaskPlan
from gateway.policy import Allow
from gateway.relay import (
    Answered,
    Arrival,
    ClientGone,
    Effect,
    EofToClient,
    FromClient,
    FromTarget,
    Record,
    TargetEof,
    TargetGone,
    TargetOpened,
    Tick,
    ToClient,
    WakeAt,
)
from gateway.wire.masked import BULK, OFFSETS, MaskedOutput
from gateway.wire.terminal import TerminalRelay
from recorder import events
from tests.gateway.playbook import Playbook, bytewise, lanes, split
from tests.gateway.wire.channel import CH, SUBJECT, opened

PLAN = MaskPlan(policy=b"p" * 32, hold=5_000, hold_bulk=50_000)
CARD, SHOWN = b"4111111111111111", b"************1111"


def running(kind: str = "shell", pty: bool = True, *classes: str) -> Playbook:
    names = classes or ("card", "secret")
    relay = TerminalRelay(CH, SUBJECT, "id", masking=PLAN)
    book = Playbook(relay)
    book.send(opened(kind, b"cmd" if kind == "exec" else b"", pty))
    book.send(Answered(2, 1, Allow(("r",), tuple(f"mask:{name}" for name in names))))
    book.send(TargetOpened(3))
    book.effects.clear()
    return book


def receipt(at: int, *offsets: int, name: str = "card", method: str = "last4") -> Effect:
    facts = {"offsets": list(offsets)}
    return Record(events.Masked(at, CH, name, name, method, len(offsets), b"p" * 32, facts))


def test_the_verdict_says_what_is_masked() -> None:
    book = Playbook(TerminalRelay(CH, SUBJECT, "id", masking=PLAN))
    book.send(opened("exec"))
    first, *_ = book.send(Answered(2, 1, Allow(("r",), ("mask:card", "mask:email"))))
    said = {"obliged": ["mask:card", "mask:email"]}
    (record,) = [first] if isinstance(first, Record) else []
    assert record.event == events.Decided(2, CH, 1, "allow", ("r",), "", said)


def test_the_record_has_what_the_principal_saw_and_a_receipt() -> None:
    running().on(
        FromTarget(10, b"a " + CARD + b" b " + CARD + b"\r\n"),
        Record(events.Output(10, CH, b"a " + SHOWN + b" b " + SHOWN + b"\r\n")),
        receipt(10, 2, 21),
        ToClient(b"a " + SHOWN + b" b " + SHOWN + b"\r\n"),
    )


def test_standard_error_is_masked_by_itself() -> None:
    book = running("exec", False)
    book.send(FromTarget(10, CARD[:8]))
    assert book.send(FromTarget(11, CARD + b"\n", error=True))[:2] == [
        Record(events.ErrorOutput(11, CH, SHOWN + b"\n")),
        receipt(11, 0),
    ]


def test_a_prompt_waits_a_few_milliseconds_and_no_longer() -> None:
    book = running()
    book.on(FromTarget(10, b"$ "), WakeAt(10 + PLAN.hold))
    book.on(Tick(10 + PLAN.hold - 1))
    book.on(
        Tick(10 + PLAN.hold),
        Record(events.Output(10 + PLAN.hold, CH, b"$ ")),
        WakeAt(None),
        ToClient(b"$ "),
    )


def test_a_value_in_two_pieces_within_the_hold_time_is_masked() -> None:
    book = running()
    book.on(FromTarget(10, CARD[:7]), WakeAt(10 + PLAN.hold))
    effects = book.send(FromTarget(4_000, CARD[7:] + b"\r\n"))
    assert effects[0] == Record(events.Output(4_000, CH, SHOWN + b"\r\n"))


def test_known_a_value_printed_slowly_passes() -> None:
    """docs/masking.md says so: a program that pauses longer than the hold time shows it."""
    book = running()
    shown = b""
    for number, byte in enumerate(CARD + b"\r\n"):
        at = 10_000 * (number + 1)
        for effect in book.send(FromTarget(at, bytes((byte,))), Tick(at + PLAN.hold)):
            if isinstance(effect, ToClient):
                shown += effect.data
    assert shown == CARD + b"\r\n"


def test_where_much_comes_at_once_and_in_commands_it_waits_longer() -> None:
    book = running()
    assert WakeAt(10 + PLAN.hold_bulk) in book.send(FromTarget(10, b"x\n" * BULK + b"4111"))
    assert WakeAt(10 + PLAN.hold_bulk) in running("exec", False).send(FromTarget(10, b"4111"))


def test_what_is_held_goes_before_whatever_ends_it() -> None:
    for end in (TargetEof(20), TargetGone(20, "gone"), ClientGone(20, "gone")):
        book = running()
        book.send(FromTarget(10, CARD))
        effects = book.send(end)
        assert effects[0] == Record(events.Output(20, CH, SHOWN))
        assert ToClient(SHOWN) in effects
        if isinstance(end, TargetEof):
            assert effects.index(ToClient(SHOWN)) < effects.index(EofToClient())


def test_what_a_person_types_is_kept_as_typed() -> None:
    """Input says what was typed; its echo is output, and masked."""
    book = running()
    effects = book.send(FromClient(5, CARD + b"\r"), FromTarget(6, CARD + b"\r\n"), Tick(2_000_000))
    assert Record(events.Disclosed(6, CH, CARD + b"\r")) in effects
    assert ToClient(SHOWN + b"\r\n") in effects


def test_a_receipt_names_a_bounded_number_of_places() -> None:
    out = MaskedOutput(CH, replace(PLAN, hold=1), ["ssn"], terminal=False)
    (piece,) = out.passed(b"123-45-6789\n" * (OFFSETS + 1), 5, error=False)
    counts = [each.count for each in piece.receipts if isinstance(each, events.Masked)]
    assert counts == [OFFSETS, 1]


values = st.sampled_from([
    CARD, b"ghp_0123456789abcdefghij0123", b"a@b.example", b" ", b"\r\n", b"\x1b[31m", b"x", b"41",
    b"-----BEGIN PRIVATE KEY-----\r\nabcd\r\n-----END PRIVATE KEY-----",
])  # fmt: skip
arrivals = st.lists(
    st.builds(
        FromTarget,
        st.integers(0, 200_000),
        st.lists(values, max_size=5).map(b"".join),
        st.booleans(),
    )
    | st.builds(Tick, st.integers(0, 200_000))
    | st.builds(FromClient, st.integers(0, 200_000), st.binary(max_size=4)),
    max_size=12,
).map(lambda some: sorted(some, key=lambda arrival: arrival.at))


def play(some: list[Arrival]) -> Playbook:
    book = running("exec", False, *DataClass)
    book.send(*some, TargetGone(300_000, "over"))
    return book


@given(arrivals, st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_p4_where_pieces_end_changes_nothing(some: list[Arrival], cuts: list[int]) -> None:
    whole = lanes(play(some).effects)
    assert lanes(play(split(some, cuts)).effects) == whole
    assert lanes(play(bytewise(some)).effects) == whole


@given(arrivals)
def test_p3_a_value_that_comes_within_the_hold_time_is_in_no_effect(some: list[Arrival]) -> None:
    """Whole values on lines of their own, in one arrival each, whatever happens around them."""
    whole: list[Arrival] = [
        FromTarget(each.at, b"\n" + each.data + b"\n", each.error)
        if isinstance(each, FromTarget)
        else each
        for each in some
    ]
    for effect in play(whole).effects:
        data = b""
        if isinstance(effect, ToClient):
            data = effect.data
        elif isinstance(effect, Record) and isinstance(
            effect.event, events.Output | events.ErrorOutput
        ):
            data = effect.event.data
        assert b" " + CARD + b" " not in data
        assert b"\n" + CARD + b"\n" not in data
        assert b"abcd" not in data


@given(arrivals)
def test_p1_receipts_stand_between_a_record_and_its_delivery(some: list[Arrival]) -> None:
    before: Effect | None = None
    for effect in play(some).effects:
        if isinstance(effect, Record) and isinstance(effect.event, events.Masked):
            assert isinstance(before, Record)
            assert isinstance(before.event, events.Output | events.ErrorOutput)
            for offset in effect.event.facts["offsets"]:
                shown = before.event.data[offset : offset + 1]
                assert shown == b"*" or effect.event.method == Method.YEAR
        else:
            before = effect
