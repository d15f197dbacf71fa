"""Policies for tests: who may do what, where, as Cedar text."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.policies.decision import Policies
from gateway.policies.point import DecisionPoint

_HEAD = {"allow": "permit", "deny": "forbid", "hold": "permit"}


def policy(
    name: str,
    principals: Sequence[str] = (),
    groups: Sequence[str] = (),
    targets: Sequence[str] = ("*",),
    accounts: Sequence[str] = ("*",),
    actions: Sequence[str] = ("*",),
    effect: str = "allow",
    reason: str = "",
    when: str = "",
    more: str = "",
) -> str:
    """One policy; an asterisk stands for all. ``effect``: "allow", "deny" or "hold"."""
    who = [f"principal == {kind}::\"{each}\"" for each in principals if each != "*"
           for kind in ("Person", "Workload")]  # fmt: skip
    who += [f'principal in Group::"{each}"' for each in groups if each != "*"]
    everybody = "*" in (*principals, *groups)
    where = [f'resource in Target::"{each}"' for each in targets if each != "*"]
    logins = [
        f'resource in Account::"{login}@{target}"'
        for login in accounts
        if login != "*"
        for target in targets
        if "*" not in targets
    ]
    logins += [
        f'resource.login == "{login}"' for login in accounts if login != "*" and "*" in targets
    ]
    conditions = [
        [] if everybody else who or ["false"],
        [] if "*" in targets else where or ["false"],
        [] if "*" in accounts else logins or ["false"],
        [when] if when else [],
    ]
    named = ", ".join(f'Action::"{each}"' for each in actions if each != "*")
    head = "action" if "*" in actions else f"action in [{named}]"
    body = " && ".join(f"({' || '.join(each)})" for each in conditions if each)
    marks = f'@id("{name}")' + (f' @reason("{reason}")' if reason else "")
    if effect == "hold":
        marks += ' @hold("others")'
    then = f" when {{ {body} }}" if body else ""
    return f"{marks} {more} {_HEAD[effect]} (principal, {head}, resource){then};\n"


def forwards(name: str, *addresses: str, effect: str = "allow", reason: str = "") -> str:
    """About forwards to these; what is written as an address is allowed even nearby."""
    near = [each for each in addresses if each[0] in "[0123456789l"]
    return policy(
        name,
        ("*",),
        actions=("forward",),
        effect=effect,
        reason=reason,
        when=" || ".join(f"({_leads(each)})" for each in addresses),
        more=f'@nearby("{", ".join(near)}")' if near and effect == "allow" else "",
    )


def _leads(address: str) -> str:
    if address == "*":
        return "true"
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    literal = host[:1].isdigit() or ":" in host
    parts = [] if host == "*" else [f'context.host like "{host}"']
    if literal:
        parts = [f'context has ip && context.ip == ip("{host}")']
    parts += [] if port == "*" else [f"context.port == {port}"]
    return " && ".join(parts) or "true"


def policies(*texts: str) -> Policies:
    return Policies.of(test="".join(texts))


def point(*texts: str) -> DecisionPoint:
    """Where these policies are asked."""
    return DecisionPoint(policies(*texts))
