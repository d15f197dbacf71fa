"""A terminal channel for tests: who asks for it, and how it gets to where bytes flow."""

from __future__ import annotations

from gateway.policy import Allow, Request
from gateway.relay import Answered, Opened, TargetOpened, TerminalSpec
from gateway.wire.terminal import KeepTyped, TerminalRelay
from tests.gateway.playbook import Playbook

SUBJECT = Request("alice", "person", ("sre",), "connect", "web1", "root", {"address": "::1"})
ALLOW = Allow(("sre",))
PTY = TerminalSpec("xterm", 80, 24, 0, 0, b"\x00")
CH = 3


def relay(keep: KeepTyped = KeepTyped.ECHOED) -> TerminalRelay:
    return TerminalRelay(CH, SUBJECT, "0192-abc", keep=keep)


def opened(
    kind: str = "shell",
    command: bytes = b"",
    pty: bool = True,
    environment: list[tuple[bytes, bytes]] | None = None,
) -> Opened:
    return Opened(1, kind, command, PTY if pty else None, environment or [])


def running(kind: str = "shell", pty: bool = True, keep: KeepTyped = KeepTyped.ECHOED) -> Playbook:
    """A channel whose target is there."""
    book = Playbook(relay(keep))
    book.send(opened(kind, b"" if kind == "shell" else b"cmd", pty))
    book.send(Answered(2, 1, ALLOW), TargetOpened(3))
    book.effects.clear()
    return book
