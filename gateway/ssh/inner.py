"""The far end of ``ssh -J``: the login on a target, answered inside the gateway.

Knows: the connection that it runs in, whose it is, which target was asked for. Must never know:
policy's rules, what goes through a channel. Made by `gateway.ssh.server` for each destination that
`gateway.ssh.direct` lets through.

The client's own SSH connection to the target ends here, so everything in it is decided about and
recorded as usual. Its host certificate is for the very name that was asked for. A login needs one
of the outer principal's own keys: being inside their connection proves nothing, since a forwarded
port of theirs may be open to others on their machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import cast

import asyncssh

from gateway.config import GATEWAY_NAME
from gateway.identity import PublicKey
from gateway.session import Peer
from gateway.ssh.authority import HostAuthority
from gateway.ssh.connection import GateConnection
from gateway.ssh.direct import Terminated
from gateway.ssh.door import Door
from gateway.ssh.passage import Passage
from gateway.ssh.settings import server_options
from gateway.ssh.stay import Stay
from gateway.ssh.visit import Visit
from recorder.errors import GatereelError
from recorder.events import Facts


class InnerVisit(Visit):
    """A connection inside another one, of the same principal."""

    def __init__(self, outer: Visit, direct: Terminated) -> None:
        super().__init__(outer.listener)
        self._outer = outer
        self._direct = direct

    # -- as of any visit, with what is fixed from outside ------------------------------------------

    def connected(self, connection: GateConnection) -> None:
        """It counts as nothing of its own, and comes from where the outer one comes from."""
        self._connection = connection
        connection.watcher = self
        self._peer = Peer(self._outer.peer.address, "", str(self._direct.asked))

    def lost(self, problem: Exception | None) -> None:
        self._outer.inner.discard(self)
        super().lost(problem)

    def offered(self, key: PublicKey) -> bool:
        assert self._outer.proof is not None
        owner = self.listener.register.owner(key)
        if owner is not None and owner != self._outer.proof.principal:
            # As if it were nobody's: whose it is is not told.
            return self.unregistered(key)
        return super().offered(key)

    def proven(self, key: PublicKey, user: str) -> bool:
        outer = self._outer.proof
        proof = self.listener.register.proven(key, "" if outer is None else outer.source)
        if not user or proof is None or outer is None or self.proof is not None:
            return False
        if user != self._user or proof.principal != outer.principal:
            return False
        self.proof = proof
        self._outer._told = True
        return True

    @property
    def at_gateway(self) -> bool:
        return False

    @property
    def stay(self) -> Stay:
        if self._stay is None:
            self._stay = self._new_stay(self._meant(), self._over)
        return self._stay

    def _refusal(self, error: GatereelError) -> Facts:
        assert self._outer.proof is not None
        outer = self._outer.proof.principal.name
        return {**super()._refusal(error), "principal": outer, "jump": self._peer.jump}

    def _meant(self) -> str:
        """``account@target``. A client that was told no account sends the name of whoever runs it,
        as it did outside: then it is the target's only one."""
        assert self._outer.proof is not None
        target, user = self._direct.target, self._user
        unnamed = (self._outer.user, self._outer.proof.principal.name, GATEWAY_NAME)
        if user not in target.accounts and user in unnamed:
            return target.name
        return f"{user}@{target.name}"


def terminate(
    outer: Visit, connection: GateConnection, direct: Terminated, authority: HostAuthority
) -> tuple[Passage, Awaitable[asyncssh.SSHTCPSession[bytes]]]:
    """The channel that was asked for, and the SSH server at its end."""
    loop = asyncio.get_running_loop()
    visit = InnerVisit(outer, direct)
    outer.inner.add(visit)

    async def answer() -> asyncssh.SSHTCPSession[bytes]:
        try:
            options = await asyncio.to_thread(
                lambda: server_options(
                    outer.listener.settings,
                    authority.pairs(direct.asked.host),
                    lambda: Door(visit),
                )
            )
        except BaseException:
            outer.inner.discard(visit)
            raise
        inner = GateConnection(loop, options, connection.place)
        # The library runs connections in channels itself, and calls what they share.
        return cast("asyncssh.SSHTCPSession[bytes]", inner)

    return Passage(connection, loop), answer()
