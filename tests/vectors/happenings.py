"""Events that vectors are made of, by what they are about."""

from __future__ import annotations

from recorder.events import (
    Event,
    HoldAnswered,
    HoldEnded,
    HoldOpened,
    SftpClosed,
    SftpDone,
    SftpOpened,
)


def files(digest: bytes) -> list[Event]:
    """Over SFTP."""
    return [
        SftpOpened(900, 1, 1, b"/etc/hosts\xff", ["read"], 0, ""),
        SftpDone(900, 1, "rename", b"/a", b"/b", {"extension": b"posix-rename"}, 3, "no"),
        SftpClosed(900, 1, 1, b"/etc/hosts\xff", {"bytes": 1234, "offset": 0, "sha256": digest},
                   {}, 0, ""),
    ]  # fmt: skip


def waits(digest: bytes) -> list[Event]:
    """A request that was held and approved."""
    return [
        HoldOpened(900, 1, 1, "k7m2q9xp", digest, {"approvers": ["dba"], "signed": False}),
        HoldAnswered(900, 1, 1, "k7m2q9xp", digest, True, "bob", {"group": "dba", "at": 1}),
        HoldEnded(900, 1, 1, "k7m2q9xp", "used", "approved"),
    ]
