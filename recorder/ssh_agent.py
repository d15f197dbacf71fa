"""What is said to an ssh-agent, and what it answers: the agent protocol as bytes. Pure.

Knows: draft-ietf-sshm-ssh-agent, the two requests that signing takes. Must never know: sockets.
Called by `replay.agent`, which carries the bytes. The agent is the person's own, but its answers
are read as carefully as any: what is not as it says leaves as `SignatureError`.
"""

from __future__ import annotations

from typing import NamedTuple

from recorder.errors import SignatureError
from recorder.ssh_wire import Fields, string, uint32

MESSAGE_LIMIT = 256 * 1024
"""Bytes of an answer; OpenSSH has the same limit."""
KEYS_LIMIT = 2048
_FAILURE, _REQUEST_IDENTITIES, _IDENTITIES, _SIGN_REQUEST, _SIGNED = 5, 11, 12, 13, 14
_RSA_SHA2_512 = 4


class Identity(NamedTuple):
    """A key that the agent can sign with."""

    public: bytes
    comment: str


def list_request() -> bytes:
    """The message that asks for the keys, with its length."""
    return string(bytes([_REQUEST_IDENTITIES]))


def sign_request(public: bytes, data: bytes) -> bytes:
    """The message that asks for a signature; by an RSA key always rsa-sha2-512."""
    flags = _RSA_SHA2_512 if Fields(public, "a public key").string() == b"ssh-rsa" else 0
    return string(bytes([_SIGN_REQUEST]) + string(public) + string(data) + uint32(flags))


def read_identities(answer: bytes) -> list[Identity]:
    """The keys in an answer (without its length)."""
    fields = _answer(answer, _IDENTITIES, "the agent does not list its keys")
    count = fields.uint32()
    if count > KEYS_LIMIT:
        raise SignatureError("the agent lists more keys than anybody has")
    found = [
        Identity(fields.string(), fields.string().decode("utf-8", "replace")) for _ in range(count)
    ]
    fields.end()
    return found


def read_signature(answer: bytes) -> bytes:
    """The signature in an answer (without its length): format name and blob."""
    fields = _answer(
        answer, _SIGNED, "the agent refused to sign: locked, not confirmed, or not touched in time"
    )
    blob = fields.string()
    fields.end()
    return blob


def _answer(answer: bytes, kind: int, refused: str) -> Fields:
    fields = Fields(answer, "the agent's answer")
    found = fields.take(1)[0]
    if found == _FAILURE:
        raise SignatureError(refused)
    if found != kind:
        raise SignatureError(f"the agent answers something else ({found})")
    return fields
