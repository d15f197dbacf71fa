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
"""What can be asked about a target."""

SESSION_ACTIONS = ("sessions", "replay", "watch", "export", "kill")
"""What can be asked about a session, live or over: to list it, play it back, watch it live, take
a copy of it, end it. One's own are allowed where no rule says otherwise, nobody else's are."""

OWN = "one's own session"
"""What a verdict names where no rule was needed."""

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
    """One of `ACTIONS` or `SESSION_ACTIONS`."""
    target: str
    """Of a session: where it was, and as which login."""
    account: str
    facts: Facts = field(default_factory=dict)
    """For "exec" and "subsystem" ``command``: the exact bytes. For "shell" and "exec"
    ``terminal``: whether there is one. For `SESSION_ACTIONS` ``session``: its id."""
    owner: str = ""
    """For `SESSION_ACTIONS`: whose session it is. Empty for `ACTIONS`."""


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

    It applies to whoever is named in ``principals`` or is in one of ``groups``. About sessions,
    ``owners`` says whose; without it a rule that allows is about one's own alone (so that a rule
    which allows everything on a target opens nobody's recordings), any other about everybody's.
    """

    name: str
    principals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    effect: Literal["allow", "deny", "hold"] = "allow"
    reason: str = ""
    owners: tuple[str, ...] = ()

    def fits(self, request: Request) -> bool:
        return (
            (_among(request.principal, self.principals) or self._grouped(request.groups))
            and _among(request.target, self.targets)
            and _among(request.account, self.accounts)
            and _among(request.action, self.actions)
            and (not request.owner or self._owned(request))
        )

    def _owned(self, request: Request) -> bool:
        if not self.owners:
            return self.effect != "allow" or request.owner == request.principal
        return _among(request.owner, self.owners)

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
    about_session = request.action in SESSION_ACTIONS
    if about_session != bool(request.owner) or not (about_session or request.action in ACTIONS):
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
    if about_session:
        if request.owner == request.principal:
            return Allow((OWN,))
        whose = f"{request.action} a session of {request.owner}"
        return Deny((), f"no rule lets {request.principal} {whose}")
    where = f"{request.account}@{request.target}"
    return Deny((), f"no rule allows {request.principal} {request.action} on {where}")


def _names(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules)


def _reason(rules: list[Rule], otherwise: str) -> str:
    return next((rule.reason for rule in rules if rule.reason), otherwise)
