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

import contextlib
import hashlib
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal

from recorder.events import Facts

READ_FILE, WRITE_FILE, LIST_FILES = "read-file", "write-file", "list-files"
CHANGE_FILES, LOOK_AT_FILES = "change-files", "look-at-files"
FILE_ACTIONS = (READ_FILE, WRITE_FILE, LIST_FILES, CHANGE_FILES, LOOK_AT_FILES)
"""What can be asked about a file, over SFTP: to read it, write it; to list a folder; to remove,
rename, link or create it other than by writing, or change its attributes; to see its attributes."""

FORWARD = "forward"
"""To be connected to an address that is no target, whose bytes nobody here can read."""

ACTIONS = ("connect", "shell", "exec", "subsystem", *FILE_ACTIONS, FORWARD)
"""What can be asked about a target."""

SFTP = "sftp"
"""In a rule's list: the subsystem of this name, and all of `FILE_ACTIONS`."""

SESSION_ACTIONS = ("sessions", "replay", "watch", "export", "kill")
"""What can be asked about a session, live or over: to list it, play it back, watch it live, take
a copy of it, end it. One's own are allowed where no rule says otherwise, nobody else's are."""

ELSEWHERE = "not the gateway's own surroundings"
"""The obligation of a forward that no rule names by its very address: wherever the name leads, it
must be neither this machine nor its link, where much listens that trusts whoever is there."""

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
    ``terminal``: whether there is one; of an "exec" that moves files ``program``, ``way`` ("read"
    or "written") and ``paths``. For `FILE_ACTIONS` ``operation`` and ``path``, as they were sent.
    For `FORWARD` ``address``: ``host:port``, as `address_of` writes it, and once it is known
    ``resolved``: the same with every address that the name has.
    For `SESSION_ACTIONS` ``session``: its id."""
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
    About forwards, ``addresses`` says whereto; without it a rule that allows is about none, any
    other about all.
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
    addresses: tuple[str, ...] = ()
    """``host:port``; a host may be ``*`` or ``*.name``, a port ``*``."""

    def fits(self, request: Request) -> bool:
        return (
            (_among(request.principal, self.principals) or self._grouped(request.groups))
            and _among(request.target, self.targets)
            and _among(request.account, self.accounts)
            and (_among(request.action, self.actions) or (SFTP in self.actions and _sftp(request)))
            and (not request.owner or self._owned(request))
            and (request.action != FORWARD or self._leads(request.facts))
        )

    def _leads(self, facts: Facts) -> bool:
        """What a name is found to be only ever forbids: else whoever has the name has the rule."""
        if self.effect == "allow":
            places = [facts.get("address")]
        elif not self.addresses:
            return True
        else:
            places = [facts.get("address"), *facts.get("resolved", ())]
        return any(_matches(str(at), pattern) for at in places for pattern in self.addresses)

    def _owned(self, request: Request) -> bool:
        if not self.owners:
            return self.effect != "allow" or request.owner == request.principal
        return _among(request.owner, self.owners)

    def _grouped(self, groups: tuple[str, ...]) -> bool:
        return ANY in self.groups or any(group in self.groups for group in groups)


def _sftp(request: Request) -> bool:
    """Whether this belongs to what rules call `SFTP`."""
    if request.action == "subsystem":
        return request.facts.get("command") == SFTP.encode()
    return request.action in FILE_ACTIONS


def address_of(host: str, port: int) -> str:
    """As rules and recordings have it: names in lower case without a dot behind, IPv6 in brackets
    and in its one short spelling."""
    name = host.lower().removesuffix(".")
    if ":" in name:
        with contextlib.suppress(ValueError):
            name = str(ipaddress.ip_address(name))
        return f"[{name}]:{port}"
    return f"{name}:{port}"


def _matches(address: str, pattern: str) -> bool:
    """``*`` alone is any host at any port."""
    if pattern == ANY:
        return True
    host, _, port = address.rpartition(":")
    wanted_host, _, wanted_port = pattern.rpartition(":")
    if wanted_port not in (ANY, port):
        return False
    if wanted_host.startswith("*."):
        return host.endswith(wanted_host[1:])
    return wanted_host in (ANY, host)


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
        if request.action == FORWARD and not _named(fitting, str(request.facts.get("address"))):
            return Allow(_names(fitting), (ELSEWHERE,))
        return Allow(_names(fitting))
    if about_session:
        if request.owner == request.principal:
            return Allow((OWN,))
        whose = f"{request.action} a session of {request.owner}"
        return Deny((), f"no rule lets {request.principal} {whose}")
    where = f"{request.account}@{request.target}"
    return Deny((), f"no rule allows {request.principal} {request.action} on {where}")


def _named(rules: list[Rule], address: str) -> bool:
    """Whether one of them says this very address: no pattern that happens to fit, and no name,
    since whoever has the name says where it leads."""
    host = address.rpartition(":")[0]
    if host != "localhost" and not _is_ip(host):
        return False
    return any(
        pattern.rpartition(":")[0] == host and _matches(address, pattern)
        for rule in rules
        for pattern in rule.addresses
    )


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _names(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules)


def _reason(rules: list[Rule], otherwise: str) -> str:
    return next((rule.reason for rule in rules if rule.reason), otherwise)
