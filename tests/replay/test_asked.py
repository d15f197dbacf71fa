"""What waits, in lines that are what they look like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.held import Waiting, digest_of
from replay.asked import honest, lines, one_line, read_list
from replay.errors import NotAllowed
from tests.recorder.test_held import told


def waiting(facts: dict[str, Any], **changes: Any) -> Waiting:
    """One of alice's."""
    subject = ("alice", "person", "exec", "web1", "root")
    made = Waiting(
        *("k7m2q9xp", *subject), facts, digest_of(*subject, facts), ("dba:2",), ("dba:1",), True,
        1_790_000_000_000_000, 1_790_000_900_000_000, "run", "it interrupts everybody",
        ("what comes on standard input",), you="bob", group="dba",
        answers=(("carol", "dba", True, "fine"),),
    )  # fmt: skip
    return replace(made, **changes)


def test_what_would_run_is_all_there() -> None:
    facts = {"command": b"reboot --force", "terminal": False, "environment": {"LANG": "C"}}
    assert lines(waiting(facts)) == [
        ("request", "k7m2q9xp"),
        ("by", "alice (person)"),
        ("where", "root@web1"),
        ("held", "it interrupts everybody"),
        ("wants", "dba:2, signed"),
        ("approved", "by carol for dba: fine"),
        ("until", "2026-09-21 14:28:20Z"),
        ("action", "exec"),
        ("command", "reboot --force"),
        ("environment", "LANG=C"),
        ("terminal", "no"),
        ("uncovered", "what comes on standard input"),
        ("digest", waiting(facts).digest.hex()),
    ]
    assert one_line(waiting(facts)) == "alice on root@web1: exec reboot --force"


def test_what_a_terminal_would_not_show_is_drawn() -> None:
    """A carriage return that hides what stands before it, an override that turns it round."""
    command = b"rm -rf /\recho hello\x1b[2K \xe2\x80\xae dlrow \xff"
    (shown,) = (text for name, text in lines(waiting({"command": command})) if name == "command")
    assert shown == "rm -rf /␍echo hello␛[2K ⟦RLO⟧ dlrow ⟦0xFF⟧"
    assert shown in one_line(waiting({"command": command}))


VALUES = st.text() | st.binary() | st.lists(st.binary()) | st.dictionaries(st.text(), st.text())


@given(st.dictionaries(st.text(), VALUES), st.text(), st.text())
def test_no_request_writes_lines_of_its_own(facts: dict[str, Any], who: str, why: str) -> None:
    asked = waiting(facts, principal=who, reason=why, answers=((who, why, False, why),))
    for name, text in [*lines(asked), ("", one_line(asked))]:
        assert (name + text).isprintable()


def test_a_digest_of_something_else_is_refused() -> None:
    asked = waiting({"command": b"ls"})
    assert honest(asked) is asked
    with pytest.raises(NotAllowed, match="the digest of another"):
        honest(replace(asked, facts={"command": b"ls -l"}))


def test_a_list_is_a_list_of_requests() -> None:
    asked = waiting({"command": b"ls"})
    assert read_list([told(asked)]) == [asked]
    for wrong in ("[]", {"a": 1}, [1], None):
        with pytest.raises(ValueError, match=r"^this is no "):
            read_list(wrong)
