"""What policy is asked, and what it answers. Pure.

Knows: a request's facts, verdicts and what they oblige to. Must never know: sockets, clocks, files,
how a request came about, in which language policies are written (`gateway.policies`), or what is
done about the answer. Asked by `gateway.session` (connect), by `gateway.oversight` (sessions) and,
through `gateway.pump`, by every relay's `Ask`.

Nothing is allowed that no policy allows; one that forbids wins over one that holds, which wins over
one that allows.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

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
"""The subsystem of this name; in policies, the group of it and all of `FILE_ACTIONS`."""

SQL_ACTIONS = tuple(
    f"sql:{verb}"
    for verb in ("select", "insert", "update", "delete", "copy", "define", "call", "unknown")
)
KUBE_ACTIONS = tuple(
    f"kube:{verb}"
    for verb in (
        *("get", "list", "watch", "create", "update", "patch", "delete"),
        *("exec", "attach", "port-forward", "logs", "unknown"),
    )
)
"""What policies may speak of already, for bridges to ask about."""

UNMASK = "unmask"
"""To see values of a data class as they are."""
APPROVE = "approve"
"""To answer somebody's request that is held."""

SESSION_ACTIONS = ("sessions", "replay", "watch", "export", "kill")
"""What can be asked about a session, live or over: to list it, play it back, watch it live, take
a copy of it, end it. One's own are allowed where no policy says otherwise, nobody else's are."""

ELSEWHERE = "not the gateway's own surroundings"
"""The obligation of a forward that no policy's ``@nearby`` names by its very address: wherever the
name leads, it must be neither this machine nor its link, where much listens that trusts whoever is
there."""

OWN = "own-sessions"
"""The policy that every set has: whoever a session belongs to may look at it and end it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a target is, as far as policies may rest on it."""

    kind: str = "ssh"
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted by name."""
    data: tuple[str, ...] = ()
    """The data classes that are to be masked there."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How and when somebody asks."""

    at: int = 0
    """Microseconds since 1970, UTC."""
    offset: int = 0
    """Seconds that the gateway's own zone is ahead of UTC then."""
    source: str = ""
    """The client's IP address; empty where it is not known."""
    method: str = ""
    """How the principal was proven: "publickey"."""
    ticket: str = ""
    reason: str = ""
    approvals: tuple[str, ...] = ()
    """Groups on whose behalf somebody has approved this very request, one for each approver."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what, where. ``facts`` are what else a decision may rest on."""

    principal: str
    kind: str
    """ "person" or "workload"."""
    groups: tuple[str, ...]
    action: str
    """One of `ACTIONS`, `SESSION_ACTIONS` and the others above."""
    target: str
    """Of a session: where it was, and as which login."""
    account: str
    facts: Facts = field(default_factory=dict)
    """For "exec" and "subsystem" ``command``: the exact bytes. For "shell" and "exec"
    ``terminal``: whether there is one; of an "exec" that moves files ``program``, ``way`` ("read"
    or "written") and ``paths``. For `FILE_ACTIONS` ``operation`` and ``path``, as they were sent.
    For `FORWARD` ``address``: ``host:port``, as `address_of` writes it, and once it is known
    ``resolved``: the same with every address that the name has. For `UNMASK` ``class``. For
    `APPROVE` ``requester`` and ``asked``, the action. For `SESSION_ACTIONS` ``session``: its id."""
    owner: str = ""
    """For `SESSION_ACTIONS`: whose session it is. Empty for all others."""
    place: Place = Place()
    when: Circumstances = Circumstances()


@dataclass(frozen=True, slots=True)
class Allow:
    rules: tuple[str, ...]
    """The ids of the policies that decided."""
    obligations: tuple[str, ...] = ()
    """What must be done about it (``kind:value``); who cannot do it denies."""
    basis: Facts = field(default_factory=dict, compare=False)
    """What it was decided on, for the record: `gateway.policies.evidence`."""


@dataclass(frozen=True, slots=True)
class Deny:
    rules: tuple[str, ...]
    reason: str
    basis: Facts = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Approvers:
    """So many different members of this group must approve."""

    group: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Terms:
    """When a hold counts as approved: all of this must be so."""

    approvers: tuple[Approvers, ...] = ()
    """Of every group named by any deciding policy, the largest number; sorted by group."""
    signed: bool = False
    """Each approval must carry the approver's own signature."""
    expires: int = 900
    """Seconds that it may wait: the least that any deciding policy says."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Allowed once it is approved, then with these obligations."""

    rules: tuple[str, ...]
    reason: str
    terms: Terms = Terms()
    obligations: tuple[str, ...] = ()
    basis: Facts = field(default_factory=dict, compare=False)


Verdict = Allow | Deny | Hold


def place_of(kind: str, labels: Mapping[str, str], data: tuple[str, ...] = ()) -> Place:
    return Place(kind, tuple(sorted(labels.items())), tuple(sorted(data)))


def address_of(host: str, port: int) -> str:
    """As policies and recordings have it: names in lower case without a dot behind, IPv6 in
    brackets and in its one short spelling."""
    name = host.lower().removesuffix(".")
    if ":" in name:
        with contextlib.suppress(ValueError):
            name = str(ipaddress.ip_address(name))
        return f"[{name}]:{port}"
    return f"{name}:{port}"
