"""Where a forward leads: a name to addresses, once, and the connection to one of them.

Knows: names, addresses, TCP. Must never know: who asked, what policy says, SSH. Called by
`gateway.ssh.forwarding`. The addresses that were found are the ones that are decided about,
recorded and dialled: a name is never looked up twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import os
import socket
from dataclasses import dataclass

from gateway import relay
from gateway.errors import TargetLost
from gateway.policy import address_of
from gateway.pump import Pump
from gateway.refusals import AddressRefused, AddressUnreachable
from gateway.sides import End

PATIENCE = 10
"""Seconds to find the addresses of a name, and again to reach one of them."""
MOST = 8
"""Addresses of one name."""
WRITE_AHEAD = 256 * 1024
"""Bytes on their way, beyond which the other side is not read."""

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as an IPv6-only network writes them (RFC 6052)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One address to dial."""

    ip: IP
    port: int

    def __str__(self) -> str:
        return address_of(str(self.ip), self.port)


async def find(host: str, port: int) -> list[Place]:
    """The addresses of a name. Raises AddressUnreachable."""
    where = address_of(host, port)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise AddressUnreachable(f"the name in {where} is not found in time") from None
    except (OSError, UnicodeError):
        raise AddressUnreachable(f"the name in {where} is not known here") from None
    places = [Place(ipaddress.ip_address(each[4][0]), port) for each in found]
    return list(dict.fromkeys(places))[:MOST]


def check_elsewhere(place: Place) -> None:
    """Raises AddressRefused for the gateway's own machine and link."""
    for ip in _meanings(place.ip):
        if ip.is_unspecified or ip.is_multicast or ip.is_loopback or ip.is_link_local:
            kind = "no address of one machine" if ip.is_multicast else "this machine or its link"
        elif _ours(ip):
            kind = "an address of the gateway itself"
        else:
            continue
        raise AddressRefused(
            f"{place} is {kind}: only a rule with that very address in it lets a forward go there"
        )


def _meanings(ip: IP) -> list[IP]:
    """The address, and an IPv4 address that it is another spelling of."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return [ip]
    inner = ip.ipv4_mapped or ip.sixtofour
    if ip in _TRANSLATED:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return [ip] if inner is None else [ip, inner]


def _ours(ip: IP) -> bool:
    """Whether this machine has it: only then can something be bound to it."""
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((str(ip), 0))
        return True
    return False


async def dial(places: list[Place], pump: Pump) -> tuple[Outward, Place]:
    """The first that answers. Raises AddressUnreachable."""
    loop = asyncio.get_running_loop()
    problem = "it has no address"
    try:
        async with asyncio.timeout(PATIENCE):
            for place in places:
                try:
                    make = functools.partial(Outward, pump, str(place))
                    _, end = await loop.create_connection(make, str(place.ip), place.port)
                except OSError as error:
                    problem = os.strerror(error.errno).lower() if error.errno else str(error)
                else:
                    return end, place
    except TimeoutError:
        problem = f"no answer within {PATIENCE} s"
    shown = ", ".join(map(str, places))
    raise AddressUnreachable(f"{shown} cannot be reached: {problem}")


class Outward(asyncio.Protocol):
    """The connection: the pump's target side."""

    def __init__(self, pump: Pump, where: str) -> None:
        self._pump = pump
        self._where = where
        self._transport: asyncio.Transport | None = None

    # -- from the loop -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # By its face: uvloop's transports are of no class of asyncio's.
        self._transport = transport  # type: ignore[assignment]
        assert self._transport is not None
        self._transport.set_write_buffer_limits(WRITE_AHEAD)
        # That it stands is written down before anything that it says.
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self._pump.from_target(bytes(data))

    def eof_received(self) -> bool:
        self._pump.arrive(relay.TargetEof(self._pump.now()))
        return True

    def pause_writing(self) -> None:
        self._pump.pause_writing(End.TARGET)

    def resume_writing(self) -> None:
        self._pump.resume_writing(End.TARGET)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        error = None
        if exc is not None:
            error = TargetLost(f"the connection to {self._where} broke: {exc}")
        reason = str(exc) if exc is not None else "it closed the connection"
        self._pump.arrive(relay.TargetGone(self._pump.now(), reason, error))

    # -- the pump's target side --------------------------------------------------------------------

    def write(self, data: bytes, error: bool = False) -> None:  # noqa: ARG002 - it has one input
        if self._transport is not None:
            self._transport.write(data)

    def eof(self) -> None:
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def resize(self, cols: int, rows: int, width: int, height: int) -> None:
        """A stream has no size."""

    def signal(self, signal: str) -> None:
        """Nor a program."""

    def send_break(self, milliseconds: int) -> None:
        """Nor a line."""

    def pause_reading(self) -> None:
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
