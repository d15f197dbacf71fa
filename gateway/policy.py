"""The one decision point: may this principal do this there? Pure.

Knows: a request's facts and the rules. Must never know: sockets, clocks, files, how a request
came about, or what is done about the answer. Called by `gateway.session` (connect) and, through
`gateway.pump`, by every relay's `Ask`.

`Request` and `Verdict` are the shape that stays. The table of rules is a first policy language:
what lies between `decide`'s argument and its answer can be replaced without anybody noticing.
Nothing is allowed that no rule allows; a rule that denies wins over one that holds, which wins
over one that allows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal

from recorder.events import Facts

ACTIONS = ("connect", "shell", "exec", "subsystem")
"""What can be asked."""

ANY = "*"
"""In a rule's list: everything."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what, where. ``facts`` are what else a decision may rest on."""

    principal: str
    kind: str
    """ "person" or "workload"."""
    groups: tuple[str, ...]
    action: str
    """One of `ACTIONS`."""
    target: str
    account: str
    facts: Facts = field(default_factory=dict)
    """For "exec" and "subsystem" ``command``: the exact bytes. For "shell" and "exec"
    ``terminal``: whether there is one."""


@dataclass(frozen=True, slots=True)
class Allow:
    rules: tuple[str, ...]
    obligations: tuple[str, ...] = ()
    """What must be done to the answer on its way back (mask, limit); who cannot do it denies."""


@dataclass(frozen=True, slots=True)
class Deny:
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    rules: tuple[str, ...]
    reason: str


Verdict = Allow | Deny | Hold


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. A list that is empty fits nothing; ``*`` in it fits everything.

    It applies to whoever is named in ``principals`` or is in one of ``groups``.
    """

    name: str
    principals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    effect: Literal["allow", "deny", "hold"] = "allow"
    reason: str = ""

    def fits(self, request: Request) -> bool:
        return (
            (_among(request.principal, self.principals) or self._grouped(request.groups))
            and _among(request.target, self.targets)
            and _among(request.account, self.accounts)
            and _among(request.action, self.actions)
        )

    def _grouped(self, groups: tuple[str, ...]) -> bool:
        return ANY in self.groups or any(group in self.groups for group in groups)


def _among(value: str, names: tuple[str, ...]) -> bool:
    return ANY in names or value in names


class RuleTable:
    """The rules in force."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)

    def digest(self) -> bytes:
        """SHA-256 over the rules, the same for the same rules in the same order."""
        rows = [asdict(rule) for rule in self.rules]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).digest()

    def decide(self, request: Request) -> Verdict:
        return decide(self, request)


def decide(table: RuleTable, request: Request) -> Verdict:
    """The verdict, with the names of all the rules that made it."""
    if request.action not in ACTIONS:
        return Deny((), f'there is no action "{request.action}"')
    fitting = [rule for rule in table.rules if rule.fits(request)]
    denying = [rule for rule in fitting if rule.effect == "deny"]
    if denying:
        return Deny(_names(denying), _reason(denying, "a rule forbids it"))
    holding = [rule for rule in fitting if rule.effect == "hold"]
    if holding:
        return Hold(_names(holding), _reason(holding, "a second person must approve it"))
    if fitting:
        return Allow(_names(fitting))
    where = f"{request.account}@{request.target}"
    return Deny((), f"no rule allows {request.principal} {request.action} on {where}")


def _names(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules)


def _reason(rules: list[Rule], otherwise: str) -> str:
    return next((rule.reason for rule in rules if rule.reason), otherwise)
