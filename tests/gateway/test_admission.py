"""What a yes about a masked target obliges to, and whom policy spares."""

from __future__ import annotations

import pytest

from gateway.admission import shows, with_masks
from gateway.policy import UNMASK, Allow, Deny, Hold, Request, Verdict

ASKED = Request("alice", "person", (), UNMASK, "web1", "root", {"address": "::1"})


def decide(request: Request) -> Verdict:
    assert request.action == UNMASK
    match request.facts["class"]:
        case "email":
            return Allow(("may-see",))
        case "card":
            return Hold(("two",), "ask")
        case "iban":
            return Allow(("half",), ("limit",))
        case _:
            return Deny((), "no rule")


def test_all_is_masked_but_what_policy_allows_to_see() -> None:
    got = with_masks(Allow(("in",), ("else",)), decide, ASKED, ("card", "email", "iban", "ssn"))
    assert got == Allow(("in", "may-see"), ("else", "mask:card", "mask:iban", "mask:ssn"))


def test_a_target_without_classes_obliges_to_nothing() -> None:
    assert with_masks(Allow(("in",)), decide, ASKED, ()) == Allow(("in",))


@pytest.mark.parametrize(
    ("action", "command", "shown"),
    [
        ("shell", b"", True),
        ("exec", b"ls", True),
        ("read-file", b"", True),
        ("forward", b"", True),
        ("subsystem", b"netconf", True),
        ("subsystem", b"sftp", False),
        ("write-file", b"", False),
        ("connect", b"", False),
    ],
)
def test_what_shows_data(action: str, command: bytes, shown: bool) -> None:
    asked = Request("a", "person", (), action, "t", "r", {"command": command})
    assert shows(asked) is shown
