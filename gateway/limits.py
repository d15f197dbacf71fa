"""How many may be inside at once, and how long and how much one session may take. Pure counting.

Knows: addresses, principals' names, numbers. Must never know: sockets, clocks, protocols. Called
by each bridge's listener: `Turnstile.arrive` for every connection, before anything is read from
it; `Pass.prove` at the moment of proof; `Pass.leave` at the end, whatever happened. By
`gateway.doorstep`: `Turnstile.sit` for every session, of which one connection may hold several
(`ssh -J`, picks from the list). The values are read by `gateway.operation`.

A refusal is a `TooMany`, whose line says which bound it was and what to do. Nobody who is inside
is ever put out by somebody who arrives. An IPv6 address counts as its /64, of which whoever has
one address usually has all.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass

from gateway.refusals import TooMany


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds at one time; each at least 1."""

    unproven: int = 100
    """Connections of which nobody has proven who they are, from everywhere."""
    unproven_per_address: int = 50
    """Of these, from one address: whoever knocks all the time keeps nobody else out."""
    per_address: int = 200
    """Connections from one address, proven or not."""
    per_principal: int = 200
    """Connections of one principal."""
    connections: int = 2000
    """Proven connections, of everybody."""
    sessions: int = 2000
    """Sessions at targets, of everybody."""
    sessions_per_principal: int = 200
    """Of these, one principal's."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one session."""

    idle: int = 0
    """Seconds without a sign of life after which it ends; 0: never."""
    total: int = 0
    """Seconds after which it ends in any case; 0: never."""
    patience: int = 10
    """Seconds that it may wait while recording is interrupted."""
    window: int = 2 * 1024 * 1024
    """Bytes that a peer may send on a channel before it has to wait."""
    queue: int = 1024 * 1024
    """Bytes of one direction that wait to be recorded, beyond which reading pauses."""


class Turnstile:
    """Who is inside."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        """May be replaced at any time: what is inside stays."""
        self.room: int | None = None
        """Connections that this process can hold at all, where that is known."""
        self._unproven = 0
        self._proven = 0
        self._strangers: Counter[str] = Counter()
        """Those who have proven nothing, by address."""
        self._addresses: Counter[str] = Counter()
        self._principals: Counter[str] = Counter()
        self._seats: Counter[str] = Counter()
        """Sessions, by principal."""

    @property
    def unproven(self) -> int:
        return self._unproven

    @property
    def proven(self) -> int:
        return self._proven

    def arrive(self, address: str) -> Pass:
        """A connection from this address (as text, without a port). Raises TooMany."""
        limits, origin = self.limits, origin_of(address)
        if self.room is not None and self._unproven + self._proven >= self.room:
            raise TooMany(
                "the gateway is full; try again when others have left",
                operator=f"there are open files for {self.room} connections: raise LimitNOFILE",
            )
        if (
            self._unproven >= limits.unproven
            or self._strangers[origin] >= limits.unproven_per_address
        ):
            raise TooMany("too many are logging in just now; try again in a moment")
        if self._addresses[origin] >= limits.per_address:
            raise TooMany(
                f"at most {limits.per_address} connections from {origin} at a time; close one,"
                " or share one (ssh -o ControlMaster=auto)"
            )
        self._unproven += 1
        self._strangers[origin] += 1
        self._addresses[origin] += 1
        return Pass(self, origin)

    def sit(self, principal: str) -> Seat:
        """A session of this principal. Raises TooMany."""
        limits = self.limits
        if self._seats[principal] >= limits.sessions_per_principal:
            raise TooMany(
                f"{principal} has {self._seats[principal]} sessions open and may have"
                f" {limits.sessions_per_principal}; end one (ssh GATEWAY sessions lists them)"
            )
        if self._seats.total() >= limits.sessions:
            raise TooMany(
                "there are as many sessions as there may be; try again when one has ended"
            )
        self._seats[principal] += 1
        return Seat(self, principal)

    def _prove(self, origin: str, principal: str) -> None:
        limits = self.limits
        if self._principals[principal] >= limits.per_principal:
            raise TooMany(
                f"{principal} has {self._principals[principal]} connections open and may have"
                f" {limits.per_principal}; close one, or share one (ssh -o ControlMaster=auto)"
            )
        if self._proven >= limits.connections:
            raise TooMany("the gateway is full; try again when others have left")
        self._unproven -= 1
        _take(self._strangers, origin)
        self._proven += 1
        self._principals[principal] += 1

    def _leave(self, origin: str, principal: str | None) -> None:
        _take(self._addresses, origin)
        if principal is None:
            self._unproven -= 1
            _take(self._strangers, origin)
        else:
            self._proven -= 1
            _take(self._principals, principal)


class Pass:
    """One connection's place."""

    def __init__(self, turnstile: Turnstile, origin: str) -> None:
        self._turnstile = turnstile
        self._origin = origin
        self._principal: str | None = None
        self._left = False

    def prove(self, principal: str) -> None:
        """It is this principal's. Raises TooMany; then it still counts as unproven."""
        if self._principal is not None or self._left:
            raise ValueError("a connection is proven once, while it is there")
        self._turnstile._prove(self._origin, principal)
        self._principal = principal

    def leave(self) -> None:
        """It is gone; said twice, it counts once."""
        if not self._left:
            self._left = True
            self._turnstile._leave(self._origin, self._principal)


class Seat:
    """One session's."""

    def __init__(self, turnstile: Turnstile, principal: str) -> None:
        self._turnstile = turnstile
        self._principal = principal
        self._left = False

    def leave(self) -> None:
        """It has ended; said twice, it counts once."""
        if not self._left:
            self._left = True
            _take(self._turnstile._seats, self._principal)


def origin_of(address: str) -> str:
    """What counts as one address: an IPv4 address, an IPv6 /64, or the text itself where it is
    neither (a socket in the file system)."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def _take(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
