"""Which relay a channel gets, by what was asked for on it.

Knows: the relays. Must never know: connections, channels, who asks. Called by `gateway.ssh.bridge`.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.policy import SFTP
from gateway.relay import Relay, TerminalSpec
from gateway.session import Session
from gateway.wire.sftp_relay import SftpRelay
from gateway.wire.terminal import KeepTyped, TerminalRelay


def relay_for(
    session: Session, channel: int, kind: str, command: bytes, environment: Sequence[str]
) -> Relay:
    """``environment``: names of variables that go on to a target."""
    target = session.route.target
    if is_sftp(kind, command):
        return SftpRelay(channel, session.subject, environment=environment, keep=target.keep_files)
    return TerminalRelay(
        channel,
        session.subject,
        session.id,
        environment=environment,
        keep=KeepTyped(target.keep_input),
        notices=session.notices,
        masking=session.masking,
    )


def terminal_for(kind: str, command: bytes, asked: TerminalSpec | None) -> TerminalSpec | None:
    """The terminal at the target: one would change the bytes of SFTP, so there it has none."""
    return None if is_sftp(kind, command) else asked


def is_sftp(kind: str, command: bytes) -> bool:
    return kind == "subsystem" and command == SFTP.encode()
