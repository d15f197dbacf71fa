"""What is done over SFTP: its part of the one vocabulary.

Knows: what an SFTP session does to files. Must never know: the protocol's bytes. Called by
`recorder.events` only, which everybody else imports. The bytes themselves are recorded as any
channel's; these say what they did. Paths are as they were sent, never resolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from recorder.event import Facts, Recorded


@dataclass(frozen=True, slots=True)
class SftpOpened(Recorded):
    """A file or folder was opened, or could not be."""

    code: ClassVar[str] = "sftp-open"
    handle: int
    """Counted per channel from 1, in the order of opening; 0 where it failed."""
    path: bytes
    access: Sequence[str]
    """Of "read", "write", "append", "create", "truncate", "exclusive", "list"."""
    status: int
    """0, or the protocol's code of what went wrong (draft-ietf-secsh-filexfer-02, section 7)."""
    message: str


@dataclass(frozen=True, slots=True)
class SftpClosed(Recorded):
    """A handle is gone, and this is what went through it."""

    code: ClassVar[str] = "sftp-close"
    handle: int
    path: bytes
    read: Facts
    """Empty, or `bytes` and, where it was one piece, `offset` and `sha256`. Of a folder:
    `entries`."""
    written: Facts
    """The same."""
    status: int
    message: str


@dataclass(frozen=True, slots=True)
class SftpLeftOut(Recorded):
    """So many bytes of a file's content went on here and are not kept, because less is kept of
    each file than was sent. The channel's `i` or `o` record before it ends where they begin."""

    code: ClassVar[str] = "sftp-left"
    side: str
    """ "read" or "written"."""
    handle: int
    """0: of no handle that is known."""
    offset: int
    """In the file."""
    count: int
    sha256: bytes
    """Of these bytes."""


@dataclass(frozen=True, slots=True)
class SftpDone(Recorded):
    """Any other operation: its name ("remove", "rename", "mkdir", "stat", "setstat" ...), what it
    was done to, and how it ended."""

    code: ClassVar[str] = "sftp-op"
    operation: str
    path: bytes
    other: bytes
    """A second path, where there is one: what a file is renamed or linked to."""
    facts: Facts
    """What was asked or answered beside: `size`, `permissions`, `target` ..."""
    status: int
    message: str
