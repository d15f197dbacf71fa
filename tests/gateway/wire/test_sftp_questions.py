"""What policy is asked about SFTP calls, and what a handle stands for."""

from __future__ import annotations

import pytest

from gateway.policy import (
    CHANGE_FILES,
    FILE_ACTIONS,
    LIST_FILES,
    LOOK_AT_FILES,
    READ_FILE,
    WRITE_FILE,
)
from gateway.relay import Answered, FromClient
from gateway.wire.sftp_packets import Framer, parse_call
from gateway.wire.sftp_questions import actions_of, facts_of
from recorder import events
from tests.gateway.wire import sftp_bytes as b
from tests.gateway.wire.channel import ALLOW
from tests.gateway.wire.sftp_talk import DENY, answers, asked, opened, running, to_target

PATH = b.s(b"/p")


@pytest.mark.parametrize(
    ("packet", "actions"),
    [
        (b.INIT, ()),
        (b.open_file(1, b"/p", 0), (READ_FILE,)),
        (b.open_file(1, b"/p", 1), (READ_FILE,)),
        (b.open_file(1, b"/p", 2), (WRITE_FILE,)),
        (b.open_file(1, b"/p", 3), (READ_FILE, WRITE_FILE)),
        (b.open_file(1, b"/p", 9), (READ_FILE, WRITE_FILE)),  # read, but made where it is not
        (b.open_file(1, b"/p", 16), (WRITE_FILE,)),
        (b.opendir(1, b"/p"), (LIST_FILES,)),
        *((b.pack(kind, 1, PATH), (LOOK_AT_FILES,)) for kind in (7, 16, 17, 19)),
        *((b.pack(kind, 1, PATH), (CHANGE_FILES,)) for kind in (13, 15)),
        *((b.pack(kind, 1, PATH, b.u32(0)), (CHANGE_FILES,)) for kind in (9, 10, 14)),
        *((b.pack(kind, 1, PATH, PATH), (CHANGE_FILES,)) for kind in (18, 20)),
        (b.close(1), ()),
        (b.read(1, 0, 1), ()),
        (b.write(1, 0, b"x"), ()),
        (b.readdir(1), ()),
        (b.pack(8, 1, b.s(b"h")), ()),
        (b.extended(1, b"posix-rename@openssh.com", PATH, PATH), (CHANGE_FILES,)),
        (b.extended(1, b"hardlink@openssh.com", PATH, PATH), (CHANGE_FILES,)),
        (b.extended(1, b"lsetstat@openssh.com", PATH, b.u32(0)), (CHANGE_FILES,)),
        (b.extended(1, b"statvfs@openssh.com", PATH), (LOOK_AT_FILES,)),
        (b.extended(1, b"fstatvfs@openssh.com", b.s(b"h")), ()),
        (b.extended(1, b"fsync@openssh.com", b.s(b"h")), ()),
        (b.extended(1, b"expand-path@openssh.com", PATH), (LOOK_AT_FILES,)),
        (b.extended(1, b"home-directory", b.s(b"root")), (LOOK_AT_FILES,)),
        (b.extended(1, b"users-groups-by-id@openssh.com", b.s(b.u32(0)), b.s(b"")),
         (LOOK_AT_FILES,)),
        (b.extended(1, b"limits@openssh.com"), ()),
        (b.extended(1, b"md5-hash@example", PATH), (CHANGE_FILES,)),
    ],
)  # fmt: skip
def test_each_call_is_one_of_five_actions_or_covered(
    packet: bytes, actions: tuple[str, ...]
) -> None:
    (body,) = Framer().feed(packet)
    assert actions_of(parse_call(body)) == actions
    assert {*actions} <= {*FILE_ACTIONS}


def test_the_facts_are_what_was_sent() -> None:
    (body,) = Framer().feed(b.rename(1, b"/a/../b", b"/c"))
    assert facts_of(parse_call(body), b"/a/../b") == {
        "operation": "rename", "path": b"/a/../b", "other": b"/c",
    }  # fmt: skip
    (body,) = Framer().feed(b.open_file(1, b"/f", 1))
    assert facts_of(parse_call(body), b"/f")["access"] == ["read"]


def test_to_read_and_write_both_must_be_allowed() -> None:
    book = running()
    effects = book.send(FromClient(5, b.open_file(1, b"/f", 3)))
    (question,) = asked(effects)
    assert question.question.action == "read-file"
    effects = book.send(Answered(6, question.request, ALLOW))
    assert to_target(effects) == b""
    (question,) = asked(effects)
    assert question.question.action == "write-file"
    effects = book.send(Answered(6, question.request, DENY))
    assert (to_target(effects), answers(effects)) == (b"", [(1, 3)])


@pytest.mark.parametrize(
    ("flags", "call"),
    [
        (1, b.write(7, 0, b"x")),
        (2, b.read(7, 0, 5)),
        (1, b.readdir(7)),
        (1, b.extended(7, b"copy-data", b.s(b"h"), b.u64(0), b.u64(0), b.s(b"h"), b.u64(0))),
        (1, b.read(7, 0, 5, b"other")),
        (1, b.close(7, b"other")),
    ],
)
def test_a_handle_stands_for_what_it_was_opened_for_alone(flags: int, call: bytes) -> None:
    book = running()
    opened(book, flags)
    effects = book.send(FromClient(6, call))
    assert (to_target(effects), answers(effects)) == (b"", [(7, 4)])
    refused = book.events[-2]
    assert isinstance(refused, events.SftpDone)
    assert refused.status == 4


def test_a_handle_that_is_being_closed_is_not_open() -> None:
    """Its name may be another file's before the client hears of it."""
    book = running()
    opened(book, 1)
    effects = book.send(FromClient(6, b.close(7) + b.read(8, 0, 5)))
    assert to_target(effects) == b.close(7)
    assert answers(effects) == [(8, 4)]


def test_attributes_are_a_change_by_a_handle_too() -> None:
    book = running()
    opened(book, 1)
    attributes = b.u32(4) + b.u32(0o4777)
    effects = book.send(FromClient(6, b.pack(10, 7, b.s(b"h"), attributes)))
    (question,) = asked(effects)
    assert question.question.action == "change-files"
    assert (question.question.facts["path"], question.question.facts["permissions"]) == (
        b"/f", 0o4777,
    )  # fmt: skip
    effects = book.send(Answered(6, question.request, DENY))
    assert (to_target(effects), answers(effects)) == (b"", [(7, 3)])


def test_what_the_server_can_do_is_asked_of_nobody() -> None:
    call = b.extended(1, b"limits@openssh.com")
    effects = running().send(FromClient(5, call))
    assert (to_target(effects), asked(effects)) == (call, [])
