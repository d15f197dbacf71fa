"""An SFTP relay for tests: how it gets to where files are open, and what it answers itself."""

from __future__ import annotations

from gateway.policy import Deny
from gateway.relay import (
    Answered,
    Ask,
    Effect,
    FromClient,
    FromTarget,
    Opened,
    TargetOpened,
    ToClient,
    ToTarget,
)
from gateway.wire.sftp_packets import Framer, parse_reply
from gateway.wire.sftp_relay import SftpRelay
from tests.gateway.playbook import Playbook
from tests.gateway.wire import sftp_bytes as b
from tests.gateway.wire.channel import ALLOW, CH, SUBJECT

OPENED = Opened(1, "subsystem", b"sftp", None, ())
DENY = Deny(("no",), "not this one")


def running(keep: int | None = None) -> Playbook:
    """Both sides have said which version they speak."""
    book = Playbook(SftpRelay(CH, SUBJECT, keep=keep))
    book.send(OPENED, Answered(1, 1, ALLOW), TargetOpened(1))
    book.send(FromClient(1, b.INIT), FromTarget(1, b.VERSION))
    book.effects.clear()
    return book


def opened(book: Playbook, flags: int, *, verdicts: int = 1) -> None:
    """A file is open as the handle `h`."""
    effects = book.send(FromClient(5, b.open_file(90, b"/f", flags)))
    for _ in range(verdicts):
        (question,) = asked(effects)
        effects = book.send(Answered(5, question.request, ALLOW))
    book.send(FromTarget(5, b.handle(90)))


def asked(effects: list[Effect]) -> list[Ask]:
    return [effect for effect in effects if isinstance(effect, Ask)]


def to_target(effects: list[Effect]) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToTarget))


def answers(effects: list[Effect]) -> list[tuple[int, int]]:
    """The gateway's own: number and status."""
    data = b"".join(effect.data for effect in effects if isinstance(effect, ToClient))
    replies = map(parse_reply, Framer().feed(data))
    return [(reply.request, reply.status) for reply in replies]
