"""The relay of SFTP: what is asked, what waits, how a denial looks; also with real programs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import relay
from gateway.errors import Denied, OutOfPlace
from gateway.policy import Allow, Hold, Verdict
from gateway.relay import (
    Answered,
    Arrival,
    ClientEof,
    Close,
    Effect,
    EofToTarget,
    FromClient,
    FromTarget,
    Opened,
    OpenTarget,
    PauseClient,
    Record,
    ResumeClient,
    TargetGone,
    TargetOpened,
    ToClient,
    ToTarget,
)
from gateway.wire.sftp_packets import Framer, Kind, parse_reply
from gateway.wire.sftp_relay import WAITING_LIMIT, SftpRelay
from recorder import events
from tests.gateway.playbook import Playbook
from tests.gateway.wire import sftp_bytes as b
from tests.gateway.wire.channel import ALLOW, CH, PTY, SUBJECT
from tests.gateway.wire.sftp_talk import DENY, OPENED, asked, opened, running, to_target
from tests.system.peers import need

ROOT = Path(__file__).parents[3]


def test_the_subsystem_is_asked_for_first_and_later_versions_become_3() -> None:
    book = Playbook(SftpRelay(CH, SUBJECT))
    first = book.send(OPENED, FromClient(1, b.s(b"\1\0\0\0\6")))
    (question,) = asked(first)
    assert question.question.action == "subsystem"
    assert to_target(first) == b""
    book.on(
        Answered(2, 1, ALLOW),
        Record(events.Decided(2, CH, 1, "allow", ("sre",), "")),
        OpenTarget(()),
    )
    book.on(TargetOpened(3), Record(events.Input(3, CH, b.INIT)), ToTarget(b.INIT))


def test_a_subsystem_that_is_denied_opens_nothing() -> None:
    book = Playbook(SftpRelay(CH, SUBJECT))
    effects = book.send(OPENED, Answered(2, 1, DENY))
    assert not any(isinstance(effect, OpenTarget) for effect in effects)
    assert isinstance(effects[-1], Close)
    notice = next(event for event in book.events if isinstance(event, events.Notice))
    assert (Denied.code.encode() in notice.data, notice.error) == (True, True)


def test_a_call_that_names_a_file_waits_for_its_answer_and_those_behind_it_too() -> None:
    book = running()
    effects = book.send(FromClient(5, b.remove(1, b"/a") + b.stat(2, b"/b")))
    (question,) = asked(effects)
    assert question.question.action == "change-files"
    assert question.question.facts["path"] == b"/a"
    assert to_target(effects) == b""
    effects = book.send(Answered(6, question.request, ALLOW))
    assert to_target(effects) == b.remove(1, b"/a")
    (question,) = asked(effects)
    assert (question.question.action, question.question.facts["path"]) == ("look-at-files", b"/b")


@pytest.mark.parametrize(
    ("verdict", "word", "code"),
    [
        (DENY, "deny", "GR-201"),
        (Hold(("no",), "ask"), "hold", "GR-202"),
        (Allow(("x",), ("mask",)), "deny", "GR-201"),
    ],
)
def test_what_is_not_allowed_gets_the_protocols_own_answer(
    verdict: Verdict, word: str, code: str
) -> None:
    book = running()
    (question,) = asked(book.send(FromClient(5, b.open_file(7, b"/etc/shadow"))))
    effects = book.send(Answered(6, question.request, verdict))
    assert to_target(effects) == b""
    (answer,) = [effect for effect in effects if isinstance(effect, ToClient)]
    (body,) = Framer().feed(answer.data)
    reply = parse_reply(body)
    assert (reply.kind, reply.request, reply.status) == (Kind.STATUS, 7, 3)
    assert reply.message.startswith(f"{code}: ")
    decided, opened, notice = book.events[-3:]
    assert isinstance(decided, events.Decided)
    assert isinstance(opened, events.SftpOpened)
    assert (decided.verdict, opened.handle, opened.status) == (word, 0, 3)
    assert notice == events.Notice(6, CH, answer.data, False)
    # The client goes on, and so do its other calls.
    (question,) = asked(book.send(FromClient(8, b.open_file(8, b"/etc/hosts"))))
    assert to_target(book.send(Answered(9, question.request, ALLOW))) == b.open_file(
        8, b"/etc/hosts"
    )


def test_what_goes_on_with_a_handle_is_not_asked_again() -> None:
    book = running()
    (question,) = asked(book.send(FromClient(5, b.open_file(1, b"/f", 26))))
    assert question.question.action == "write-file"
    book.send(Answered(6, question.request, ALLOW), FromTarget(7, b.handle(1)))
    effects = book.send(FromClient(8, b.write(2, 0, b"data") + b.close(3)))
    assert not asked(effects)
    assert to_target(effects) == b.write(2, 0, b"data") + b.close(3)
    book.send(FromTarget(9, b.status(2) + b.status(3)))
    closed = next(event for event in book.events if isinstance(event, events.SftpClosed))
    assert closed.written["sha256"] == sha256(b"data").digest()


@pytest.mark.parametrize("keep", [0, 5, 8, 100])
def test_so_much_of_a_file_is_kept_and_of_the_rest_its_digest(keep: int) -> None:
    book = running(keep)
    opened(book, 3, verdicts=2)
    book.effects.clear()
    book.send(FromClient(6, b.write(1, 0, b"abcd") + b.write(2, 4, b"efghij")))
    book.send(FromTarget(7, b.status(1) + b.status(2)))
    book.send(FromClient(8, b.read(3, 2, 9)), FromTarget(9, b.data(3, b"cdefghij")))
    book.send(FromClient(9, b.close(4)), FromTarget(9, b.status(4)))
    written, read = b"abcdefghij"[keep:], b"cdefghij"[keep:]
    left = [event for event in book.events if isinstance(event, events.SftpLeftOut)]
    for side, gone, first in (("written", written, 0), ("read", read, 2)):
        pieces = [event for event in left if event.side == side]
        assert sum(event.count for event in pieces) == len(gone)
        if gone:
            assert (pieces[0].handle, pieces[0].offset) == (1, first + keep)
            assert pieces[-1].sha256 == sha256(gone[-pieces[-1].count :]).digest()
    kept = b"".join(e.data for e in book.events if isinstance(e, events.Input))
    assert len(to_target(book.effects)) - len(kept) == len(written)
    (closed,) = [event for event in book.events if isinstance(event, events.SftpClosed)]
    assert closed.written["sha256"] == sha256(b"abcdefghij").digest()
    assert closed.read["sha256"] == sha256(b"cdefghij").digest()


def test_variables_go_on_by_the_list_and_a_terminal_does_not() -> None:
    book = Playbook(SftpRelay(CH, SUBJECT, environment=["LANG"]))
    asked_for = [(b"LANG", b"C"), (b"SECRET", b"s")]
    effects = book.send(Opened(1, "subsystem", b"sftp", PTY, asked_for), Answered(1, 1, ALLOW))
    assert effects[-1] == OpenTarget(((b"LANG", b"C"),))
    assert [
        (e.name, e.value, e.passed) for e in book.events if isinstance(e, events.Environment)
    ] == [(b"LANG", b"C", True), (b"SECRET", b"", False)]
    assert [e.what for e in book.events if isinstance(e, events.Refused)] == ["terminal"]


def test_what_cannot_be_read_is_taken_for_a_change() -> None:
    (question,) = asked(running().send(FromClient(5, b.extended(1, b"new@example", b"??"))))
    assert question.question.action == "change-files"


def test_a_client_that_does_not_wait_is_not_read_from() -> None:
    book = running()
    opened(book, 2)
    calls = b.stat(1, b"/a") + b"".join(b.write(n, 0, b"x" * 200_000) for n in range(2, 10))
    effects = book.send(FromClient(5, calls))
    assert effects[-1] == PauseClient()
    (question,) = asked(effects)
    effects = book.send(Answered(6, question.request, ALLOW))
    assert ResumeClient() in effects
    assert len(to_target(effects)) == len(calls) > WAITING_LIMIT


def test_input_ends_behind_what_waits() -> None:
    book = running()
    (question,) = asked(book.send(FromClient(5, b.stat(1, b"/a"))))
    assert book.send(ClientEof(6)) == []
    effects = book.send(Answered(7, question.request, ALLOW))
    assert effects[-1] == EofToTarget()
    effects = book.send(TargetGone(8, "closed"))
    assert effects[-1] == Close("target: closed")


@pytest.mark.parametrize(
    "arrivals",
    [
        [FromClient(5, b"\0\0\0\0")],
        [FromClient(5, b"\xff" * 9)],
        [FromClient(5, b"\0\0\0"), ClientEof(6)],
        [FromTarget(5, b.status(77))],
        [FromTarget(5, b"HTTP/1.1 400")],
        [ClientEof(5), FromClient(6, b"x")],
        [FromClient(5, b.stat(1, b"/tmp/a\0/../etc"))],
        [
            FromClient(5, b.opendir(1, b"/d")),
            Answered(5, 2, ALLOW),
            FromTarget(5, b.handle(1)),
            FromClient(5, b.readdir(2)),
            FromTarget(5, b.names(2, b"a", b"../../.ssh/authorized_keys")),
        ],
    ],
)
def test_what_is_no_sftp_ends_the_channel(arrivals: list[Arrival]) -> None:
    book = running()
    effects = book.send(*arrivals)
    assert isinstance(effects[-1], Close)
    assert any(isinstance(e, events.Refused) and e.error == OutOfPlace.code for e in book.events)
    said = [effect for effect in effects if isinstance(effect, ToClient)]
    assert [each.error for each in said][-1:] == [True]
    assert not any(b"authorized_keys" in each.data for each in said)
    assert book.send(FromClient(9, b.stat(1, b"a"))) == []


CALLS = st.sampled_from([
    b.open_file(1, b"/f"), b.close(2), b.read(3, 0, 4), b.write(4, 0, b"abc"), b.stat(5, b"/a"),
    b.remove(6, b"/deny"), b.rename(7, b"/a", b"/deny"), b.opendir(8, b"/d"), b"\0\0\0\1\x63",
])  # fmt: skip
ANSWERS = st.sampled_from([
    b.handle(1), b.status(2), b.data(3, b"ab"), b.status(4), b.attributes(5, 1, 2), b.status(6),
    b.status(7, 4, b"no"), b.handle(8), b"\0\0\0\1\x63",
])  # fmt: skip
STEPS = st.lists(st.tuples(st.booleans(), CALLS | ANSWERS), max_size=12)


def played(steps: list[tuple[bool, bytes]], *, bytewise: bool) -> list[Effect]:
    """What comes of these, every question being answered at once."""
    book = running()
    for client, data in steps:
        pieces = [bytes([byte]) for byte in data] if bytewise else [data]
        for piece in pieces:
            effects = book.send(FromClient(5, piece) if client else FromTarget(5, piece))
            while questions := asked(effects):
                deny = str(questions[-1].question.facts).count("deny")
                verdict: Verdict = DENY if deny else ALLOW
                effects = book.send(Answered(5, questions[-1].request, verdict))
    return book.effects


@given(STEPS)
def test_where_it_is_cut_does_not_matter(steps: list[tuple[bool, bytes]]) -> None:
    assert played(steps, bytewise=True) == played(steps, bytewise=False)


@given(STEPS)
def test_every_byte_is_recorded_before_it_goes_on(steps: list[tuple[bool, bytes]]) -> None:
    recorded = {ToTarget: b"", ToClient: b""}
    for effect in played(steps, bytewise=False):
        match effect:
            case Record(events.Input(data=data)):
                recorded[ToTarget] += data
            case Record(events.Output(data=data) | events.Notice(data=data)):
                recorded[ToClient] += data
            case ToTarget(data) | ToClient(data):
                kind = type(effect)
                assert recorded[kind].startswith(data)
                recorded[kind] = recorded[kind][len(data) :]
            case _:
                pass
    assert recorded == {ToTarget: b"", ToClient: b""}


@given(STEPS)
def test_nothing_of_a_denied_call_reaches_the_server(steps: list[tuple[bool, bytes]]) -> None:
    assert b"deny" not in to_target(played(steps, bytewise=False))


def test_a_window_or_a_signal_has_no_place_here() -> None:
    book = running()
    for arrival in (relay.Resized(5, 1, 1, 0, 0), relay.Signalled(5, "INT"), relay.Broke(5, 1)):
        (effect,) = book.send(arrival)
        assert isinstance(effect, Record)
        assert isinstance(effect.event, events.Refused)


@pytest.mark.peer
def test_opensshs_own_client_and_server_talk_through_it(tmp_path: Path) -> None:
    need("sftp")
    need("/usr/lib/openssh/sftp-server")
    content = os.urandom(3_000_017)
    (tmp_path / "up").write_bytes(content)
    (tmp_path / "secret").write_text("s")
    far = tmp_path / "far"
    far.mkdir()
    batch = tmp_path / "batch"
    batch.write_text(
        f"put {tmp_path}/up {far}/a\nget {far}/a {tmp_path}/down\nls -l {far}\n"
        f"-get {tmp_path}/secret {tmp_path}/stolen\n-rm {tmp_path}/secret\n"
        f"rename {far}/a {far}/b\nmkdir {far}/d\nchmod 600 {far}/b\n-rm {far}/none\n"
        f"symlink {far}/b {far}/link\n"
    )
    log = tmp_path / "log"
    bridge = Path(__file__).with_name("sftp_bridge.py")
    direct = shlex.join([sys.executable, str(bridge), "secret", str(log)])
    ran = subprocess.run(
        [need("sftp"), "-b", str(batch), "-D", direct],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "down").read_bytes() == content
    assert (tmp_path / "secret").exists()
    assert not (tmp_path / "stolen").exists() or not (tmp_path / "stolen").read_bytes()
    assert f"remote delete {tmp_path}/secret: Permission denied" in ran.stderr
    told = [json.loads(line) for line in log.read_text().splitlines()]
    closed = [each for each in told if each["code"] == "sftp-close" and each["path"] == f"{far}/a"]
    piece = {"bytes": len(content), "offset": 0}
    digest = sha256(content).digest()
    assert [each["written"] for each in closed if each["written"]] == [
        {**piece, "sha256_hex": digest.hex()}
    ]
    assert [each["read"] for each in closed if each["read"]] == [
        {**piece, "sha256_hex": digest.hex()}
    ]
    done = {
        (each["operation"], each["path"], each["status"])
        for each in told
        if each["code"] == "sftp-op"
    }
    assert ("rename", f"{far}/a", 0) in done
    assert ("mkdir", f"{far}/d", 0) in done
    assert ("setstat", f"{far}/b", 0) in done
    assert ("symlink", f"{far}/link", 0) in done
    assert ("remove", f"{far}/none", 2) in done
    denied = [each for each in told if each["code"] == "verdict" and each["verdict"] == "deny"]
    assert denied
    lists = [each for each in told if each["code"] == "sftp-close" and "entries" in each["read"]]
    assert lists[0]["read"]["entries"] >= 1
