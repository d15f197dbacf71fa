"""What a configuration that is right will still not do: notes for whoever wrote it. Pure.

Knows: principals, targets and rules together. Must never know: files, keys, what is running. Called
by ``gatereel check``. A note is no problem: a gateway starts with all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.config import Config
from gateway.identity import Principal
from gateway.policies.names import empty_groups
from gateway.policies.reach import unreachable
from gateway.policies.rule import Rule
from gateway.policies.texts import BUILTIN
from gateway.policy import ACTIONS, FORWARD, SESSION_ACTIONS, Deny, Request
from recorder.events import Facts


def notes(config: Config) -> list[str]:
    """One line each, most striking first."""
    found = []
    if not config.principals:
        found.append("nobody can come in: there is no principal with a key")
    found += _alike(principal.name for principal in config.principals)
    found += empty_groups(config)
    found += unreachable(config)
    for principal in config.principals:
        opened = {
            action
            for target in config.targets
            for account in target.accounts
            for action in ACTIONS
            if not isinstance(
                config.policies.decide(
                    Request(
                        principal.name,
                        principal.kind,
                        tuple(principal.groups),
                        action,
                        target.name,
                        account,
                        _facts(action),
                        place=target.place,
                    )
                ),
                Deny,
            )
        }
        if not opened and not _about_others(config.policies.rules, principal):
            found.append(f"{principal.name} can come in, but no policy lets them open anything")
        elif opened and "connect" not in opened:
            found.append(f"{principal.name} is let open things, but no policy lets them connect")
        elif opened == {"connect"}:
            found.append(f"{principal.name} may connect, but no policy lets them run anything")
    return found


def _alike(names: Iterable[str]) -> list[str]:
    """Principals that a hurried reader takes for one."""
    seen: dict[str, str] = {}
    found = []
    for name in names:
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            found.append(f"{first} and {name} are two principals whose names differ by case only")
    return found


def _about_others(rules: Iterable[Rule], principal: Principal) -> bool:
    """Whether a policy lets this principal look at the sessions of others, as an auditor does."""
    named = {("Person", principal.name), ("Workload", principal.name)}
    named |= {("Group", group) for group in principal.groups}
    about = {("Action", action) for action in (*SESSION_ACTIONS, "oversight")}
    return any(
        rule.permits
        and rule.file != BUILTIN
        and about & {*rule.scope("action")}
        and (not rule.scope("principal") or named & {*rule.scope("principal")})
        for rule in rules
    )


def _facts(action: str) -> Facts:
    """What every question about this action has."""
    return {"address": "0.0.0.0:0"} if action == FORWARD else {}
