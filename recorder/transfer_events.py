"""Files that went over in a command's own stream: their part of the one vocabulary.

Knows: what a file in such a stream is. Must never know: the protocols' bytes. Called by
`recorder.events` only, which everybody else imports. The bytes are recorded as any channel's;
this says what they were. Names are as they were sent, and never a path to anything here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recorder.event import Facts, Recorded


@dataclass(frozen=True, slots=True)
class Transferred(Recorded):
    """A file or folder went over in a stream, as far as its protocol says so."""

    code: ClassVar[str] = "file"
    protocol: str
    """ "scp"."""
    way: str
    """ "read" (from the target) or "written" (to it)."""
    path: bytes
    """Below what the command names, its folders before it."""
    facts: Facts
    """`permissions` and, of a file, `size` (announced), `bytes` (that passed), `sha256` where
    both are the same; of a `folder` that it is one; `mtime`, `atime`, `error` where they were
    sent."""
