"""The decision point: what only Cedar says, on facts that are parsed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.policies.decision import Policies
from gateway.policies.errors import PolicyError
from gateway.policy import (
    UNMASK,
    Allow,
    Approvers,
    Circumstances,
    Deny,
    Hold,
    Request,
    Terms,
    place_of,
)

ASKED = Request("alice", "person", ("sre", "dev"), "shell", "web1", "root")


def of(text: str) -> Policies:
    return Policies.of(test=text)


def test_a_policy_that_fails_denies_and_is_named() -> None:
    fails = '@id("sum") permit (principal, action, resource) when { context.hour + 9223372036854775807 > 0 };'  # noqa: E501 - one line of Cedar
    late = replace(ASKED, when=replace(ASKED.when, at=3_600_000_000))
    verdict = of(fails + "permit (principal, action, resource);").decide(late)
    assert isinstance(verdict, Deny)
    assert verdict.rules == ("sum",)
    assert "overflow" in verdict.reason


def test_the_strictest_of_all_that_hold_is_asked_for() -> None:
    verdict = of(
        '@id("a") @hold("dba:2, security") @expires("1h") @reason("first")\n'
        "permit (principal, action, resource);\n"
        '@id("b") @hold("dba") @signed @expires("5m") permit (principal, action, resource);\n'
        '@id("c") @limit("1h") @notice("hello") permit (principal, action, resource);\n'
    ).decide(replace(ASKED, action="connect"))
    approvers = (Approvers("dba", 2), Approvers("security"))
    terms = Terms(approvers, signed=True, expires=300)
    assert verdict == Hold(("a", "b"), "first", terms, ("notice:hello", "limit:3600"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("permit (principal, action", "does not read as Cedar"),
        ("permit (principal in ?principal, action, resource);", "template"),
        ('@holt("x") permit (principal, action, resource);', "no annotation @holt"),
        ('@hold("") permit (principal, action, resource);', "names no group"),
        ('@hold("a:0") permit (principal, action, resource);', "names no group"),
        ('@hold("a") forbid (principal, action, resource);', "belongs to a policy that permits"),
        ("@signed permit (principal, action, resource);", "and there is none"),
        ('@limit("1") permit (principal, action, resource);', "is no time"),
        ('@record("some") permit (principal, action, resource);', "is none of"),
        ('@nearby("db:1") permit (principal, action, resource);', "no very address"),
        ('@notice("a\\nb") permit (principal, action, resource);', "one printable line"),
        ('@id("own-sessions") permit (principal, action, resource);', "is that of builtin.cedar"),
        ('permit (principal, action == Action::"exce", resource);', "exce"),
        ("permit (principal, action, resource) when { context.argv == 1 };", "argv"),
        ('permit (principal, action, resource) when { context.ticket == "1" };', "optional"),
        ('permit (principal == Persn::"a", action, resource);', "Persn"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match="test") as refused:
        of(text)
    assert said in str(refused.value)


UPTIME = 'context has command && context.command.program == "uptime" && context.command.count == 0'
COMMANDS = '@id("x") permit (principal, action == Action::"exec", resource) when { %s };'


@pytest.mark.parametrize(
    ("condition", "command", "allowed"),
    [
        ('context has command && context.command.line == "systemctl status nginx"',
         b"systemctl  status 'nginx'", True),
        ('context has command && context.command.line == "systemctl status nginx"',
         b"systemctl status nginx; id", False),
        (UPTIME, b"uptime", True),
        (UPTIME, b"uptime -p", False),
        ("!context.unknown", b"uptime > /etc/x", False),
        ("!context.unknown", b"uptime\n", False),
        ('context has command && context.command.arguments.contains("-p")', b"uptime -p", True),
        ('context has transfer && context.transfer.paths.contains("/srv/a")', b"uptime", False),
    ],
)  # fmt: skip
def test_a_command_is_facts(condition: str, command: bytes, allowed: bool) -> None:
    request = replace(ASKED, action="exec", facts={"command": command, "terminal": False})
    verdict = of(COMMANDS % condition).decide(request)
    assert isinstance(verdict, Allow) == allowed


PATHS = 'permit (principal, action in Action::"sftp", resource) when {context has path && context.path like "/srv/*"};'  # noqa: E501 - one line of Cedar


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (b"/srv/a", True),
        (b"/srv/../etc/passwd", False),
        (b"/srv//a", False),
        (b"srv/a", False),
        (b"/srv/\xff", False),
        (b"/srv/a/", False),
        (b"/etc/srv/a", False),
    ],
)
def test_a_path_that_is_not_in_its_shortest_spelling_is_none(path: bytes, allowed: bool) -> None:
    request = replace(ASKED, action="read-file", facts={"operation": "open", "path": path})
    assert isinstance(of(PATHS).decide(request), Allow) == allowed


WHEN = "permit (principal, action, resource) when { %s };"


@pytest.mark.parametrize(
    ("condition", "when", "allowed"),
    [
        ('context.weekday == "thu" && context.hour == 0', Circumstances(), True),
        ("context.hour == 2", Circumstances(offset=7200), True),
        ('context.weekday == "wed"', Circumstances(offset=-60), True),
        ('context.time < datetime("1970-01-01T00:00:01Z")', Circumstances(at=999_999), True),
        ('context.time < datetime("1970-01-01T00:00:01Z")', Circumstances(at=1_000_000), False),
        ('context has source && context.source.isInRange(ip("10.0.0.0/8"))',
         Circumstances(source="10.1.2.3"), True),
        ('context has source && context.source.isInRange(ip("10.0.0.0/8"))',
         Circumstances(source="::ffff:10.1.2.3"), True),
        ('context has source && context.source.isInRange(ip("10.0.0.0/8"))',
         Circumstances(source="11.1.2.3"), False),
        ("context has source", Circumstances(source="nonsense"), False),
        ('context.method == "publickey"', Circumstances(method="publickey"), True),
        ('context has ticket && context.ticket like "CHG-*"', Circumstances(ticket="CHG-1"), True),
        ('context.approvals.contains("dba")', Circumstances(approvals=("dba",)), True),
        ('context.approvals.contains("dba")', Circumstances(), False),
    ],
)  # fmt: skip
def test_circumstances_are_facts(condition: str, when: Circumstances, allowed: bool) -> None:
    verdict = of(WHEN % condition).decide(replace(ASKED, when=when))
    assert isinstance(verdict, Allow) == allowed


def test_labels_and_kinds_and_data_are_facts() -> None:
    place = place_of("ssh", {"env": "prod"}, ("email",))
    at_prod = replace(ASKED, place=place)
    prod = of('permit (principal, action, resource in Label::"env=prod");')
    assert isinstance(prod.decide(at_prod), Allow)
    assert isinstance(prod.decide(ASKED), Deny)
    kind = of('permit (principal, action, resource) when { resource.target.kind == "postgres" };')
    assert isinstance(kind.decide(at_prod), Deny)
    unmask = replace(at_prod, action=UNMASK, facts={"class": "email"})
    assert isinstance(of("permit (principal, action, resource);").decide(unmask), Deny)
    named = 'permit (principal, action == Action::"unmask", resource) when { context.class == DataClass::"email" };'  # noqa: E501 - one line of Cedar
    assert isinstance(of(named).decide(unmask), Allow)
    assert isinstance(of(named).decide(replace(unmask, facts={"class": "card"})), Deny)
