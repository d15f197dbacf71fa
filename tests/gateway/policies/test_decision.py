"""The decision point: what policies say, and that it says nothing on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policies.evidence import request_of
from gateway.policy import (
    ACTIONS,
    ELSEWHERE,
    FILE_ACTIONS,
    FORWARD,
    OWN,
    SESSION_ACTIONS,
    Allow,
    Approvers,
    Deny,
    Hold,
    Request,
    Terms,
    Verdict,
    address_of,
)
from tests.gateway.cedar_rules import forwards, policies, policy

SRE = policy("sre", groups=("sre",), targets=("web1",), accounts=("root",), actions=ACTIONS)
CI = policy("ci", principals=("ci-1",), targets=("*",), accounts=("deploy",), actions=("exec",))
OPS = policy("ops", groups=("*",), targets=("*",), accounts=("*",), actions=("connect",))
NO_SHELL = policy(
    "no-shell", ("*",), (), ("db1",), ("*",), ("shell",), effect="deny", reason="use a query"
)
TWO = policy("two", ("*",), (), ("db1",), ("root",), ("exec", "shell"), effect="hold")
DB = policy("db", groups=("sre",), targets=("db1",), accounts=("*",), actions=("*",))

ASKED = Request("alice", "person", ("sre", "dev"), "shell", "web1", "root")


@pytest.mark.parametrize(
    ("rules", "request_", "expected"),
    [
        ((SRE,), ASKED, Allow(("sre",))),
        ((SRE, OPS), replace(ASKED, action="connect"), Allow(("sre", "ops"))),
        ((SRE,), replace(ASKED, groups=("dev",)), None),
        ((SRE,), replace(ASKED, groups=()), None),
        ((SRE,), replace(ASKED, target="web2"), None),
        ((SRE,), replace(ASKED, account="alice"), None),
        ((CI,), replace(ASKED, principal="ci-1", account="deploy"), None),
        ((CI,), replace(ASKED, principal="ci-1", account="deploy", action="exec"), Allow(("ci",))),
        # A group's name is no principal's name, and the other way round.
        ((CI,), replace(ASKED, groups=("ci-1",), account="deploy", action="exec"), None),
        ((SRE,), replace(ASKED, principal="sre", groups=()), None),
        # No patterns, no case folding: what is not the name is not meant.
        ((SRE,), replace(ASKED, target="WEB1"), None),
        ((SRE,), replace(ASKED, target="*"), None),
        ((policy("sre", groups=("sre",), targets=("web*",)),), ASKED, None),
        # Denying wins over holding wins over allowing, wherever it stands.
        ((DB, TWO, NO_SHELL), replace(ASKED, target="db1"), Deny(("no-shell",), "use a query")),
        ((NO_SHELL, TWO, DB), replace(ASKED, target="db1"), Deny(("no-shell",), "use a query")),
        (
            (DB, TWO),
            replace(ASKED, target="db1", action="exec"),
            Hold(("two",), "a second person must approve it", Terms((Approvers("others"),))),
        ),
        ((DB, TWO), replace(ASKED, target="db1", account="app"), Allow(("db",))),
        # An empty list fits nothing.
        ((policy("sre", (), ("sre",), ("web1",), ("root",), ("exec",)),), ASKED, None),
        ((policy("sre", (), (), ("web1",)),), ASKED, None),
        ((), ASKED, None),
    ],
)
def test_table(rules: tuple[str, ...], request_: Request, expected: Verdict | None) -> None:
    verdict = policies(*rules).decide(request_)
    if expected is None:
        assert isinstance(verdict, Deny)
        assert verdict.rules == ()
        assert verdict.reason.startswith("no policy allows")
    else:
        assert verdict == expected


def test_an_unknown_action_is_denied_even_by_a_rule_for_everything() -> None:
    everything = policy("all", ("*",), (), ("*",), ("*",), ("*",))
    verdict = policies(everything).decide(replace(ASKED, action="x11"))
    assert verdict == Deny((), 'there is no action "x11"')


def test_the_digest_follows_the_rules() -> None:
    assert policies(SRE, CI).digest() == policies(SRE, CI).digest()
    assert policies(SRE, CI).digest() != policies(CI, SRE).digest()
    assert policies(SRE).digest() != policies(SRE.replace("permit", "forbid")).digest()
    assert len(policies().digest()) == 32


@dataclass(frozen=True)
class Row:
    """What `policy` writes, and by itself whether it is meant."""

    name: str
    principals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    effect: str = "allow"

    def text(self, number: int) -> str:
        actions = tuple(each for each in self.actions if each in ("*", "shell", "exec"))
        return policy(
            f"{number}",
            self.principals,
            self.groups,
            self.targets,
            self.accounts,
            actions or ("sql:copy",),
            self.effect,
        )

    def fits(self, request: Request) -> bool:
        def among(value: str, names: Sequence[str]) -> bool:
            return "*" in names or value in names

        groups = self.groups
        return (
            (among(request.principal, self.principals) or any(among(g, groups) for g in
             (*request.groups, "*") if g in groups))
            and among(request.target, self.targets)
            and among(request.account, self.accounts)
            and among(request.action, self.actions)
        )  # fmt: skip


def texts(table: Sequence[Row]) -> list[str]:
    return [row.text(number) for number, row in enumerate(table)]


names = st.sampled_from(["alice", "sre", "web1", "root", "shell", "exec", "*"])
lists = st.lists(names, max_size=3).map(tuple)
rules = st.builds(
    Row,
    names,
    lists,
    lists,
    lists,
    lists,
    lists,
    st.sampled_from(["allow", "deny", "hold"]),
)
# What a forward needs beside these has tests of its own.
actions = st.sampled_from([each for each in ACTIONS if each != FORWARD])
requests = st.builds(Request, names, st.just("person"), lists, actions, names, names)


@given(st.lists(rules, max_size=5), requests)
def test_only_a_rule_that_allows_opens_and_its_name_is_in_the_verdict(
    table: list[Row], request_: Request
) -> None:
    verdict = policies(*texts(table)).decide(request_)
    fitting = [rule for rule in table if rule.fits(request_)]
    if isinstance(verdict, Allow):
        assert fitting
        assert {rule.effect for rule in fitting} == {"allow"}
    assert {table[int(name)] for name in verdict.rules} <= set(fitting)
    assert bool(verdict.rules) == bool(fitting)


@given(st.lists(rules, max_size=4), rules, requests)
def test_one_more_denying_rule_never_opens_anything(
    table: list[Row], more: Row, request_: Request
) -> None:
    before = policies(*texts(table)).decide(request_)
    after = policies(*texts([*table, replace(more, effect="deny")])).decide(request_)
    assert not (isinstance(after, Allow) and not isinstance(before, Allow))


MINE = Request("alice", "person", ("sre",), "kill", "web1", "root", owner="alice")
BOBS = replace(MINE, owner="bob")
EVERYTHING = policy("all", ("*",), (), ("*",), ("*",), ("*",))
KILLS = policy("lead", ("*",), actions=("kill",), when='resource.owner == "bob"')
ANYBODYS = policy("lead", ("*",), actions=("kill",))
ON_WEB2 = policy("lead", ("*",), (), ("web2",), actions=("kill",))
ASKS = policy("ask", ("*",), actions=("kill",), effect="hold")
NEVER = policy("never", ("*",), actions=("kill",), effect="deny")
NOT_BOBS = policy("never", ("*",), actions=("kill",), effect="deny", when='resource.owner == "bob"')


@pytest.mark.parametrize("action", SESSION_ACTIONS)
def test_ones_own_sessions_need_no_rule_and_others_are_denied(action: str) -> None:
    nothing = policies()
    assert nothing.decide(replace(MINE, action=action)) == Allow((OWN,))
    verdict = nothing.decide(replace(BOBS, action=action))
    assert isinstance(verdict, Deny)
    assert verdict.rules == ()


@pytest.mark.parametrize("action", SESSION_ACTIONS)
def test_a_rule_for_everything_opens_nobody_elses_sessions(action: str) -> None:
    assert isinstance(policies(EVERYTHING).decide(replace(BOBS, action=action)), Deny)


@pytest.mark.parametrize(
    ("rules", "request_", "kind"),
    [
        ((KILLS,), BOBS, Allow),
        ((KILLS,), replace(BOBS, owner="carol"), Deny),
        ((KILLS,), replace(BOBS, action="watch"), Deny),
        ((ANYBODYS,), replace(BOBS, owner="carol"), Allow),
        ((ON_WEB2,), BOBS, Deny),
        ((ASKS,), BOBS, Hold),
        # A rule that denies without owners is about everybody's, one's own too.
        ((KILLS, NEVER), BOBS, Deny),
        ((NEVER,), MINE, Deny),
        ((NOT_BOBS,), MINE, Allow),
        # A session's action needs a session, a target's has none.
        ((KILLS,), replace(BOBS, owner=""), Deny),
        ((EVERYTHING,), replace(MINE, action="shell"), Deny),
    ],
)
def test_table_of_sessions(rules: tuple[str, ...], request_: Request, kind: type[Verdict]) -> None:
    assert isinstance(policies(*rules).decide(request_), kind)


@given(
    st.lists(rules, max_size=5),
    st.builds(
        Request, names, st.just("person"), lists, st.sampled_from(SESSION_ACTIONS), names, names
    ),
    st.sampled_from(["alice", "bob"]),
)
def test_nobody_elses_session_is_opened_by_a_rule_that_names_no_owner(
    table: list[Row], request_: Request, owner: str
) -> None:
    verdict = policies(*texts(table)).decide(replace(request_, owner=owner))
    assert owner == request_.principal or not isinstance(verdict, Allow)


@pytest.mark.parametrize("action", FILE_ACTIONS)
def test_sftp_in_a_rule_stands_for_the_subsystem_and_everything_in_it(action: str) -> None:
    table = policies(policy("files", ("alice",), (), ("*",), ("*",), ("sftp",)))
    asked = Request("alice", "person", (), action, "web1", "root", {"path": b"/a"})
    assert table.decide(asked) == Allow(("files",))
    subsystem = replace(asked, action="subsystem", facts={"command": b"sftp"})
    assert table.decide(subsystem) == Allow(("files",))
    for other in ("connect", "shell", "exec"):
        assert isinstance(table.decide(replace(asked, action=other)), Deny)
    assert isinstance(table.decide(replace(subsystem, facts={"command": b"netconf"})), Deny)


def test_a_rule_names_some_of_what_sftp_does() -> None:
    table = policies(
        policy("files", ("alice",), (), ("*",), ("*",), ("sftp",)),
        policy("no writing", ("alice",), (), ("*",), ("*",), ("write-file",), "deny"),
    )  # fmt: skip
    asked = Request("alice", "person", (), "write-file", "web1", "root", {"path": b"/a"})
    assert isinstance(table.decide(asked), Deny)
    assert table.decide(replace(asked, action="read-file")) == Allow(("files",))


# -- forwards --------------------------------------------------------------------------------------

ANYTHING = policy("anything", ("*",))
NO_FORWARDS = policy("never", ("*",), actions=("forward",), effect="deny")
TO_DB = forwards("db", "db:5432", "[::1]:*")
TO_NET = forwards("net", "*.example.org:443")
TO_ALL = forwards("db", "*")
TO_NINE = forwards("db2", "*:9")
NOT_META = forwards("meta", "169.254.169.254:*", effect="deny")


def forward(host: str, port: int, **more: object) -> Request:
    return replace(ASKED, action=FORWARD, facts={"address": address_of(host, port), **more})


@pytest.mark.parametrize(
    ("rules", "request_", "expected"),
    [
        # Not even a rule that allows everything says whereto.
        ((ANYTHING,), forward("db", 5432), None),
        ((TO_DB,), forward("db", 5432), Allow(("db",), (ELSEWHERE,))),
        ((TO_DB,), forward("DB.", 5432), Allow(("db",), (ELSEWHERE,))),
        ((TO_DB,), forward("db", 5433), None),
        ((TO_DB,), forward("xdb", 5432), None),
        ((TO_DB,), forward("0:0::1", 9), Allow(("db",))),
        ((TO_NET,), forward("www.example.org", 443), Allow(("net",), (ELSEWHERE,))),
        ((TO_NET,), forward("example.org", 443), None),
        ((TO_NET,), forward("badexample.org", 443), None),
        ((TO_NET,), forward("www.example.org.evil", 443), None),
        ((TO_ALL,), forward("a", 1), Allow(("db",), (ELSEWHERE,))),
        ((TO_DB, TO_NINE), forward("::1", 9), Allow(("db", "db2"))),
        # A rule that forbids without addresses forbids all; with them, whatever a name leads to.
        ((TO_DB, NO_FORWARDS), forward("db", 5432), None),
        ((TO_DB, NOT_META), forward("db", 5432), Allow(("db",), (ELSEWHERE,))),
        ((TO_DB, NOT_META), forward("db", 5432, resolved=["169.254.169.254:5432"]), None),
        # What a name leads to allows nothing.
        ((TO_DB,), forward("evil", 5432, resolved=["[::1]:5432"]), None),
    ],
)
def test_a_forward_leads_only_to_where_a_rule_says(
    rules: tuple[str, ...], request_: Request, expected: Verdict | None
) -> None:
    verdict = policies(*rules).decide(request_)
    assert isinstance(verdict, Deny) if expected is None else verdict == expected


@given(st.text(), st.integers(1, 65535))
def test_no_address_slips_past_a_list_that_does_not_have_it(host: str, port: int) -> None:
    verdict = policies(TO_DB).decide(forward(host, port))
    asked = address_of(host, port)
    assert isinstance(verdict, Allow) == (asked == "db:5432" or asked.startswith("[::1]:"))


@given(requests)
def test_what_was_recorded_gives_the_same_request_and_answer(request_: Request) -> None:
    table = policies(SRE, CI, DB, TWO, NO_SHELL)
    verdict = table.decide(request_)
    again = request_of(request_.action, request_.facts, verdict.basis)
    assert again == request_
    assert table.decide(again) == verdict
    assert verdict.basis["policy"] == table.digest()
