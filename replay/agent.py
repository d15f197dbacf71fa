"""The person's ssh-agent, as keys that sign: a socket around `recorder.ssh_agent`.

Knows: ``$SSH_AUTH_SOCK`` and Unix sockets. Must never know: what is signed. Called where a case is
signed. It is here and not in the recorder, which opens no socket of any kind.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from recorder import ssh_agent
from recorder.errors import SignatureError
from recorder.sshsig import fingerprint

VARIABLE = "SSH_AUTH_SOCK"
PATIENCE = 60.0
"""Seconds for an answer: somebody may have to confirm, or to touch a key."""
Exchange = Callable[[bytes], bytes]
"""Sends one message and gives the answer to it, without its length."""


@dataclass(frozen=True, slots=True)
class AgentSigner:
    """One key of the agent."""

    public: bytes
    comment: str
    exchange: Exchange

    def sign(self, data: bytes) -> bytes:
        return ssh_agent.read_signature(self.exchange(ssh_agent.sign_request(self.public, data)))


def agent_signers(path: str | None = None) -> list[AgentSigner]:
    """The agent's keys that sign for themselves, certificates left out. Raises
    `SignatureError`."""
    path = path or os.environ.get(VARIABLE, "")
    if not path:
        raise SignatureError(f"no ssh-agent is running here: ${VARIABLE} is not set")

    def exchange(message: bytes) -> bytes:
        return _exchange(path, message)

    found = ssh_agent.read_identities(exchange(ssh_agent.list_request()))
    return [
        AgentSigner(public, comment, exchange)
        for public, comment in found
        if b"-cert-v01@" not in public[:80]
    ]


def choose(signers: list[AgentSigner], wanted: bytes | str | None) -> AgentSigner:
    """The one key that is meant: by its public key, a part of its fingerprint or comment, or the
    only one there is. Raises `SignatureError`."""
    if wanted is None:
        fits = signers
    elif isinstance(wanted, bytes):
        fits = [s for s in signers if s.public == wanted]
    else:
        fits = [s for s in signers if wanted in fingerprint(s.public) or wanted in s.comment]
    if len(fits) == 1:
        return fits[0]
    if not signers:
        raise SignatureError("the ssh-agent holds no key: `ssh-add` gives it one")
    if not fits:
        raise SignatureError("the ssh-agent does not hold that key: `ssh-add -l` lists its keys")
    raise SignatureError(
        f"the ssh-agent holds {len(fits)} keys that fit: say which with --key FILE.pub"
    )


def _exchange(path: str, message: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(path)
            connection.sendall(message)
            size = int.from_bytes(_receive(connection, 4), "big")
            if not 0 < size <= ssh_agent.MESSAGE_LIMIT:
                raise SignatureError("the ssh-agent's answer is longer than any can be")
            return _receive(connection, size)
    except OSError as error:
        reason = "it does not answer" if isinstance(error, TimeoutError) else error.strerror
        raise SignatureError(
            f"the ssh-agent cannot be used: {reason or error}", operator=repr(error)
        ) from error


def _receive(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 16))
        if not part:
            raise SignatureError("the ssh-agent hung up")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
