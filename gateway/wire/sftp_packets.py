"""SFTP version 3 as bytes: packets to calls and replies, and the few packets that are made here.

Knows: draft-ietf-secsh-filexfer-02, and the extensions that OpenSSH documents in its PROTOCOL file
(sections 4.1 to 4.11). Must never know: what a handle stands for, policy, recordings. Called by
`gateway.wire.sftp` and `gateway.wire.sftp_relay`. Pure.

Hostile bytes have one exit, `SftpError`. A length is checked before anything of it is kept.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from gateway.wire.sftp_fields import HANDLE_LIMIT, PAIRS_LIMIT, Fields
from gateway.wire.sftp_fields import SftpError as SftpError
from recorder.events import Facts

PACKET_LIMIT = 256 * 1024 + 1024
"""Of a packet's body: what OpenSSH takes, and a little more."""
VERSION = 3
OK, EOF, PERMISSION_DENIED, FAILURE = 0, 1, 3, 4


class Kind(IntEnum):
    """A packet's first byte."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


@dataclass(frozen=True, slots=True)
class Call:
    """What the client asks."""

    kind: Kind
    request: int
    """Its number; of `INIT` the version."""
    operation: str
    path: bytes = b""
    other: bytes = b""
    """A second path."""
    handle: bytes = b""
    """Empty where the call names none."""
    into: bytes = b""
    """The handle that data is copied into."""
    offset: int = 0
    length: int = 0
    data: bytes = b""
    access: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers."""

    kind: Kind
    request: int
    """The call's number; of `VERSION` the version."""
    status: int = OK
    message: str = ""
    handle: bytes = b""
    data: bytes = b""
    names: int = 0
    first: bytes = b""
    """The first of the names."""
    strays: bool = False
    """Whether a name leads out of the folder that it is in."""
    facts: Facts = field(default_factory=dict)


class Framer:
    """A stream, in any pieces, to packets' bodies. Keeps at most one packet."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The packets that are whole now, one by one; raises `SftpError` where one is none."""
        self._kept += data
        while len(self._kept) >= 4:
            (length,) = struct.unpack_from(">I", self._kept)
            if not 0 < length <= PACKET_LIMIT:
                raise SftpError("a packet is empty, or longer than any may be")
            if len(self._kept) < 4 + length:
                return
            body = bytes(self._kept[4 : 4 + length])
            del self._kept[: 4 + length]
            yield body

    @property
    def pending(self) -> int:
        """Bytes of a packet that is not whole."""
        return len(self._kept)


def parse_call(body: bytes) -> Call:
    """A packet from the client; raises `SftpError`."""
    kind = _kind(body, _CALLS)
    read = Fields(body)
    call = _CALLS[kind](kind, read.u32(), read)
    read.end()
    return call


def parse_reply(body: bytes) -> Reply:
    """A packet from the server; raises `SftpError`."""
    kind = _kind(body, _REPLIES)
    read = Fields(body)
    reply = _REPLIES[kind](kind, read.u32(), read)
    read.end()
    return reply


def packet(body: bytes) -> bytes:
    """A body as it goes over the wire."""
    return struct.pack(">I", len(body)) + body


def status_packet(request: int, status: int, message: str) -> bytes:
    """The answer to a call that goes no further."""
    said = message.encode("utf-8", "replace")[:1024]
    head = struct.pack(">BIII", Kind.STATUS, request, status, len(said))
    return packet(head + said + struct.pack(">I", 0))


INIT_BODY = struct.pack(">BI", Kind.INIT, VERSION)
"""A client's first packet, of the version that is read here."""


def _kind(body: bytes, known: Mapping[Kind, object]) -> Kind:
    try:
        kind = Kind(body[0])
    except (ValueError, IndexError):
        raise SftpError("a packet of a kind that version 3 does not have") from None
    if kind not in known:
        raise SftpError(f"{kind.name} comes from the wrong side")
    return kind


# -- what each packet says -------------------------------------------------------------------------

_ACCESS = ((1, "read"), (2, "write"), (4, "append"), (8, "create"), (16, "truncate"),
           (32, "exclusive"))  # fmt: skip


def _init(kind: Kind, version: int, read: Fields) -> Call:
    read.skip()  # a client's extensions: nobody defined any
    return Call(kind, version, "init")


def _open(kind: Kind, request: int, read: Fields) -> Call:
    path, flags = read.path(), read.u32()
    if flags & ~63:
        raise SftpError("a file is opened in a way that version 3 does not have")
    access = tuple(name for bit, name in _ACCESS if flags & bit)
    return Call(kind, request, "open", path, access=access, facts=read.attributes())


def _opendir(kind: Kind, request: int, read: Fields) -> Call:
    return Call(kind, request, "open", read.path(), access=("list",))


def _read(kind: Kind, request: int, read: Fields) -> Call:
    handle, offset, length = read.handle(), read.u64(), read.u32()
    return Call(kind, request, "read", handle=handle, offset=offset, length=length)


def _write(kind: Kind, request: int, read: Fields) -> Call:
    handle, offset, data = read.handle(), read.u64(), read.string()
    return Call(kind, request, "write", handle=handle, offset=offset, length=len(data), data=data)


def _by_path(kind: Kind, request: int, read: Fields) -> Call:
    return Call(kind, request, kind.name.lower(), read.path())


