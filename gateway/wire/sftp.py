"""What an SFTP stream does to files: calls and replies to events.

Knows: calls and replies of version 3, in order (`gateway.wire.sftp_packets`). Must never know:
sockets, policy, clocks. Called by `gateway.wire.sftp_relay`. Pure.

Each operation is one event, when it is answered, with its path as it was sent. Reads and writes are
added up per handle instead, with size and SHA-256, and told when that is closed: of what went
through in one piece, from the offset where it began, each byte once. Pieces may be answered in
another order than they were asked for; so much is kept until the order is known, and where that is
not enough, or a piece came twice or failed, there is a size and no digest. What is kept is bounded:
who sends more calls, handles or names than any client, without waiting, has sent no SFTP.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from gateway.wire.sftp_packets import EOF, OK, VERSION, Call, Kind, Reply, SftpError
from recorder.events import Event, Facts, SftpClosed, SftpDone, SftpLeftOut, SftpOpened

CALLS_LIMIT = 4096
"""Calls without an answer."""
HANDLES_LIMIT = 4096
NAMES_LIMIT = 4 << 20
"""Bytes of the paths that are remembered."""
EARLY_LIMIT = 8 << 20
"""Bytes, of all handles, that came before those in front of them."""

_CONNECTION_LOST = 7
_ANSWERS = {
    Kind.OPEN: Kind.HANDLE,
    Kind.OPENDIR: Kind.HANDLE,
    Kind.READ: Kind.DATA,
    Kind.READDIR: Kind.NAME,
    Kind.REALPATH: Kind.NAME,
    Kind.READLINK: Kind.NAME,
    Kind.STAT: Kind.ATTRS,
    Kind.LSTAT: Kind.ATTRS,
    Kind.FSTAT: Kind.ATTRS,
}
"""What answers a call beside `STATUS`."""
_NEEDS = {"read": "read", "write": "write", "readdir": "list", "copy": "read"}
"""What a handle must have been opened for; the rest asks for any."""
_EXTENDED_ANSWERS = (Kind.EXTENDED_REPLY, Kind.NAME, Kind.ATTRS, Kind.DATA, Kind.HANDLE)


@dataclass(slots=True)
class _Flow:
    """What goes through a handle in one direction."""

    start: int = -1
    next: int = 0
    kept: int = 0
    """Bytes of content that are in the record."""
    count: int = 0
    whole: bool = True
    """Whether there can still be a digest."""
    early: dict[int, bytes] = field(default_factory=dict)
    early_size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def begin(self, offset: int) -> None:
        if self.start < 0:
            self.start = self.next = offset

    def put(self, offset: int, data: bytes, room: int) -> int:
        """Takes a piece; by how much what is kept grew (or shrank)."""
        if not self.whole or not data:
            return 0
        before = self.early_size
        if offset == self.next:
            self._add(data)
            while (data := self.early.pop(self.next, b"")) != b"":
                self.early_size -= len(data)
                self._add(data)
        elif offset < self.next or offset in self.early or len(data) > room:
            self.spoil()
        else:
            self.early[offset] = data
            self.early_size += len(data)
        return self.early_size - before

    def spoil(self) -> None:
        """There can be no digest."""
        self.whole = False
        self.early.clear()
        self.early_size = 0

    def facts(self) -> Facts:
        if self.start < 0:
            return {}
        if not self.whole or self.early or self.next - self.start != self.count:
            return {"bytes": self.count}
        return {"bytes": self.count, "offset": self.start, "sha256": self.digest.digest()}

    def _add(self, data: bytes) -> None:
        self.digest.update(data)
        self.next += len(data)


@dataclass(slots=True)
class _Handle:
    number: int
    path: bytes
    access: tuple[str, ...]
    closing: bool = False
    """The server was told to close it, and may give its name to another file."""
    read: _Flow = field(default_factory=_Flow)
    written: _Flow = field(default_factory=_Flow)
    entries: int = 0
    listed: bool = False


class SftpWatch:
    """One channel's SFTP, from its first call."""

    def __init__(self, channel: int, keep: int | None = None) -> None:
        self._channel = channel
        self._keep = keep
        """Bytes of content that are kept of each file, each way; None: all."""
        self._calls: dict[int, Call] = {}
        self._handles: dict[bytes, _Handle] = {}
        self._opened = 0
        self._names = 0
        self._early = 0
        self._asked = False
        self._started = False

    def path_of(self, handle: bytes) -> bytes:
        """What was opened as this handle; nothing where nobody opened it."""
        found = self._handles.get(handle)
        return b"" if found is None else found.path

    def fault(self, call: Call) -> str:
        """Why the server is not asked this: a handle stands for what it was opened for alone."""
        for key, need in ((call.handle, _NEEDS.get(call.operation, "")), (call.into, "write")):
            handle = self._handles.get(key)
            if key and (handle is None or handle.closing):
                return f"{call.operation} on a handle that is not open"
            if handle is not None and need and need not in (handle.access or ("read",)):
                return f"{call.operation} on a handle that was not opened to {need}"
        return ""

    def left_out(self, at: int, sent: Call | Reply) -> SftpLeftOut | None:
        """What of this content is not kept, its end; asked before `called` and `replied`."""
        if self._keep is None or not sent.data:
            return None
        call = sent if isinstance(sent, Call) else self._calls.get(sent.request)
        handle = None if call is None else self._handles.get(call.handle)
        side = "written" if isinstance(sent, Call) else "read"
        offset = 0 if call is None else call.offset
        number = taken = 0
        if handle is not None:
            flow = handle.written if side == "written" else handle.read
            number, taken = handle.number, min(len(sent.data), self._keep - flow.kept)
            flow.kept += taken
        left = sent.data[taken:]
        if not left:
            return None
        digest = hashlib.sha256(left).digest()
        return SftpLeftOut(at, self._channel, side, number, offset + taken, len(left), digest)

    def called(self, call: Call) -> None:
        """A call goes to the server; raises `SftpError`."""
        if call.kind is Kind.INIT:
            if self._asked:
                raise SftpError("a second INIT")
            self._asked = True
            return
        if not self._asked:
            raise SftpError("a call before INIT")
        if call.request in self._calls:
            raise SftpError("two calls under one number")
        self._names += len(call.path) + len(call.other)
        if len(self._calls) >= CALLS_LIMIT or self._names > NAMES_LIMIT:
            raise SftpError("more calls at once than any client makes")
        handle = self._handles.get(call.handle)
        if call.kind is Kind.READ and handle is not None:
            handle.read.begin(call.offset)
        elif call.kind is Kind.WRITE and handle is not None:
            handle.written.begin(call.offset)
            self._put(handle.written, call.offset, call.data)
        elif call.kind is Kind.CLOSE and handle is not None:
            handle.closing = True
        # The data is not needed again, and there may be much of it.
        kept = call if not call.data else Call(
            call.kind, call.request, call.operation,
            handle=call.handle, offset=call.offset, length=call.length,
        )  # fmt: skip
        self._calls[call.request] = kept

    def replied(self, at: int, reply: Reply) -> list[Event]:
        """An answer came from the server; raises `SftpError`."""
        if reply.kind is Kind.VERSION:
            if self._started or not self._asked:
                raise SftpError("a VERSION that nobody asked for")
            if reply.request > VERSION:
                raise SftpError("the server speaks a later version than it was asked for")
            self._started = True
            return []
        call = self._calls.pop(reply.request, None)
        if call is None or not self._started:
            raise SftpError("an answer that nobody asked for")
        self._names -= len(call.path) + len(call.other)
        fits = reply.kind is Kind.STATUS or reply.kind is _ANSWERS.get(call.kind)
        if not fits and not (call.kind is Kind.EXTENDED and reply.kind in _EXTENDED_ANSWERS):
            raise SftpError(f"{reply.kind.name} is no answer to {call.kind.name}")
        match call.kind:
            case Kind.OPEN | Kind.OPENDIR:
                return [self._open(at, call, reply)]
            case Kind.CLOSE:
                handle = self._drop(call.handle)
                return [] if handle is None else [self._closed(at, handle, reply)]
            case Kind.READ | Kind.WRITE | Kind.READDIR:
                return self._moved(at, call, reply)
            case _:
                return [self._done(at, call, reply)]

    def refused(self, at: int, call: Call, status: int, message: str) -> Event:
        """A call goes no further: what is recorded of it."""
        reply = Reply(Kind.STATUS, call.request, status, message)
        if call.kind in (Kind.OPEN, Kind.OPENDIR):
            return self._open(at, call, reply)
        return self._done(at, call, reply)

    def end(self, at: int) -> list[Event]:
        """The stream is over: what was never closed."""
        lost = Reply(Kind.STATUS, 0, _CONNECTION_LOST, "never closed")
        return [self._closed(at, handle, lost) for key in [*self._handles]
                if (handle := self._drop(key)) is not None]  # fmt: skip

    def _open(self, at: int, call: Call, reply: Reply) -> Event:
        number = 0
        if reply.kind is Kind.HANDLE:
            if reply.handle in self._handles:
                raise SftpError("two files under one handle")
            self._names += len(call.path)
            if len(self._handles) >= HANDLES_LIMIT or self._names > NAMES_LIMIT:
                raise SftpError("more files are open than any client opens")
            self._opened = number = self._opened + 1
            listed = call.kind is Kind.OPENDIR
            handle = _Handle(number, call.path, call.access, listed=listed)
            self._handles[reply.handle] = handle
        elif reply.status == OK:
            raise SftpError("a file is opened, and there is no handle")
        return SftpOpened(
            at, self._channel, number, call.path, call.access, reply.status, reply.message
        )

    def _moved(self, at: int, call: Call, reply: Reply) -> list[Event]:
        handle = self._handles.get(call.handle)
        failed = reply.kind is Kind.STATUS and reply.status not in (OK, EOF)
        if failed or handle is None:
            if handle is not None and call.kind is Kind.WRITE:
                self._spoil(handle.written)
            facts = {"offset": call.offset, "length": call.length}
            if call.kind is Kind.READDIR:
                facts = {}
            path = b"" if handle is None else handle.path
            return [
                SftpDone(
                    at, self._channel, call.operation, path, b"", facts,
                    reply.status, reply.message,
                )
            ]  # fmt: skip
        match call.kind:
            case Kind.READ:
                if len(reply.data) > call.length:
                    raise SftpError("more data than was asked for")
                handle.read.count += len(reply.data)
                self._put(handle.read, call.offset, reply.data)
            case Kind.WRITE:
                handle.written.count += call.length
            case _:
                if reply.strays:
                    raise SftpError("a name in a folder that leads out of it")
                handle.entries += reply.names
        return []

    def _done(self, at: int, call: Call, reply: Reply) -> Event:
        path = call.path or self.path_of(call.handle)
        other = call.other
        if call.into:
            other = self.path_of(call.into)
            copied = self._handles.get(call.into)
            if copied is not None:
                copied.written.begin(0)
                self._spoil(copied.written)  # what was copied did not pass here
        facts = {**call.facts, **reply.facts}
        if reply.kind is Kind.NAME and reply.names:
            facts["target"] = reply.first
        return SftpDone(
            at, self._channel, call.operation, path, other, facts, reply.status, reply.message
        )

    def _closed(self, at: int, handle: _Handle, reply: Reply) -> Event:
        read: Facts = {"entries": handle.entries} if handle.listed else handle.read.facts()
        written = handle.written.facts()
        return SftpClosed(
            at, self._channel, handle.number, handle.path, read, written,
            reply.status, reply.message,
        )  # fmt: skip

    def _drop(self, key: bytes) -> _Handle | None:
        handle = self._handles.pop(key, None)
        if handle is not None:
            self._names -= len(handle.path)
            self._early -= handle.read.early_size + handle.written.early_size
        return handle

    def _put(self, flow: _Flow, offset: int, data: bytes) -> None:
        self._early += flow.put(offset, data, EARLY_LIMIT - self._early)

    def _spoil(self, flow: _Flow) -> None:
        self._early -= flow.early_size
        flow.spoil()
