"""What a configuration that is right will still not do: notes for whoever wrote it. Pure.

Knows: principals, targets and rules together. Must never know: files, keys, what is running. Called
by ``gatereel check``. A note is no problem: a gateway starts with all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.config import Config
from gateway.identity import Principal
from gateway.policy import ACTIONS, ANY, Deny, Request, Rule, RuleTable


def notes(config: Config) -> list[str]:
    """One line each, most striking first."""
    found = []
    if not config.principals:
        found.append("nobody can come in: there is no principal with a key")
    found += _alike(principal.name for principal in config.principals)
    rules = RuleTable(config.rules)
    for principal in config.principals:
        opened = {
            action
            for target in config.targets
            for account in target.accounts
            for action in ACTIONS
            if not isinstance(
                rules.decide(
                    Request(
                        principal.name,
                        principal.kind,
                        tuple(principal.groups),
                        action,
                        target.name,
                        account,
                    )
                ),
                Deny,
            )
        }
        if not opened and not _about_others(config.rules, principal):
            found.append(f"{principal.name} can come in, but no rule lets them open anything")
        elif opened and "connect" not in opened:
            found.append(f"{principal.name} is let open things, but no rule lets them connect")
        elif opened == {"connect"}:
            found.append(f"{principal.name} may connect, but no rule lets them run anything")
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
    """Whether a rule lets this principal look at the sessions of others, as an auditor does."""
    return any(
        rule.owners
        and rule.effect != "deny"
        and (
            principal.name in rule.principals
            or ANY in rule.principals
            or set(rule.groups) & {ANY, *principal.groups}
        )
        for rule in rules
    )
