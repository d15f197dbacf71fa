"""The files in the stream of ``scp -O``: names, sizes, modes, digests.

Knows: the protocol of rcp, as `scp -t` and `scp -f` speak it: a line announces each file or folder,
the other side agrees, its content follows. Must never know: policy, where files end up. Called by
`gateway.wire.terminal`. Pure.

It only reads along: the bytes are recorded and go on whatever is found here. What is not this
protocol is told once, as a `Gap`, and nothing behind it is read.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import Enum

from gateway.wire.transfers import WRITTEN
from recorder.events import Event, Gap, Transferred

LINE_LIMIT = 8192
DEPTH_LIMIT = 256
"""Folders in each other."""

_ENTRY = re.compile(rb"([CD])([0-7]{4,6}) ([0-9]{1,19}) ([^\n]+)")
_TIMES = re.compile(rb"T([0-9]{1,19}) [0-9]{1,9} ([0-9]{1,19}) [0-9]{1,9}")
_ZEROS = re.compile(rb"\0*")
_WARNING, _ERROR = 1, 2


class _Stage(Enum):
    LINE = "a line is to come, or a byte that says well done"
    ASKED = "a file was announced, and the other side has not agreed"
    CONTENT = "its content comes"
    ENDED = "its content is over; a byte says how that went"
    LOST = "this is not understood any more"


@dataclass(slots=True)
class _File:
    name: bytes
    permissions: int
    size: int
    times: dict[str, int]
    count: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


class ScpWatch:
    """One command's stream, both ways."""

    def __init__(self, channel: int, way: str) -> None:
        self._channel = channel
        self._way = way
        self._stage = _Stage.LINE
        self._line = bytearray()
        """What there is of the sending side's line, or of a message of its own."""
        self._said = bytearray()
        """The same of the other side's."""
        self._folders: list[bytes] = []
        self._entering = False
        """Whether nothing was sent since the last of them was announced."""
        self._times: dict[str, int] = {}
        self._file: _File | None = None

    def passed(self, at: int, data: bytes, *, from_client: bool) -> list[Event]:
        """These bytes go on now."""
        if self._stage is _Stage.LOST:
            return []
        if from_client == (self._way == WRITTEN):
            return self._sent(at, data)
        return self._agreed(at, data)

    def end(self, at: int) -> list[Event]:
        """The stream is over: what of a file did not come."""
        return [] if self._file is None else [self._done(at, b"")]

    # -- the side that has the files -----------------------------------------------------------

    def _sent(self, at: int, data: bytes) -> list[Event]:
        found: list[Event] = []
        self._entering = self._entering and not data
        place = 0
        while place < len(data):
            match self._stage:
                case _Stage.CONTENT:
                    place = self._content(data, place)
                case _Stage.LINE | _Stage.ENDED:
                    if not self._line and data[place] == 0:
                        found += self._well_done(at)
                        place = _after_zeros(data, place)
                        continue
                    end = data.find(b"\n", place) + 1 or len(data)
                    self._line += data[place:end]
                    place = end
                    if len(self._line) > LINE_LIMIT:
                        return [*found, self._lost(at)]
                    if self._line.endswith(b"\n"):
                        line = bytes(self._line[:-1])
                        self._line.clear()
                        found += self._read(at, line)
                case _Stage.ASKED:  # it did not wait for the answer
                    return [*found, self._lost(at)]
                case _Stage.LOST:
                    return found
        return found

    def _content(self, data: bytes, place: int) -> int:
        file = self._file
        assert file is not None
        piece = data[place : place + file.size - file.count]
        file.digest.update(piece)
        file.count += len(piece)
        if file.count == file.size:
            self._stage = _Stage.ENDED
        return place + len(piece)

    def _well_done(self, at: int) -> list[Event]:
        if self._stage is not _Stage.ENDED:
            return []
        self._stage = _Stage.LINE
        return [self._done(at, b"")]

    def _read(self, at: int, line: bytes) -> list[Event]:
        """A whole line."""
        if line[:1] in (b"\1", b"\2"):
            if self._stage is not _Stage.ENDED:
                return []  # it says that one of its files cannot be read, and goes on
            self._stage = _Stage.LINE
            return [self._done(at, line[1:])]
        if self._stage is _Stage.ENDED:
            return [self._lost(at)]
        if line == b"E" and self._folders:
            self._folders.pop()
            return []
        if times := _TIMES.fullmatch(line):
            self._times = {"mtime": int(times[1]), "atime": int(times[2])}
            return []
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            return [self._lost(at)]
        times_before, self._times = self._times, {}
        self._file = _File(entry[4], int(entry[2], 8), int(entry[3]), times_before)
        if entry[1] == b"C":
            self._stage = _Stage.ASKED
            return []
        path, file = self._path(entry[4]), self._file
        self._file = None
        if len(self._folders) >= DEPTH_LIMIT:
            return [self._lost(at)]
        self._folders.append(entry[4])
        self._entering = True
        facts = {"folder": True, "permissions": file.permissions, **file.times}
        return [Transferred(at, self._channel, "scp", self._way, path, facts)]

    # -- the side that takes them ----------------------------------------------------------------

    def _agreed(self, at: int, data: bytes) -> list[Event]:
        found: list[Event] = []
        for byte in data:
            if not self._said and byte not in (_WARNING, _ERROR):
                if byte == 0 and self._stage is _Stage.ASKED:
                    assert self._file is not None
                    self._stage = _Stage.CONTENT if self._file.size else _Stage.ENDED
                continue
            if byte != ord("\n"):
                self._said.append(byte)
                if len(self._said) > LINE_LIMIT:
                    return [*found, self._lost(at)]
                continue
            if self._stage is _Stage.ASKED:
                self._stage = _Stage.LINE
                found.append(self._done(at, bytes(self._said[1:])))
            elif self._entering:
                self._entering = False
                self._folders.pop()
            self._said.clear()
        return found

    # -- what is told ------------------------------------------------------------------------------

    def _done(self, at: int, error: bytes) -> Event:
        file = self._file
        assert file is not None
        self._file = None
        facts: dict[str, object] = {"permissions": file.permissions, "size": file.size}
        facts |= {"bytes": file.count, **file.times}
        if file.count == file.size and not error:
            facts["sha256"] = file.digest.digest()
        if error:
            facts["error"] = error
        path = self._path(file.name)
        return Transferred(at, self._channel, "scp", self._way, path, facts)

    def _path(self, name: bytes) -> bytes:
        return b"/".join([*self._folders, name])

    def _lost(self, at: int) -> Event:
        self._stage = _Stage.LOST
        self._line.clear()
        self._said.clear()
        return Gap(at, self._channel, "this is not scp's protocol: its files are not told any more")


def _after_zeros(data: bytes, place: int) -> int:
    found = _ZEROS.match(data, place)
    return place if found is None else found.end()
