"""A request that waits for a second person, as whoever asks, answers and proves must all read it.

Knows: the one spelling of a request, its digest, the words that an approver signs, the JSON in
which a gateway tells of it. Must never know: who may answer, where requests wait, keys. Pure.
Called by `gateway.holds`, by the verbs that approve, and by whoever verifies an approval: what is
signed on one side is spelled the same way on all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recorder.event import Facts

NAMESPACE = "answer@gatereel"
"""Of the SSHSIG: a signature made for anything else is none of an answer."""
FORM = "gatereel-hold-1"
SIGNED_WITHIN = 300 * 1_000_000
"""µs by which an approver's clock may differ from the gateway's."""


def digest_of(
    principal: str, kind: str, action: str, target: str, account: str, facts: Facts
) -> bytes:
    """SHA-256. Two requests that differ in a byte have two digests."""
    parts = [FORM, principal, kind, action, target, account, facts]
    return hashlib.sha256(written(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, with all that it means."""

    approves: bool
    hold: str
    digest: bytes
    expires: int
    gateway: str
    """The run of the gateway at which it waits."""
    by: str
    group: str
    reason: str
    at: int
    """µs since 1970, by the approver's clock where they sign."""

    def statement(self) -> bytes:
        """What an approver signs: one spelling, a line for each, none of which can hold a line."""
        lines = [
            "gatereel-answer-1",
            f"answer: {'approve' if self.approves else 'deny'}",
            f"gateway: {self.gateway}",
            f"hold: {self.hold}",
            f"digest: {self.digest.hex()}",
            f"expires: {self.expires}",
            f"by: {self.by}",
            f"for: {self.group}",
            f"reason: {self.reason}",
            f"at: {self.at}",
        ]
        return "".join(f"{_one_line(line)}\n" for line in lines).encode()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as a gateway tells of it, to one principal."""

    id: str
    principal: str
    kind: str
    action: str
    target: str
    account: str
    facts: Facts
    digest: bytes
    """As the gateway says; whoever is about to approve compares it with `counted`."""
    approvers: tuple[str, ...]
    """All that are wanted: "dba:2"."""
    lacking: tuple[str, ...]
    """And who is yet."""
    signed: bool
    opened: int
    expires: int
    gateway: str
    reason: str = ""
    """Why policy holds it."""
    uncovered: tuple[str, ...] = ()
    session: str = ""
    state: str = "pending"
    you: str = ""
    """As whom the gateway knows whoever asked it."""
    group: str = ""
    """On whose behalf they would answer; empty: they cannot."""
    answers: tuple[tuple[str, str, bool, str], ...] = field(default=())
    """By whom, for which group, whether they approve, and why."""

    def counted(self) -> bytes:
        """The digest of what is told here."""
        return digest_of(
            self.principal, self.kind, self.action, self.target, self.account, self.facts
        )

    def said(self, approves: bool, reason: str, at: int) -> Said:
        """What whoever asked would say."""
        return Said(
            approves, self.id, self.digest, self.expires, self.gateway, self.you, self.group,
            reason, at,
        )  # fmt: skip

    @classmethod
    def from_json(cls, data: object) -> Waiting:
        """From what ``requests --json`` says of one; what is asked for is in ``written``, the
        exact text that the digest is over. Raises ValueError for what is none."""
        try:
            if not isinstance(data, dict):
                raise TypeError
            form, principal, kind, action, target, account, facts = read(_text(data["written"]))
            if form != FORM or not isinstance(facts, dict):
                raise TypeError
            return cls(
                _text(data["id"]),
                *(_text(principal), _text(kind), _text(action), _text(target), _text(account)),
                facts,
                bytes.fromhex(_text(data["digest"])),
                _people(data["approvers"]),
                _people(data["lacking"]),
                bool(data["signed"]),
                int(data["opened"]),
                int(data["expires"]),
                _text(data["gateway"]),
                _text(data.get("reason", "")),
                _texts(data.get("uncovered", [])),
                _text(data.get("session", "")),
                _text(data.get("state", "pending")),
                _text(data.get("you", "")),
                _text(data.get("group", "")),
                tuple(
                    (
                        _text(each["by"]), _text(each["group"]), bool(each["approves"]),
                        _text(each["reason"]),
                    )
                    for each in data.get("answers", [])
                ),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
            raise ValueError("this is no request as a gateway tells of it") from problem


def written(value: Any) -> str:
    """A value of facts as JSON, in one spelling: ASCII, no space, maps as sorted pairs. Bytes are
    ``{"bytes": HEX}``, maps ``{"map": [[KEY, VALUE], ...]}``."""
    return json.dumps(tagged(value), separators=(",", ":"))


def read(text: str) -> Any:
    """From `written`. Raises ValueError, KeyError or TypeError for anything else."""
    return untagged(json.loads(text))


def tagged(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Mapping):
        return {"map": [[str(key), tagged(value[key])] for key in sorted(value, key=str)]}
    if isinstance(value, (list, tuple)):
        return [tagged(each) for each in value]
    return value


def untagged(value: Any) -> Any:
    """From `tagged`."""
    if isinstance(value, list):
        return [untagged(each) for each in value]
    if isinstance(value, dict):
        if "bytes" in value:
            return bytes.fromhex(value["bytes"])
        return {str(key): untagged(each) for key, each in value["map"]}
    return value


def _one_line(text: str) -> str:
    """Reasons are printable where they are taken; here it must hold for what a state says too."""
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(_text, value))


def _people(value: object) -> tuple[str, ...]:
    """Pairs of a group and how many of it."""
    if not isinstance(value, list):
        raise TypeError
    return tuple(f"{_text(group)}:{int(count)}" for group, count in value)
