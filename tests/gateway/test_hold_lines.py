from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import hold_lines, holds
from gateway.holds import Answer, Hold, Subject
from gateway.policy import Approvers, Terms
from recorder.held import Waiting

COMMAND = "rm -rf /srv/\u202egpj.sh\x1b[2K\u200b".encode() + b"\xff"
SUBJECT = Subject("alice", "person", "exec", "web1", "root", {"command": COMMAND, "terminal": True})
HOLD = holds.open_hold(
    "k7m2q9xp", SUBJECT, Terms((Approvers("dba", 2), Approvers("ops"))), 0,
    reason="it cannot be undone", session="s1", gateway="run-1",
    uncovered=hold_lines.uncovered("exec", terminal=True),
)  # fmt: skip
YES = Answer("bob", "dba", True, "due\u202e", 1)


def test_whoever_waits_hears_why_who_how_and_until_when() -> None:
    lines = hold_lines.waiting(HOLD, {"dba": ["bob", "carol"], "ops": []})
    text = "\n".join(lines)
    assert "it cannot be undone" in text
    assert "two of dba (bob, carol) and one of ops (nobody of it is known here)" in text
    assert "ssh GATEWAY approve k7m2q9xp --reason" in text
    assert "00:15:00 UTC" in text
    assert "ssh GATEWAY withdraw k7m2q9xp" in text
    signed = replace(HOLD, terms=replace(HOLD.terms, signed=True))
    assert "gatereel approve k7m2q9xp" in "\n".join(hold_lines.waiting(signed, {}))


def test_many_people_are_not_all_named() -> None:
    (line,) = [
        each
        for each in hold_lines.waiting(HOLD, {"dba": [f"p{n}" for n in range(50)]})
        if "p0" in each
    ]
    assert "p5, ..." in line
    assert "p6" not in line


def test_an_answer_says_what_is_still_lacking() -> None:
    some = holds.answer(HOLD, replace(YES, reason="due"), 1)
    line = hold_lines.answered(some, some.answers[0])
    assert line == "bob approves k7m2q9xp for dba: due; still lacking: one of dba and one of ops"
    no = replace(YES, approves=False, reason="no")
    assert hold_lines.answered(HOLD, no) == "bob denies k7m2q9xp for dba: no"
    assert hold_lines.taken(some, approves=True).endswith(
        "still lacking: one of dba and one of ops"
    )
    assert hold_lines.taken(some, approves=False) == "denied: k7m2q9xp"


def test_whoever_answers_sees_exactly_what_would_be_done() -> None:
    text = "\n".join(hold_lines.described(replace(HOLD, answers=(YES,)), 60_000_000))
    assert "alice (person) asks for exec on root@web1" in text
    assert "rm -rf /srv/\\u202egpj.sh\\x1b[2K\\u200b\\xff" in text
    assert HOLD.digest.hex() in text
    # The same letters, meant as they stand, are another command, and look like one.
    literal = {"command": b"rm -rf /srv/\\u202egpj.sh"}
    other = replace(HOLD, subject=replace(SUBJECT, facts=literal))
    assert hold_lines.SPELLED in text
    assert hold_lines.SPELLED not in "\n".join(hold_lines.described(other, 0))
    assert "standard input" in text
    assert "typed on its terminal" in text
    assert "14 min 0 s" in text
    assert "due\\u202e" in text


@given(st.binary(max_size=200), st.text(max_size=50), st.text(max_size=50))
def test_nothing_of_it_acts(command: bytes, name: str, value: str) -> None:
    facts = {"command": command, name: value, "more": [value, {name: command}]}
    hold = replace(HOLD, subject=replace(SUBJECT, facts=facts), reason=value)
    for line in [*hold_lines.described(hold, 0), *hold_lines.waiting(hold, {})]:
        assert line.isprintable()


def test_what_is_too_long_says_so() -> None:
    hold = replace(HOLD, subject=replace(SUBJECT, facts={"command": b"x" * 20_000}))
    assert "(20,000 bytes)" in "\n".join(hold_lines.described(hold, 0))


@pytest.mark.parametrize("answers", [(), (replace(YES, reason="due"),)])
def test_other_programs_read_it_as_it_is(answers: tuple[Answer, ...]) -> None:
    hold: Hold = replace(HOLD, answers=answers)
    told = Waiting.from_json(json.loads(json.dumps(hold_lines.told(hold, "bob", "dba"))))
    assert told.counted() == told.digest == hold.digest
    assert (told.facts, told.you, told.group) == (SUBJECT.facts, "bob", "dba")
    assert told.approvers == ("dba:2", "ops:1")


@pytest.mark.parametrize(
    ("action", "terminal", "count"),
    [("shell", True, 1), ("exec", False, 1), ("exec", True, 2), ("read-file", False, 0)],
)
def test_what_no_approval_covers(action: str, terminal: bool, count: int) -> None:
    assert len(hold_lines.uncovered(action, terminal=terminal)) == count
