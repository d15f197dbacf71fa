"""SFTP's packets: what is said in them, and that everything else is one error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.sftp_packets import (
    INIT_BODY,
    PACKET_LIMIT,
    PERMISSION_DENIED,
    Call,
    Framer,
    Kind,
    Reply,
    SftpError,
    packet,
    parse_call,
    parse_reply,
    status_packet,
)
from tests.gateway.wire import sftp_bytes as b

SIZE = b.u32(0x8000_000D) + b.u64(7) + b.u32(0o644) + b.u32(1) + b.u32(2)
SIZE += b.u32(1) + b.s(b"x@y") + b.s(b"z")
SAID = {"size": 7, "permissions": 0o644, "atime": 1, "mtime": 2}

CALLS: list[tuple[bytes, Call]] = [
    (b.INIT, Call(Kind.INIT, 3, "init")),
    (b.open_file(1, b"/a\xff", 0b11010, SIZE),
     Call(Kind.OPEN, 1, "open", b"/a\xff", access=("write", "create", "truncate"), facts=SAID)),
    (b.close(2), Call(Kind.CLOSE, 2, "close", handle=b"h")),
    (b.read(3, 1 << 40, 9), Call(Kind.READ, 3, "read", handle=b"h", offset=1 << 40, length=9)),
    (b.write(4, 5, b"xyz"),
     Call(Kind.WRITE, 4, "write", handle=b"h", offset=5, length=3, data=b"xyz")),
    (b.pack(7, 5, b.s(b"p")), Call(Kind.LSTAT, 5, "lstat", b"p")),
    (b.pack(8, 5, b.s(b"h")), Call(Kind.FSTAT, 5, "stat", handle=b"h")),
    (b.pack(9, 5, b.s(b"p"), SIZE), Call(Kind.SETSTAT, 5, "setstat", b"p", facts=SAID)),
    (b.pack(10, 5, b.s(b"h"), SIZE), Call(Kind.FSETSTAT, 5, "setstat", handle=b"h", facts=SAID)),
    (b.opendir(6, b"d"), Call(Kind.OPENDIR, 6, "open", b"d", access=("list",))),
    (b.readdir(7), Call(Kind.READDIR, 7, "readdir", handle=b"h")),
    (b.remove(8, b"p"), Call(Kind.REMOVE, 8, "remove", b"p")),
    (b.pack(14, 8, b.s(b"p"), b.u32(0)), Call(Kind.MKDIR, 8, "mkdir", b"p")),
    (b.pack(15, 8, b.s(b"p")), Call(Kind.RMDIR, 8, "rmdir", b"p")),
    (b.pack(16, 8, b.s(b".")), Call(Kind.REALPATH, 8, "realpath", b".")),
    (b.stat(8, b"p"), Call(Kind.STAT, 8, "stat", b"p")),
    (b.rename(9, b"p", b"q"), Call(Kind.RENAME, 9, "rename", b"p", b"q")),
    (b.pack(19, 9, b.s(b"p")), Call(Kind.READLINK, 9, "readlink", b"p")),
    (b.pack(20, 9, b.s(b"target"), b.s(b"link")),
     Call(Kind.SYMLINK, 9, "symlink", b"link", b"target")),
    (b.extended(9, b"posix-rename@openssh.com", b.s(b"p"), b.s(b"q")),
     Call(Kind.EXTENDED, 9, "rename", b"p", b"q",
          facts={"extension": b"posix-rename@openssh.com"})),
    (b.extended(9, b"hardlink@openssh.com", b.s(b"old"), b.s(b"new")),
     Call(Kind.EXTENDED, 9, "link", b"new", b"old", facts={"extension": b"hardlink@openssh.com"})),
    (b.extended(9, b"fsync@openssh.com", b.s(b"h")),
     Call(Kind.EXTENDED, 9, "fsync", handle=b"h", facts={"extension": b"fsync@openssh.com"})),
    (b.extended(9, b"lsetstat@openssh.com", b.s(b"p"), b.u32(0)),
     Call(Kind.EXTENDED, 9, "setstat", b"p", facts={"extension": b"lsetstat@openssh.com"})),
    (b.extended(9, b"statvfs@openssh.com", b.s(b"p")),
     Call(Kind.EXTENDED, 9, "statvfs", b"p", facts={"extension": b"statvfs@openssh.com"})),
    (b.extended(9, b"fstatvfs@openssh.com", b.s(b"h")),
     Call(Kind.EXTENDED, 9, "statvfs", handle=b"h", facts={"extension": b"fstatvfs@openssh.com"})),
    (b.extended(9, b"expand-path@openssh.com", b.s(b"~")),
     Call(Kind.EXTENDED, 9, "realpath", b"~", facts={"extension": b"expand-path@openssh.com"})),
    (b.extended(9, b"copy-data", b.s(b"h"), b.u64(1), b.u64(2), b.s(b"i"), b.u64(3)),
     Call(Kind.EXTENDED, 9, "copy", handle=b"h", into=b"i",
          facts={"extension": b"copy-data", "offset": 1, "length": 2, "into": 3})),
    (b.extended(9, b"anything@example", b"\xff" * 9),
     Call(Kind.EXTENDED, 9, "extended", facts={"extension": b"anything@example"})),
]  # fmt: skip
REPLIES: list[tuple[bytes, Reply]] = [
    (b.VERSION, Reply(Kind.VERSION, 3)),
    (b.s(b"\2\0\0\0\3" + b.s(b"posix-rename@openssh.com") + b.s(b"1")), Reply(Kind.VERSION, 3)),
    (b.status(1, 3, "né".encode()), Reply(Kind.STATUS, 1, 3, "né")),
    (b.pack(101, 1, b.u32(4)), Reply(Kind.STATUS, 1, 4)),
    (b.handle(2), Reply(Kind.HANDLE, 2, handle=b"h")),
    (b.data(3, b"xyz"), Reply(Kind.DATA, 3, data=b"xyz")),
    (b.names(4, b"a", b"b"), Reply(Kind.NAME, 4, names=2, first=b"a")),
    (b.names(4), Reply(Kind.NAME, 4)),
    (b.attributes(5, 9, 0o755), Reply(Kind.ATTRS, 5, facts={"size": 9, "permissions": 0o755})),
    (b.pack(201, 6, b"\0" * 88), Reply(Kind.EXTENDED_REPLY, 6)),
]


@pytest.mark.parametrize(("data", "call"), CALLS, ids=lambda each: getattr(each, "operation", ""))
def test_calls(data: bytes, call: Call) -> None:
    (body,) = Framer().feed(data)
    assert parse_call(body) == call


@pytest.mark.parametrize(("data", "reply"), REPLIES)
def test_replies(data: bytes, reply: Reply) -> None:
    (body,) = Framer().feed(data)
    assert parse_reply(body) == reply


@pytest.mark.parametrize("data", [data for data, _ in CALLS])
def test_a_call_that_is_cut_or_too_long_is_refused(data: bytes) -> None:
    body = data[4:]
    open_ended = body[:1] == b"\1" or b"anything@example" in body
    for cut in range(len(body)):
        if not (open_ended and cut >= (5 if body[:1] == b"\1" else 25)):
            with pytest.raises(SftpError):
                parse_call(body[:cut])
    if not open_ended:
        with pytest.raises(SftpError):
            parse_call(body + b"\0")


@pytest.mark.parametrize(
    "body",
    [
        b"\x63\0\0\0\1",
        b.status(1)[4:],
        b.pack(3, 1, b.s(b"p"), b.u32(1 << 6), b.u32(0))[4:],
        b.pack(9, 1, b.s(b"p"), b.u32(1 << 8))[4:],
        b.pack(9, 1, b.s(b"p"), b.u32(0x8000_0000), b.u32(1 << 31))[4:],
        b.close(1, b"")[4:],
        b.close(1, b"h" * 257)[4:],
        b.pack(4, 1, b.u32(0xFFFF_FFFF))[4:],
    ],
)
def test_what_version_3_does_not_have_is_refused(body: bytes) -> None:
    with pytest.raises(SftpError):
        parse_call(body)


@pytest.mark.parametrize(
    "body", [b.INIT[4:], b.pack(104, 1, b.u32(1 << 31))[4:], b"\2\0\0\0\3\0", b""]
)
def test_hostile_answers_are_refused(body: bytes) -> None:
    with pytest.raises(SftpError):
        parse_reply(body)


@given(st.binary(max_size=80))
def test_whatever_comes_there_is_one_error(body: bytes) -> None:
    for parse in (parse_call, parse_reply):
        said = ""
        try:
            parse(body)
        except SftpError as error:
            said = str(error)
        assert said.isprintable()


def framed(pieces: list[bytes]) -> tuple[list[bytes], bool]:
    """The bodies, and whether it ended in the error."""
    framer, found = Framer(), []
    try:
        for piece in pieces:
            for body in framer.feed(piece):
                found.append(body)  # noqa: PERF402
    except SftpError:
        return found, True
    assert framer.pending < 4 + PACKET_LIMIT
    return found, False


@given(st.lists(st.binary(max_size=30).map(packet) | st.binary(max_size=9), max_size=6),
       st.lists(st.integers(1, 20), max_size=20))  # fmt: skip
def test_where_it_is_cut_does_not_matter(parts: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(parts)
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(whole[at : at + cut])
        at += cut
    pieces.append(whole[at:])
    assert framed(pieces) == framed([whole]) == framed([bytes([byte]) for byte in whole])


def test_nothing_is_kept_of_a_packet_that_is_too_long() -> None:
    with pytest.raises(SftpError):
        list(Framer().feed(b.u32(PACKET_LIMIT + 1)))


def test_what_is_made_here_can_be_read() -> None:
    (body,) = Framer().feed(status_packet(7, PERMISSION_DENIED, "no é\u202e"))
    assert parse_reply(body) == Reply(Kind.STATUS, 7, PERMISSION_DENIED, "no é\u202e")
    (body,) = Framer().feed(packet(INIT_BODY))
    assert parse_call(body) == Call(Kind.INIT, 3, "init")