def _by_path_with_attributes(kind: Kind, request: int, read: Fields) -> Call:
    path = read.path()
    return Call(kind, request, kind.name.lower(), path, facts=read.attributes())


def _by_handle(kind: Kind, request: int, read: Fields) -> Call:
    operation = "stat" if kind is Kind.FSTAT else kind.name.lower()
    return Call(kind, request, operation, handle=read.handle())


def _fsetstat(kind: Kind, request: int, read: Fields) -> Call:
    handle = read.handle()
    return Call(kind, request, "setstat", handle=handle, facts=read.attributes())


def _rename(kind: Kind, request: int, read: Fields) -> Call:
    return Call(kind, request, "rename", read.path(), read.path())


def _symlink(kind: Kind, request: int, read: Fields) -> Call:
    """Whose two paths every implementation sends the other way round than the draft has it."""
    target, link = read.path(), read.path()
    return Call(kind, request, "symlink", link, target)


def _extended(kind: Kind, request: int, read: Fields) -> Call:
    name = read.string()
    facts: dict[str, object] = {"extension": name[:HANDLE_LIMIT]}
    match name:
        case b"posix-rename@openssh.com":
            return Call(kind, request, "rename", read.path(), read.path(), facts=facts)
        case b"hardlink@openssh.com":
            target, link = read.path(), read.path()
            return Call(kind, request, "link", link, target, facts=facts)
        case b"lsetstat@openssh.com":
            path = read.path()
            return Call(kind, request, "setstat", path, facts={**facts, **read.attributes()})
        case b"statvfs@openssh.com":
            return Call(kind, request, "statvfs", read.path(), facts=facts)
        case b"fstatvfs@openssh.com":
            return Call(kind, request, "statvfs", handle=read.handle(), facts=facts)
        case b"fsync@openssh.com":
            return Call(kind, request, "fsync", handle=read.handle(), facts=facts)
        case b"expand-path@openssh.com":
            return Call(kind, request, "realpath", read.path(), facts=facts)
        case b"copy-data":
            handle, offset, length = read.handle(), read.u64(), read.u64()
            into, at = read.handle(), read.u64()
            facts |= {"offset": offset, "length": length, "into": at}
            return Call(kind, request, "copy", handle=handle, into=into, facts=facts)
        case b"home-directory":
            return Call(kind, request, "home", facts={**facts, "user": read.path()})
        case b"limits@openssh.com":
            return Call(kind, request, "limits", facts=facts)
        case b"users-groups-by-id@openssh.com":
            users, groups = (len(read.string()) // 4 for _ in range(2))
            return Call(kind, request, "names", facts={**facts, "ids": users + groups})
        case _:
            read.skip()
            return Call(kind, request, "extended", facts=facts)


def _version(kind: Kind, version: int, read: Fields) -> Reply:
    count = 0
    while read.rest:
        count += 1
        if count > 2 * PAIRS_LIMIT:
            raise SftpError("more extensions than anybody has")
        read.string()
    return Reply(kind, version)


def _status(kind: Kind, request: int, read: Fields) -> Reply:
    status = read.u32()
    # Old servers leave out the words.
    message = read.string().decode("utf-8", "replace") if read.rest else ""
    if read.rest:
        read.string()
    return Reply(kind, request, status, message)


def _name(kind: Kind, request: int, read: Fields) -> Reply:
    count, first, strays = read.u32(), b"", False
    if count > read.rest // 12:  # two lengths and flags, at least
        raise SftpError("more names than the packet is long")
    for number in range(count):
        name = read.path()
        first = first if number else name
        strays = strays or b"/" in name
        read.string()
        read.attributes()
    return Reply(kind, request, names=count, first=first, strays=strays)


def _extended_reply(kind: Kind, request: int, read: Fields) -> Reply:
    read.skip()
    return Reply(kind, request)


_CALLS: Mapping[Kind, Callable[[Kind, int, Fields], Call]] = {
    Kind.INIT: _init,
    Kind.OPEN: _open,
    Kind.OPENDIR: _opendir,
    Kind.READ: _read,
    Kind.WRITE: _write,
    Kind.SETSTAT: _by_path_with_attributes,
    Kind.MKDIR: _by_path_with_attributes,
    Kind.FSETSTAT: _fsetstat,
    Kind.RENAME: _rename,
    Kind.SYMLINK: _symlink,
    Kind.EXTENDED: _extended,
    **dict.fromkeys((Kind.CLOSE, Kind.FSTAT, Kind.READDIR), _by_handle),
    **dict.fromkeys(
        (Kind.LSTAT, Kind.REMOVE, Kind.RMDIR, Kind.REALPATH, Kind.STAT, Kind.READLINK), _by_path
    ),
}
_REPLIES: Mapping[Kind, Callable[[Kind, int, Fields], Reply]] = {
    Kind.VERSION: _version,
    Kind.STATUS: _status,
    Kind.HANDLE: lambda kind, request, read: Reply(kind, request, handle=read.handle()),
    Kind.DATA: lambda kind, request, read: Reply(kind, request, data=read.string()),
    Kind.NAME: _name,
    Kind.ATTRS: lambda kind, request, read: Reply(kind, request, facts=read.attributes()),
    Kind.EXTENDED_REPLY: _extended_reply,
}
