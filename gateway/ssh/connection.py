"""The library's server connection, closed by default: what is not named here is refused.

Knows: which channel types and global requests there are, and the moment at which a client has
proven a key. Must never know: policy, sessions, recordings; it tells a `Watcher`. Made by
`gateway.ssh.server`, one for each connection.

The library would answer much more than is wanted (forwardings, agents, tunnels), each through a
handler of its own that is found by name. Here everything outside the short lists below is refused
before the library looks at it, so that a later version cannot open a door by growing a handler.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol, cast

import asyncssh
from asyncssh.constants import (
    MSG_CHANNEL_OPEN,
    MSG_GLOBAL_REQUEST,
    MSG_REQUEST_FAILURE,
    OPEN_ADMINISTRATIVELY_PROHIBITED,
)
from asyncssh.packet import PacketDecodeError, SSHPacket

from gateway.identity import PublicKey
from gateway.limits import Pass
from gateway.refusals import NotOffered
from gateway.ssh.channel import DETAIL
from gateway.ssh.direct import Destination, parse_destination
from gateway.ssh.pacing import PacedConnection
from gateway.ssh.passage import Passage
from gateway.ssh.settings import SIGNATURES

CHANNELS = frozenset({b"session"})
"""Channel types that a client may open."""
DIRECT = b"direct-tcpip"
"""What ``ssh -J`` and port forwardings ask for: looked at one by one, most are refused."""

GLOBAL_REQUESTS = frozenset({b"keepalive@openssh.com"})
"""Global requests that the library may answer."""

PROVE = b"hostkeys-prove-00@openssh.com"
"""A client wants the keys proven that it was told of: each is a signature."""
PROOFS = 2
"""Times that a client gets it, for ``PROVED`` bytes of keys."""
PROVED = 8192

SILENT_REQUESTS = frozenset({b"no-more-sessions@openssh.com", PROVE, b"keepalive@openssh.com"})
"""Global requests that every client sends in passing: refused or answered without an event."""


class Watcher(Protocol):
    """Who is told what happened on a connection."""

    def proven(self, key: PublicKey, user: str) -> bool:
        """The client has signed with this key; False refuses the login all the same."""
        ...

    def refused(self, what: str, detail: bytes) -> None:
        """The client asked for something that is not offered."""
        ...

    def passage(
        self, asked: Destination
    ) -> tuple[Passage, Awaitable[asyncssh.SSHTCPSession[bytes]]]:
        """The client asked for a connection to there. Raises ChannelOpenError."""
        ...


class GateConnection(PacedConnection, asyncssh.SSHServerConnection):
    """One client connection."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        options: asyncssh.SSHServerConnectionOptions,
        place: Pass,
    ) -> None:
        super().__init__(loop, options)
        self.watcher: Watcher | None = None
        self.place = place
        """Where it is counted."""
        self._signed: tuple[object, PublicKey] | None = None
        self._proofs = 0

    def _get_extra_kex_algs(self) -> list[bytes]:
        """A client that guesses the exchange (dropbear's) sends its first part at once. The library
        takes that part where the guess is what is agreed on, which is not the standard's rule but
        this name's; without the name the client sends it again, to its end."""
        return [*super()._get_extra_kex_algs(), b"kexguess2@matt.ucc.asn.au"]

    @property
    def strict_key_exchange(self) -> bool:
        """Whether both sides reset sequence numbers and refuse stray packets (Terrapin)."""
        return self._strict_kex

    @property
    def user(self) -> str:
        """The user name that the library goes by now."""
        return self._username

    @property
    def client_software(self) -> str:
        return self._client_version.decode("utf-8", "replace")

    # -- login: the proof is the signature that the library has checked, of this very attempt ---

    async def validate_public_key(
        self, username: str, key_data: bytes, msg: bytes, signature: bytes
    ) -> bool:
        attempt = self.auth
        if msg and _first_string(signature) not in _SIGNATURES:
            return False
        valid = await super().validate_public_key(username, key_data, msg, signature)
        if valid and msg:
            algorithm = _first_string(key_data).decode("ascii", "replace")
            self._signed = (attempt, PublicKey(algorithm, key_data))
        return valid

    async def send_userauth_success(self) -> None:
        """Lets nobody in whose proof was not made by the attempt that now succeeds."""
        signed, self._signed = self._signed, None
        if signed is None or signed[0] is not self.auth or self.watcher is None:
            raise asyncssh.PermissionDenied("login without a proof")
        if not self.watcher.proven(signed[1], self.user):
            raise asyncssh.PermissionDenied("login refused")
        await super().send_userauth_success()

    # -- closed by default ------------------------------------------------------------------------

    def _gate_channel_open(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        kind, rest = _peek(packet)
        if kind in CHANNELS:
            self._process_channel_open(pkttype, pktid, packet)
            return
        if kind == DIRECT and _destination(rest) is not None:
            self._process_channel_open(pkttype, pktid, packet)
            return
        packet.get_string()
        sender = packet.get_uint32()
        self._refuse(f"channel {_shown(kind)}", rest)
        self.send_channel_open_failure(
            sender,
            OPEN_ADMINISTRATIVELY_PROHIBITED,
            f"{NotOffered.code}: the gateway does not offer {_shown(kind)} channels",
            "en-US",
        )

    def _process_direct_tcpip_open(
        self, packet: SSHPacket
    ) -> tuple[Passage, asyncssh.SSHTCPSession[bytes]]:
        """In place of the library's own, which would connect to wherever it is told to."""
        host, port = packet.get_string(), packet.get_uint32()
        asked = parse_destination(host, port)
        if asked is None or self.watcher is None:
            raise asyncssh.ChannelOpenError(OPEN_ADMINISTRATIVELY_PROHIBITED, "no destination")
        channel, session = self.watcher.passage(asked)
        # Awaited by the library, which says so of its own handlers only.
        return channel, cast("asyncssh.SSHTCPSession[bytes]", session)

    def _gate_global_request(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        kind, rest = _peek(packet)
        self._proofs += kind == PROVE
        proves = kind == PROVE and self._proofs <= PROOFS and len(rest) <= PROVED
        if kind in GLOBAL_REQUESTS or proves:
            self._process_global_request(pkttype, pktid, packet)
            return
        packet.get_string()
        wants_reply = packet.get_boolean()
        if kind not in SILENT_REQUESTS:
            self._refuse(f"request {_shown(kind)}", rest)
        if wants_reply:
            self.send_packet(MSG_REQUEST_FAILURE)

    def _refuse(self, what: str, detail: bytes) -> None:
        if self.watcher is not None:
            self.watcher.refused(what, detail[:DETAIL])

    _packet_handlers = {  # noqa: RUF012 - as the library has it
        **asyncssh.SSHServerConnection._packet_handlers,
        MSG_CHANNEL_OPEN: _gate_channel_open,
        MSG_GLOBAL_REQUEST: _gate_global_request,
    }


_SIGNATURES = frozenset(name.encode() for name in SIGNATURES)


def _peek(packet: SSHPacket) -> tuple[bytes, bytes]:
    """The name that a packet begins with, and what follows it; consumes nothing."""
    payload = packet.get_remaining_payload()
    name = _first_string(payload)
    if not name:
        raise PacketDecodeError("Incomplete packet")
    return name, payload[4 + len(name) :]


def _first_string(data: bytes) -> bytes:
    length = int.from_bytes(data[:4], "big")
    return data[4 : 4 + length] if len(data) - 4 >= length else b""


def _destination(opening: bytes) -> Destination | None:
    """Of a direct-tcpip, after its name: three numbers, then host, port, and where it came from."""
    packet = SSHPacket(opening)
    try:
        for _ in range(3):
            packet.get_uint32()
        host, port = packet.get_string(), packet.get_uint32()
        packet.get_string()
        packet.get_uint32()
        packet.check_end()
    except PacketDecodeError:
        return None
    return parse_destination(host, port)


def _shown(name: bytes) -> str:
    text = name[:64].decode("ascii", "replace")
    return "".join(c if c.isprintable() else "?" for c in text)
