"""What a client means that asks for a connection through the gateway (direct-tcpip). Pure.

Knows: the destination that was asked for, and what is registered. Must never know: channels, keys,
recordings. Asked by `gateway.ssh.visit`, once for each such channel, before anything is opened;
whatever it does not name is refused there, with an event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.config import Target
from gateway.refusals import NoHostAuthority, UnknownTarget
from gateway.targets import quoted
from recorder.errors import GatereelError

HOST_SIZE = 255


@dataclass(frozen=True, slots=True)
class Destination:
    """What was asked for, as it came."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Terminated:
    """``ssh -J``: a login on a registered target, which the gateway itself answers."""

    asked: Destination
    target: Target


@dataclass(frozen=True, slots=True)
class Forwarded:
    """``ssh -L`` and ``-D``: a connection to an address, which policy decides about."""

    asked: Destination


@dataclass(frozen=True, slots=True)
class Refused:
    error: GatereelError


Direct = Terminated | Forwarded | Refused


def parse_destination(host: bytes, port: int) -> Destination | None:
    """None for what is no host name, no address, or no port."""
    text = host.decode("ascii", "replace")
    if not text or len(text) > HOST_SIZE or not text.isascii() or not 0 < port < 65536:
        return None
    return Destination(text, port) if text.isprintable() and " " not in text else None


def what_is(
    asked: Destination,
    at_gateway: bool,
    vouched: bool,
    registered: Callable[[str, int], Target | None],
) -> Direct:
    """``at_gateway``: the user name addresses the gateway itself. ``vouched``: there is a host CA.
    ``registered`` finds the target that this principal may reach under an address."""
    if not at_gateway:
        return Forwarded(asked)
    target = registered(asked.host, asked.port)
    if target is None:
        return Refused(
            UnknownTarget(
                f"{quoted(str(asked))} is no target for you here; ssh -J goes to targets, by name,"
                " alias or address: ssh GATEWAY lists them",
                operator=f"ssh -J to {str(asked)!r}",
            )
        )
    if not vouched:
        return Refused(
            NoHostAuthority(
                f"this gateway has no host CA for ssh -J; write ssh {target.name}@GATEWAY instead,"
                ' or have [ssh] host_ca = "keys/host_ca" set'
            )
        )
    return Terminated(asked, target)
