"""The decision point: what a table of rules says, and that it says nothing on its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy import (
    ACTIONS,
    ELSEWHERE,
    FILE_ACTIONS,
    FORWARD,
    OWN,
    SESSION_ACTIONS,
    Allow,
    Deny,
    Hold,
    Request,
    Rule,
    RuleTable,
    Verdict,
    address_of,
    decide,
)

SRE = Rule("sre", groups=("sre",), targets=("web1",), accounts=("root",), actions=ACTIONS)
CI = Rule("ci", principals=("ci-1",), targets=("*",), accounts=("deploy",), actions=("exec",))
OPS = Rule("ops", groups=("*",), targets=("*",), accounts=("*",), actions=("connect",))
NO_SHELL = Rule(
    "no-shell", ("*",), (), ("db1",), ("*",), ("shell",), effect="deny", reason="use a query"
)
TWO = Rule("two", ("*",), (), ("db1",), ("root",), ("exec", "shell"), effect="hold")
DB = Rule("db", groups=("sre",), targets=("db1",), accounts=("*",), actions=("*",))

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
        ((replace(SRE, targets=("web*",)),), ASKED, None),
        # Denying wins over holding wins over allowing, wherever it stands.
        ((DB, TWO, NO_SHELL), replace(ASKED, target="db1"), Deny(("no-shell",), "use a query")),
        ((NO_SHELL, TWO, DB), replace(ASKED, target="db1"), Deny(("no-shell",), "use a query")),
        (
            (DB, TWO),
            replace(ASKED, target="db1", action="exec"),
            Hold(("two",), "a second person must approve it"),
        ),
        ((DB, TWO), replace(ASKED, target="db1", account="app"), Allow(("db",))),
        # An empty list fits nothing.
        ((replace(SRE, actions=()),), ASKED, None),
        ((replace(SRE, groups=()),), ASKED, None),
        ((), ASKED, None),
    ],
)
def test_table(rules: tuple[Rule, ...], request_: Request, expected: Verdict | None) -> None:
    verdict = decide(RuleTable(rules), request_)
    if expected is None:
        assert isinstance(verdict, Deny)
        assert verdict.rules == ()
        assert verdict.reason.startswith("no rule allows")
    else:
        assert verdict == expected


def test_an_unknown_action_is_denied_even_by_a_rule_for_everything() -> None:
    everything = Rule("all", ("*",), (), ("*",), ("*",), ("*",))
    verdict = decide(RuleTable([everything]), replace(ASKED, action="x11"))
    assert verdict == Deny((), 'there is no action "x11"')


def test_the_digest_follows_the_rules() -> None:
    assert RuleTable([SRE, CI]).digest() == RuleTable([SRE, CI]).digest()
    assert RuleTable([SRE, CI]).digest() != RuleTable([CI, SRE]).digest()
    assert RuleTable([SRE]).digest() != RuleTable([replace(SRE, effect="deny")]).digest()
    assert len(RuleTable([]).digest()) == 32


names = st.sampled_from(["alice", "sre", "web1", "root", "shell", "exec", "*", ""])
lists = st.lists(names, max_size=3).map(tuple)
rules = st.builds(
    Rule,
    names,
    lists,
    lists,
    lists,
    lists,
    lists,
    st.sampled_from(["allow", "deny", "hold"]),
)
requests = st.builds(
    Request, names, st.just("person"), lists, st.sampled_from(ACTIONS), names, names
)


@given(st.lists(rules, max_size=5), requests)
def test_only_a_rule_that_allows_opens_and_its_name_is_in_the_verdict(
    table: list[Rule], request_: Request
) -> None:
    verdict = decide(RuleTable(table), request_)
    fitting = [rule for rule in table if rule.fits(request_)]
    if isinstance(verdict, Allow):
        assert fitting
        assert {rule.effect for rule in fitting} == {"allow"}
    assert all(name in [rule.name for rule in fitting] for name in verdict.rules)
    assert bool(verdict.rules) == bool(fitting)


@given(st.lists(rules, max_size=4), rules, requests)
def test_one_more_denying_rule_never_opens_anything(
    table: list[Rule], more: Rule, request_: Request
) -> None:
    before = decide(RuleTable(table), request_)
    after = decide(RuleTable([*table, replace(more, effect="deny")]), request_)
    assert not (isinstance(after, Allow) and not isinstance(before, Allow))


MINE = Request("alice", "person", ("sre",), "kill", "web1", "root", owner="alice")
BOBS = replace(MINE, owner="bob")
EVERYTHING = Rule("all", ("*",), (), ("*",), ("*",), ("*",))
LEAD = replace(EVERYTHING, name="lead", actions=("kill",), owners=("bob",))


@pytest.mark.parametrize("action", SESSION_ACTIONS)
def test_ones_own_sessions_need_no_rule_and_others_are_denied(action: str) -> None:
    nothing = RuleTable([])
    assert decide(nothing, replace(MINE, action=action)) == Allow((OWN,))
    verdict = decide(nothing, replace(BOBS, action=action))
    assert isinstance(verdict, Deny)
    assert verdict.rules == ()


@pytest.mark.parametrize("action", SESSION_ACTIONS)
def test_a_rule_for_everything_opens_nobody_elses_sessions(action: str) -> None:
    assert isinstance(decide(RuleTable([EVERYTHING]), replace(BOBS, action=action)), Deny)


@pytest.mark.parametrize(
    ("rules", "request_", "kind"),
    [
        ((LEAD,), BOBS, Allow),
        ((LEAD,), replace(BOBS, owner="carol"), Deny),
        ((LEAD,), replace(BOBS, action="watch"), Deny),
        ((replace(LEAD, owners=("*",)),), replace(BOBS, owner="carol"), Allow),
        ((replace(LEAD, targets=("web2",)),), BOBS, Deny),
        ((replace(LEAD, effect="hold"),), BOBS, Hold),
        # A rule that denies without owners is about everybody's, one's own too.
        ((LEAD, replace(LEAD, effect="deny", owners=())), BOBS, Deny),
        ((replace(LEAD, effect="deny", owners=()),), MINE, Deny),
        ((replace(LEAD, effect="deny"),), MINE, Allow),
        # A session's action needs a session, a target's has none.
        ((LEAD,), replace(BOBS, owner=""), Deny),
        ((EVERYTHING,), replace(MINE, action="shell"), Deny),
    ],
)
def test_table_of_sessions(rules: tuple[Rule, ...], request_: Request, kind: type[Verdict]) -> None:
    assert isinstance(decide(RuleTable(rules), request_), kind)


@given(
    st.lists(rules, max_size=5),
    st.builds(
        Request, names, st.just("person"), lists, st.sampled_from(SESSION_ACTIONS), names, names
    ),
    st.sampled_from(["alice", "bob"]),
)
def test_nobody_elses_session_is_opened_by_a_rule_that_names_no_owner(
    table: list[Rule], request_: Request, owner: str
) -> None:
    verdict = decide(RuleTable(table), replace(request_, owner=owner))
    assert owner == request_.principal or not isinstance(verdict, Allow)


@pytest.mark.parametrize("action", FILE_ACTIONS)
def test_sftp_in_a_rule_stands_for_the_subsystem_and_everything_in_it(action: str) -> None:
    table = RuleTable([Rule("files", ("alice",), (), ("*",), ("*",), ("sftp",))])
    asked = Request("alice", "person", (), action, "web1", "root", {"path": b"/a"})
    assert decide(table, asked) == Allow(("files",))
    subsystem = replace(asked, action="subsystem", facts={"command": b"sftp"})
    assert decide(table, subsystem) == Allow(("files",))
    for other in ("connect", "shell", "exec"):
        assert isinstance(decide(table, replace(asked, action=other)), Deny)
    assert isinstance(decide(table, replace(subsystem, facts={"command": b"netconf"})), Deny)


def test_a_rule_names_some_of_what_sftp_does() -> None:
    table = RuleTable([
        Rule("files", ("alice",), (), ("*",), ("*",), ("sftp",)),
        Rule("no writing", ("alice",), (), ("*",), ("*",), ("write-file",), "deny"),
    ])  # fmt: skip
    asked = Request("alice", "person", (), "write-file", "web1", "root", {"path": b"/a"})
    assert isinstance(decide(table, asked), Deny)
    assert decide(table, replace(asked, action="read-file")) == Allow(("files",))


# -- forwards --------------------------------------------------------------------------------------

ANYTHING = Rule("anything", ("*",), (), ("*",), ("*",), ("*",))
TO_DB = replace(ANYTHING, name="db", actions=("forward",), addresses=("db:5432", "[::1]:*"))
TO_NET = replace(ANYTHING, name="net", actions=("forward",), addresses=("*.example.org:443",))
NOT_META = replace(
    ANYTHING, name="meta", actions=("forward",), addresses=("169.254.169.254:*",), effect="deny"
)


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
        ((replace(TO_DB, addresses=("*",)),), forward("a", 1), Allow(("db",), (ELSEWHERE,))),
        ((replace(TO_DB, addresses=("*:9",)), TO_DB), forward("::1", 9), Allow(("db", "db"))),
        # A rule that forbids without addresses forbids all; with them, whatever a name leads to.
        ((TO_DB, replace(ANYTHING, effect="deny")), forward("db", 5432), None),
        ((TO_DB, NOT_META), forward("db", 5432), Allow(("db",), (ELSEWHERE,))),
        ((TO_DB, NOT_META), forward("db", 5432, resolved=["169.254.169.254:5432"]), None),
        # What a name leads to allows nothing.
        ((TO_DB,), forward("evil", 5432, resolved=["[::1]:5432"]), None),
    ],
)
def test_a_forward_leads_only_to_where_a_rule_says(
    rules: tuple[Rule, ...], request_: Request, expected: Verdict | None
) -> None:
    verdict = decide(RuleTable(rules), request_)
    assert isinstance(verdict, Deny) if expected is None else verdict == expected


@given(st.text(), st.integers(1, 65535))
def test_no_address_slips_past_a_list_that_does_not_have_it(host: str, port: int) -> None:
    verdict = decide(RuleTable([TO_DB]), forward(host, port))
    asked = address_of(host, port)
    assert isinstance(verdict, Allow) == (asked == "db:5432" or asked.startswith("[::1]:"))
