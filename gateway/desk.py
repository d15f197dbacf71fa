"""What the gateway itself offers: its verbs' common ground, and the bound on what it serves.

Knows: the policies, the logbook, the live sessions, where recordings are, the gateway's own host
keys. Must never know: SSH's wire, who is at the desk just now. Made by `gateway.serve`, one for a
gateway; asked by `gateway.console`.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.approvals import Approvals
from gateway.hold_desk import HoldDesk
from gateway.hold_errors import StateUnavailable
from gateway.identity import Proof, PublicKey
from gateway.live import LiveSessions
from gateway.logbook import Logbook
from gateway.oversight import Oversight
from gateway.policies.point import DecisionPoint
from gateway.refusals import TooMany
from gateway.session import Peer, Reception

MOST = 64
"""Processes that show recordings at one time."""
MOST_EACH = 8
"""Of one principal."""


_PLAIN = re.compile(r"[A-Za-z0-9._:-]+")
"""A host in a pattern of known_hosts that stands for itself alone."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is at the desk, and how they came."""

    proof: Proof
    user: str
    """The SSH user name."""
    peer: Peer
    local: tuple[str, int]
    """The address that they connected to."""
    environment: Sequence[tuple[bytes, bytes]]
    """What their client sent."""


class Desk:
    """One for a gateway."""

    def __init__(
        self,
        *,
        reception: Reception,
        rules: DecisionPoint,
        logbook: Logbook,
        live: LiveSessions,
        store: Path,
        host_keys: Sequence[PublicKey],
        host_cas: Sequence[PublicKey] = (),
        approvals: Approvals | None = None,
    ) -> None:
        self.reception = reception
        self.live = live
        self.store = store
        self._rules = rules
        self._logbook = logbook
        self._host_keys = host_keys
        self._host_cas = host_cas
        self._approvals = approvals
        self._served: Counter[str] = Counter()

    def oversight(self, proof: Proof, address: str) -> Oversight:
        """What this principal may do with sessions."""
        return Oversight(proof, address, self._rules, self._logbook, self.live)

    def holds(self, proof: Proof, address: str) -> HoldDesk:
        """What this principal may do with requests that wait. Raises StateUnavailable where none
        can."""
        if self._approvals is None:
            raise StateUnavailable("this gateway has no state, so nothing can wait for approval")
        return HoldDesk(proof, address, self._rules, self._logbook, self._approvals)

    def known_hosts(self, caller: Caller) -> list[str]:
        """Lines for a client's known_hosts: the gateway's own keys, then those for ssh -J: one for
        each CA of now and next.

        It names what this principal may reach and no more: with ``*`` in it the gateway, or whoever
        takes its CA, could stand in for every host that the client knows.
        """
        host, port = caller.local
        name = host if port == 22 else f"[{host}]:{port}"
        lines = [f"{name} {key}" for key in self._host_keys]
        hosts = [each for each in self.reception.hosts(caller.proof) if _PLAIN.fullmatch(each)]
        if hosts:
            names = ",".join(hosts)
            lines += [f"@cert-authority {names} {each}" for each in self._host_cas]
        return lines

    @contextlib.contextmanager
    def serving(self, principal: str) -> Iterator[None]:
        """While a process shows recordings to this principal. Raises TooMany."""
        if self._served[principal] >= MOST_EACH or self._served.total() >= MOST:
            error = TooMany("too much is being shown already; close one of your viewers")
            facts = {"principal": principal, "error": error.code, "reason": error.operator}
            self._logbook.login_refused(facts)
            raise error
        self._served[principal] += 1
        try:
            yield
        finally:
            self._served[principal] -= 1
            if not self._served[principal]:
                del self._served[principal]
