"""A stream's values are hidden in whatever pieces it comes, and nothing else of it changes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking.classes import DataClass
from gateway.masking.methods import Method
from gateway.masking.own import OwnPattern
from gateway.masking.plan import MaskPlan
from gateway.masking.stream import CARRIED, SECRET_LIMIT, StreamMasker

OWN = {"badge": OwnPattern(r"\bB-[0-9]{6}\b"), "name": OwnPattern("(?i:mädchen|田中)[a-z]{0,3}")}
PLAN = MaskPlan(own=OWN, key=b"k" * 32)
EVERY = (*DataClass, *OWN)

CANARIES = {
    "card": [b"4111111111111111", b"5500 0055 5555 5559", b"3782-822463-10005"],
    "iban": [b"DE89370400440532013000", b"GB82 WEST 1234 5698 7654 32"],
    "email": [b"jane.doe+x@mail.example.org"],
    "secret": [
        b"AKIAIOSFODNN7EXAMPLE",
        b"ghp_0123456789abcdefghij0123456789abcdef",
        b"xoxb-123456789012-abcdefABCDEF",
        b"sk_live_0123456789abcdefghij",
        b"AIzaSyA0123456789012345678901234567890_-",
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    ],
    "phone": [b"+49 170 1234567", b"(212) 555-0187"],
    "ssn": [b"123-45-6789"],
    "badge": [b"B-123456"],
    "name": ["Mädchen".encode(), "田中".encode()],
}
KEY = (
    b"-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1rZXktdjEAAAAA\r\n"
    b"QmFzZTY0Qm9keQ==\r\n-----END OPENSSH PRIVATE KEY-----"
)
VALUES = [(name, value) for name, values in CANARIES.items() for value in values]


def masked(pieces: Sequence[bytes], plan: MaskPlan = PLAN) -> tuple[bytes, list[tuple[str, int]]]:
    """What goes on of these pieces and the end, and each value's class and place in it."""
    stream, out, hits = plan.masker(EVERY if plan is PLAN else [*plan.methods]), b"", []
    for piece in [*pieces, None]:
        went = stream.feed(piece) if piece is not None else stream.release()
        hits += [(hit.name, len(out) + hit.offset) for hit in went.hits]
        out += went.data
        assert stream.carried <= CARRIED
    assert stream.carried == 0
    return out, hits


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_value_is_hidden_at_every_split(name: str, value: bytes) -> None:
    line = b"a line with " + value + b" in it\r\n$ "
    whole = masked([line])
    shown, hits = whole
    assert value not in shown
    assert shown.startswith(b"a line with ")
    assert shown.endswith(b" in it\r\n$ ")
    assert [hit[0] for hit in hits] == [name]
    assert hits[0][1] == len(b"a line with ")
    for cut in range(1, len(line)):
        assert masked([line[:cut], line[cut:]]) == whole
    assert masked([bytes((byte,)) for byte in line]) == whole


def test_a_private_key_is_hidden_over_its_lines() -> None:
    data = b"$ cat id\r\n" + KEY + b"\r\nalice@web1:~$ "
    shown, hits = masked([data], MaskPlan({"secret": Method.FULL}))
    lines = shown.split(b"\r\n")
    assert lines[0] == b"$ cat id"
    assert lines[-1] == b"alice@web1:~$ "
    assert set(b"".join(lines[1:-1])) <= set(b"* ")
    assert hits == [("secret", 10)]
    for cut in range(1, len(data)):
        plan = MaskPlan({"secret": Method.FULL})
        assert masked([data[:cut], data[cut:]], plan) == (shown, hits)


def test_a_key_without_an_end_hides_no_more_than_a_bounded_stretch() -> None:
    rest = b"A" * (2 * SECRET_LIMIT)
    shown, _ = masked([b"-----BEGIN PRIVATE KEY-----" + rest])
    assert shown.count(b"A") == 2 * SECRET_LIMIT - SECRET_LIMIT


