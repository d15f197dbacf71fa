"""What an SFTP stream does to files: operations, sizes, digests, and bounds."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import sftp
from gateway.wire.sftp import SftpWatch
from gateway.wire.sftp_packets import SftpError, parse_call, parse_reply
from recorder.events import Event, Facts, SftpClosed, SftpDone, SftpOpened
from tests.gateway.wire import sftp_bytes as b

CH = 3


class Talk:
    """A client and a server on either side of a watch."""

    def __init__(self, *, begun: bool = True) -> None:
        self.watch = SftpWatch(CH)
        self.at = 0
        if begun:
            self.ask(b.INIT)
            self.answer(b.VERSION)

    def ask(self, *packets: bytes) -> None:
        for data in packets:
            self.watch.called(parse_call(data[4:]))

    def answer(self, *packets: bytes) -> list[Event]:
        self.at += 1
        return [
            event
            for data in packets
            for event in self.watch.replied(self.at, parse_reply(data[4:]))
        ]

    def opened(self, path: bytes = b"/f", flags: int = 3) -> Talk:
        self.ask(b.open_file(100, path, flags))
        self.answer(b.handle(100))
        return self

    def closed(self) -> SftpClosed:
        self.ask(b.close(101))
        (event,) = self.answer(b.status(101))
        assert isinstance(event, SftpClosed)
        return event


def one_piece(data: bytes, offset: int = 0) -> Facts:
    return {"bytes": len(data), "offset": offset, "sha256": sha256(data).digest()}


def test_a_download_is_told_with_size_and_digest() -> None:
    talk = Talk()
    talk.ask(b.open_file(1, b"/etc/hosts"))
    assert talk.answer(b.handle(1)) == [SftpOpened(2, CH, 1, b"/etc/hosts", ("read",), 0, "")]
    talk.ask(b.read(2, 0, 4), b.read(3, 4, 4), b.read(4, 8, 4))
    assert talk.answer(b.data(2, b"abcd"), b.data(3, b"ef"), b.status(4, 1)) == []
    assert talk.closed() == SftpClosed(4, CH, 1, b"/etc/hosts", one_piece(b"abcdef"), {}, 0, "")


def test_an_upload_too() -> None:
    talk = Talk().opened(b"/up", 26)
    talk.ask(b.write(2, 0, b"abcd"), b.write(3, 4, b"ef"))
    assert talk.answer(b.status(3), b.status(2)) == []
    assert talk.closed().written == one_piece(b"abcdef")


def test_an_empty_file_has_the_digest_of_nothing_and_one_that_was_not_read_none() -> None:
    talk = Talk().opened()
    talk.ask(b.read(2, 0, 4))
    talk.answer(b.status(2, 1))
    assert talk.closed().read == one_piece(b"")
    assert Talk().opened().closed().read == {}


@given(st.binary(min_size=1, max_size=60), st.integers(0, 99), st.integers(1, 9), st.randoms())
def test_answers_may_come_in_any_order(
    content: bytes, offset: int, step: int, chance: object
) -> None:
    talk = Talk().opened()
    pieces = [(at, content[at : at + step]) for at in range(0, len(content), step)]
    talk.ask(*(b.read(n, offset + at, step) for n, (at, _) in enumerate(pieces)))
    order = list(enumerate(pieces))
    chance.shuffle(order)  # type: ignore[attr-defined]
    for number, (_, piece) in order:
        talk.answer(b.data(number, piece))
    assert talk.closed().read == one_piece(content, offset)


@pytest.mark.parametrize(
    ("calls", "answers"),
    [
        ([b.read(1, 0, 4), b.read(2, 0, 4)], [b.data(1, b"abcd"), b.data(2, b"abcd")]),
        ([b.read(1, 0, 4), b.read(2, 8, 4)], [b.data(1, b"abcd"), b.data(2, b"abcd")]),
        ([b.read(1, 4, 4), b.read(2, 0, 4)], [b.data(1, b"abcd"), b.data(2, b"abcd")]),
    ],
)
def test_what_was_not_one_piece_has_a_size_and_no_digest(
    calls: list[bytes], answers: list[bytes]
) -> None:
    talk = Talk().opened()
    talk.ask(*calls)
    talk.answer(*answers)
    assert talk.closed().read == {"bytes": 8}


def test_a_write_that_failed_is_told_and_counts_for_nothing() -> None:
    talk = Talk().opened()
    talk.ask(b.write(1, 0, b"abcd"), b.write(2, 4, b"ef"))
    full = SftpDone(3, CH, "write", b"/f", b"", {"offset": 4, "length": 2}, 4, "full")
    assert talk.answer(b.status(1), b.status(2, 4, b"full")) == [full]
    assert talk.closed().written == {"bytes": 4}


def test_data_that_was_copied_by_the_server_has_no_digest() -> None:
    talk = Talk().opened(b"/from")
    talk.ask(b.open_file(1, b"/to", 2))
    talk.answer(b.handle(1, b"i"))
    talk.ask(b.extended(2, b"copy-data", b.s(b"h"), b.u64(0), b.u64(0), b.s(b"i"), b.u64(0)))
    (done,) = talk.answer(b.status(2))
    assert isinstance(done, SftpDone)
    assert (done.operation, done.path, done.other) == ("copy", b"/from", b"/to")
    talk.ask(b.close(3, b"i"))
    (closed,) = talk.answer(b.status(3))
    assert isinstance(closed, SftpClosed)
    assert closed.written == {"bytes": 0}


def test_other_operations_are_told_with_what_was_answered() -> None:
    talk = Talk()
    talk.ask(b.stat(1, b"a"), b.rename(2, b"a", b"b"), b.remove(3, b"c"), b.opendir(4, b"d"))
    talk.ask(b.pack(16, 5, b.s(b".")))
    assert talk.answer(
        b.attributes(1, 7, 0o644), b.status(2), b.status(3, 3, b"no"), b.handle(4),
        b.names(5, b"/root"),
    ) == [
        SftpDone(2, CH, "stat", b"a", b"", {"size": 7, "permissions": 0o644}, 0, ""),
        SftpDone(2, CH, "rename", b"a", b"b", {}, 0, ""),
        SftpDone(2, CH, "remove", b"c", b"", {}, 3, "no"),
        SftpOpened(2, CH, 1, b"d", ("list",), 0, ""),
        SftpDone(2, CH, "realpath", b".", b"", {"target": b"/root"}, 0, ""),
    ]  # fmt: skip
    talk.ask(b.readdir(6), b.readdir(7))
    assert talk.answer(b.names(6, b"x", b"y"), b.status(7, 1)) == []
    assert talk.closed().read == {"entries": 2}


def test_what_could_not_be_opened_has_no_number() -> None:
    talk = Talk()
    talk.ask(b.open_file(1, b"/root/x"))
    assert talk.answer(b.status(1, 3, b"Permission denied")) == [
        SftpOpened(2, CH, 0, b"/root/x", ("read",), 3, "Permission denied")
    ]


def test_what_was_never_closed_is_told_at_the_end() -> None:
    talk = Talk().opened()
    talk.ask(b.read(1, 0, 9))
    talk.answer(b.data(1, b"abc"))
    told = SftpClosed(9, CH, 1, b"/f", one_piece(b"abc"), {}, 7, "never closed")
    assert talk.watch.end(9) == [told]
    assert talk.watch.end(9) == []


@pytest.mark.parametrize(
    "answer",
    [
        b.status(9),
        b.data(1, b"abcde"),
        b.handle(1),
        b.names(1, b"x"),
        b.VERSION,
        b.attributes(1, 1, 1),
    ],
)
def test_an_answer_that_does_not_fit_is_no_sftp(answer: bytes) -> None:
    talk = Talk().opened()
    talk.ask(b.read(1, 0, 4))
    with pytest.raises(SftpError):
        talk.answer(answer)


def test_what_is_out_of_order_is_no_sftp() -> None:
    with pytest.raises(SftpError):
        Talk(begun=False).ask(b.stat(1, b"a"))
    with pytest.raises(SftpError):
        Talk(begun=False).answer(b.VERSION)
    talk = Talk(begun=False)
    talk.ask(b.INIT, b.stat(1, b"a"))
    with pytest.raises(SftpError):
        talk.answer(b.status(1))
    with pytest.raises(SftpError):
        Talk().ask(b.INIT)
    with pytest.raises(SftpError):
        Talk().ask(b.stat(1, b"a"), b.stat(1, b"b"))
    talk = Talk(begun=False)
    talk.ask(b.INIT)
    with pytest.raises(SftpError):
        talk.answer(b.s(b"\2\0\0\0\6"))
    talk = Talk().opened()
    talk.ask(b.open_file(1, b"b"))
    with pytest.raises(SftpError):
        talk.answer(b.handle(1))
    talk.ask(b.open_file(2, b"b"))
    with pytest.raises(SftpError):
        talk.answer(b.status(2))


def test_memory_is_bounded() -> None:
    talk = Talk()
    with pytest.raises(SftpError):
        talk.ask(*(b.stat(n, b"a") for n in range(sftp.CALLS_LIMIT + 1)))
    talk = Talk()
    with pytest.raises(SftpError):
        talk.ask(*(b.stat(n, b"a" * 200_000) for n in range(40)))
    talk = Talk()

    def open_all() -> None:
        for n in range(sftp.HANDLES_LIMIT + 1):
            talk.ask(b.open_file(n, b"a"))
            talk.answer(b.handle(n, b"%d" % n))

    with pytest.raises(SftpError):
        open_all()


def test_what_comes_early_is_bounded_over_all_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp, "EARLY_LIMIT", 100)
    talk = Talk()
    for n in range(4):
        talk.ask(b.open_file(n, b"f%d" % n))
        talk.answer(b.handle(n, b"%d" % n))
        talk.ask(b.read(50 + n, 0, 60, b"%d" % n), b.read(60 + n, 60, 60, b"%d" % n))
        talk.answer(b.data(60 + n, b"x" * 60))
        assert talk.watch._early <= 100
    for n in range(4):
        talk.answer(b.data(50 + n, b"y" * 60))
        talk.ask(b.close(n, b"%d" % n))
        (closed,) = talk.answer(b.status(n))
        assert isinstance(closed, SftpClosed)
        assert ("sha256" in closed.read) is (n == 0)
        assert closed.read["bytes"] == 120
    assert talk.watch._early == 0


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=20), st.lists(st.booleans()))
def test_hostile_packets_end_in_one_error(bodies: list[bytes], sides: list[bool]) -> None:
    talk = Talk()
    for body, client in zip(bodies, sides, strict=False):
        try:
            if client:
                talk.watch.called(parse_call(body))
            else:
                talk.watch.replied(0, parse_reply(body))
        except SftpError:
            return
