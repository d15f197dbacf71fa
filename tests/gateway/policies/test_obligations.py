"""What annotations oblige to; what together."""

from __future__ import annotations

import pytest

from gateway.policies import obligations
from gateway.policies.obligations import Obligations, read, words
from gateway.policy import Approvers, Terms


@pytest.mark.parametrize(
    ("approvals", "met"),
    [
        ((), False),
        (("dba",), False),
        (("dba", "dba"), False),
        (("dba", "security"), False),
        (("dba", "dba", "security"), True),
        (("dba", "dba", "dba", "security", "sre"), True),
    ],
)
def test_every_group_as_often_as_it_is_wanted(approvals: tuple[str, ...], met: bool) -> None:
    wanted = Terms((Approvers("dba", 2), Approvers("security")))
    assert obligations.met(wanted, approvals) is met
    assert obligations.met(Terms(), approvals)


def test_all_of_them() -> None:
    found = read(
        {
            "id": "x",
            "reason": "why",
            "hold": " dba:2 , security",
            "signed": "",
            "expires": "15m",
            "limit": "1h",
            "notice": "hello",
            "record": "full",
            "nearby": "localhost:5432, [::1]:*",
        },
        permits=True,
    )
    approvers = (Approvers("dba", 2), Approvers("security"))
    near = ("localhost:5432", "[::1]:*")
    assert found == Obligations("why", approvers, True, 900, 3600, "hello", "full", near)


@pytest.mark.parametrize(("session", "said"), [(True, 3), (False, 1)])
def test_what_is_about_the_session_is_said_when_it_begins(session: bool, said: int) -> None:
    both = [
        Obligations(limit=60, record="full", notice="a"),
        Obligations(limit=30, record="input-withheld", notice="a"),
    ]
    found = words(both, session=session)
    assert len(found) == said
    assert found == ("notice:a", "limit:30", "record:input-withheld")[:said]