@pytest.mark.parametrize("name", ["card", "secret", "badge"])
def test_colours_between_letters_stay_and_hide_nothing(name: str) -> None:
    value = CANARIES[name][0]
    line = b"\x1b[2J\x1b[1;1H17\x1b[3;1H" + b"\x1b[31m".join(bytes((each,)) for each in value)
    shown, hits = masked([line + b" \x1b[0m!"])
    assert [hit[0] for hit in hits] == [name]
    assert shown.count(b"\x1b[31m") == len(value) - 1
    assert value not in shown.replace(b"\x1b[31m", b"")
    assert masked([bytes((byte,)) for byte in line + b" \x1b[0m!"]) == (shown, hits)


@pytest.mark.parametrize(
    "between", [b"\r", b"\b \b", b"\x1b[C", b"\x1b[5;1H", b"\0", b"\x1b[1m" * 5, b"\x1b[1P"]
)
def test_known_ways_around(between: bytes) -> None:
    """What moves the cursor inside a value parts it: docs/masking.md says so."""
    value = b"4111" + between + b"111111111111"
    assert masked([b" " + value + b"\n"]) == (b" " + value + b"\n", [])


def test_a_value_of_which_only_a_part_was_there_when_time_was_up_is_shown() -> None:
    stream = PLAN.masker(EVERY)
    assert stream.feed(b"4111 1111 ").data == b""
    assert stream.release().data == b"4111 1111 "
    assert stream.feed(b"1111 1111\n").data == b"1111 1111\n"


@pytest.mark.parametrize(("name", "value"), VALUES)
@pytest.mark.parametrize("method", [Method.FULL, Method.LAST4, Method.TOKEN])
def test_nothing_moves(name: str, value: bytes, method: Method) -> None:
    from gateway.masking.methods import columns

    plan = MaskPlan(dict.fromkeys(EVERY, method), OWN, b"key")
    shown, hits = masked([b"| " + value + b" |\n"], plan)
    assert len(hits) == 1
    assert value not in shown
    assert columns(shown.decode()) == columns((b"| " + value + b" |\n").decode())


def test_what_no_class_is_about_goes_on_as_it_is() -> None:
    plan = MaskPlan({"card": Method.FULL})
    data = b"\xff\xfe 2026-11-23 10:00:00 a@b.org 4111111111111112 1700000000000 \x1b]0;t\x07 x\n"
    assert masked([data], plan) == (data, [])


pieces = st.sampled_from([
    *[value for _, value in VALUES], b" ", b"\n", b"\r\n", b"4111", b"1111111111", b"-", b".",
    b"\x1b[31m", b"\x1b[0m", b"\x1b[K", b"\x1b(B", b"\x1b[2;5H", b"\x1b", b"\x1b[", b"\x1b]0;",
    b"\x07", b"gh", b"p_", b"AKIA", b"eyJ", b"@", b"a", b"0", b"B-", "é田".encode(), b"\xf0\x9f",
    b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----", b"secret_key: ", b"x" * 600,
    b"7" * 40, b"born: 1984-02-03", b"a." * 300, b"/" * 40,
]) | st.binary(max_size=8)  # fmt: skip


@given(st.lists(pieces, max_size=30), st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_p4_where_pieces_end_changes_nothing(parts: list[bytes], steps: list[int]) -> None:
    data = b"".join(parts)
    cut, at, turn = [], 0, 0
    while at < len(data):
        cut.append(data[at : at + steps[turn % len(steps)]])
        at, turn = at + steps[turn % len(steps)], turn + 1
    assert masked(cut) == masked([data])


@given(st.lists(pieces, max_size=10), st.sampled_from(VALUES), st.lists(pieces, max_size=10))
def test_p3_a_value_by_itself_is_in_no_byte(
    before: list[bytes], canary: tuple[str, bytes], after: list[bytes]
) -> None:
    data = b"".join(before) + b" \n" + canary[1] + b"\n" + b"".join(after)
    shown, _ = masked([data])
    assert shown.count(canary[1]) <= b"".join(before).count(canary[1]) + b"".join(after).count(
        canary[1]
    )
    assert b"\n" + canary[1] + b"\n" not in shown


@given(st.binary(max_size=3000))
def test_without_a_value_every_byte_goes_on(data: bytes) -> None:
    stream = StreamMasker({"badge": Method.FULL}, OWN, b"")
    if b"B-" not in data:
        assert stream.feed(data).data + stream.release().data == data
