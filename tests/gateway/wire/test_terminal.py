"""The terminal relay before its target is there: what is asked, and what waits for the answer."""

from __future__ import annotations

import pytest

from gateway.errors import Denied, NeedsApproval, OutOfPlace, TargetLost
from gateway.policy import Allow, Deny, Hold, Request, Verdict
from gateway.relay import (
    STATUS_BROKEN,
    Answered,
    Arrival,
    Ask,
    Broke,
    ClientEof,
    ClientGone,
    Close,
    EofToTarget,
    Exited,
    ExitToClient,
    FromClient,
    FromTarget,
    Opened,
    OpenTarget,
    PauseClient,
    Record,
    Resized,
    ResizeTarget,
    ResumeClient,
    Signalled,
    TargetEof,
    TargetGone,
    TargetOpened,
    TerminalSpec,
    ToClient,
    ToTarget,
)
from gateway.wire.environment import COUNT_LIMIT
from gateway.wire.terminal import (
    EARLY_LIMIT,
    STATUS_REFUSED,
)
from recorder import events
from tests.gateway.playbook import Playbook
from tests.gateway.wire.channel import ALLOW, CH, opened, relay

# -- the request ---------------------------------------------------------------------------------


def test_a_shell_is_recorded_asked_greeted_and_opened() -> None:
    facts = {"address": "::1", "terminal": True}
    line = b"gatereel: this session is recorded, its id is 0192-abc\r\n"
    Playbook(relay()).on(
        opened(environment=[(b"LANG", b"C"), (b"LD_PRELOAD", b"/x.so")]),
        Record(events.ChannelOpened(1, CH, "session", "client")),
        Record(events.Terminal(1, CH, "xterm", 80, 24, 0, 0, b"\x00")),
        Record(events.Environment(1, CH, b"LANG", b"C", True)),
        Record(events.Environment(1, CH, b"LD_PRELOAD", b"", False)),
        Record(events.Requested(1, CH, "shell", b"")),
        Record(events.Asked(1, CH, 1, "shell", facts)),
        Ask(1, Request("alice", "person", ("sre",), "shell", "web1", "root", facts)),
    ).on(
        Answered(2, 1, ALLOW),
        Record(events.Decided(2, CH, 1, "allow", ("sre",), "")),
        Record(events.Notice(2, CH, line, False)),
        ToClient(line),
        OpenTarget(((b"LANG", b"C"),)),
    ).on(TargetOpened(3))


def test_a_shell_without_a_terminal_is_greeted_on_standard_error() -> None:
    book = Playbook(relay())
    book.send(opened(pty=False))
    line = b"gatereel: this session is recorded, its id is 0192-abc\n"
    assert ToClient(line, error=True) in book.send(Answered(2, 1, ALLOW))


@pytest.mark.parametrize("kind", ["exec", "subsystem"])
@pytest.mark.parametrize("pty", [False, True])
def test_a_command_hears_nothing_from_the_gateway(kind: str, pty: bool) -> None:
    book = Playbook(relay())
    asked = book.send(opened(kind, b"git \xff", pty))
    assert asked[-2:] == [
        Record(
            events.Asked(
                1, CH, 1, kind, {"address": "::1", "terminal": pty, "command": b"git \xff"}
            )
        ),
        Ask(
            1,
            Request(
                *("alice", "person", ("sre",), kind, "web1", "root"),
                {"address": "::1", "terminal": pty, "command": b"git \xff"},
            ),
        ),
    ]
    book.on(
        Answered(2, 1, ALLOW),
        Record(events.Decided(2, CH, 1, "allow", ("sre",), "")),
        OpenTarget(()),
    )


@pytest.mark.parametrize(
    ("verdict", "recorded", "line"),
    [
        (
            Deny(("r",), "not you"),
            events.Decided(2, CH, 1, "deny", ("r",), "not you"),
            f"gatereel: {Denied.code}: policy does not allow exec as root on web1: not you",
        ),
        (
            Hold(("two",), "two people"),
            events.Decided(2, CH, 1, "hold", ("two",), "two people"),
            (
                f"gatereel: {NeedsApproval.code}: exec as root on web1 needs a second person's"
                " approval: two people"
            ),
        ),
        (
            Allow(("r",), ("mask:email", "limit:1")),
            events.Decided(
                *(2, CH, 1, "deny", ("r",)),
                "it asks for mask:email, limit:1, which a terminal cannot do",
                {"said": "allow", "obliged": ["mask:email", "limit:1"]},
            ),
            (
                f"gatereel: {Denied.code}: policy does not allow exec as root on web1: it asks for"
                " mask:email, limit:1, which a terminal cannot do"
            ),
        ),
        (
            Deny((), "evil\x1b[31m\r\nline"),
            events.Decided(2, CH, 1, "deny", (), "evil\x1b[31m\r\nline"),
            f"gatereel: {Denied.code}: policy does not allow exec as root on web1: evil?[31m??line",
        ),
    ],
)
def test_a_refusal_is_told_with_a_code_and_nothing_is_opened(
    verdict: Verdict, recorded: events.Event, line: str
) -> None:
    book = Playbook(relay())
    book.send(opened("exec", b"id", pty=False), FromClient(1, b"early"))
    data = line.encode() + b"\n"
    code = line.split(": ")[1]
    book.on(
        Answered(2, 1, verdict),
        Record(recorded),
        Record(events.Notice(2, CH, data, True)),
        ToClient(data, error=True),
        Record(events.ChannelClosed(2, CH, f"gateway: {code}")),
        ExitToClient(STATUS_REFUSED),
        Close(f"gateway: {code}"),
    )
    assert book.send(FromClient(3, b"x"), Answered(3, 1, ALLOW), ClientGone(4, "")) == []


def test_on_a_terminal_a_refusal_ends_its_line_with_a_carriage_return() -> None:
    book = Playbook(relay())
    book.send(opened())
    told = [each for each in book.send(Answered(2, 1, Deny((), "no"))) if type(each) is ToClient]
    assert [each.data[-4:] for each in told] == [b"no\r\n"]


def test_an_answer_to_another_question_is_none() -> None:
    book = Playbook(relay())
    assert book.send(Answered(0, 1, ALLOW)) == []
    book.send(opened())
    assert book.send(Answered(2, 2, ALLOW)) == []
    book.send(Answered(2, 1, ALLOW))
    assert book.send(Answered(3, 1, Deny((), "too late"))) == []


def test_more_variables_than_are_looked_at_are_refused_together() -> None:
    book = Playbook(relay())
    many = [(b"LC_%d" % number, b"C") for number in range(COUNT_LIMIT + 3)]
    book.send(opened(environment=many))
    refused = [each for each in book.events if isinstance(each, events.Refused)]
    assert refused == [events.Refused(1, CH, "more environment variables", b"3", OutOfPlace.code)]
    effects = book.send(Answered(2, 1, ALLOW))
    assert effects[-1] == OpenTarget(tuple(many[:COUNT_LIMIT]))


def test_sizes_are_what_a_kernel_can_hold() -> None:
    book = Playbook(relay())
    book.send(Opened(1, "shell", b"", TerminalSpec("xterm", 2**32 - 1, 0, 70000, 1, b""), []))
    assert events.Terminal(1, CH, "xterm", 65535, 0, 65535, 1, b"") in book.events


# -- before the target is there ------------------------------------------------------------------


def test_early_input_waits_for_the_target_and_is_recorded_when_it_goes() -> None:
    book = Playbook(relay())
    book.send(opened("exec", b"cat", pty=False))
    book.on(FromClient(2, b"one "))
    book.send(Answered(3, 1, ALLOW))
    book.on(FromClient(4, b"two"))
    book.on(TargetOpened(5), Record(events.Input(5, CH, b"one two")), ToTarget(b"one two"))


def test_early_input_without_end_pauses_the_client() -> None:
    book = Playbook(relay())
    book.send(opened("exec", b"cat", pty=False))
    book.on(FromClient(2, b"x" * EARLY_LIMIT))
    book.on(FromClient(2, b"y"), PauseClient())
    book.on(FromClient(2, b"z"))
    book.send(Answered(3, 1, ALLOW))
    data = b"x" * EARLY_LIMIT + b"yz"
    book.on(TargetOpened(5), Record(events.Input(5, CH, data)), ToTarget(data), ResumeClient())


def test_an_early_end_of_input_follows_the_input() -> None:
    book = Playbook(relay())
    book.send(opened("exec", b"cat", pty=False), FromClient(2, b"x"))
    book.on(ClientEof(2))
    book.send(Answered(3, 1, ALLOW))
    book.on(
        TargetOpened(5),
        Record(events.Input(5, CH, b"x")),
        ToTarget(b"x"),
        Record(events.HalfClose(5, CH, "client")),
        EofToTarget(),
    )


def test_an_early_resize_reaches_the_target_when_it_is_there() -> None:
    book = Playbook(relay())
    book.send(opened())
    book.on(Resized(2, 100, 30, 0, 0), Record(events.Resize(2, CH, 100, 30, 0, 0)))
    book.on(Resized(2, 90, 20, 0, 0), Record(events.Resize(2, CH, 90, 20, 0, 0)))
    book.send(Answered(3, 1, ALLOW))
    book.on(TargetOpened(5), ResizeTarget(90, 20, 0, 0))


def test_early_signals_and_breaks_are_refused() -> None:
    book = Playbook(relay())
    book.send(opened())
    book.on(Signalled(2, "INT"), Record(events.Refused(2, CH, "signal", b"INT", OutOfPlace.code)))
    book.on(Broke(2, 500), Record(events.Refused(2, CH, "break", b"", OutOfPlace.code)))


@pytest.mark.parametrize(
    "arrival", [FromTarget(2, b"x"), Exited(2, 0), TargetEof(2), TargetOpened(2)]
)
def test_a_target_that_nobody_opened_says_nothing(arrival: Arrival) -> None:
    book = Playbook(relay())
    book.send(opened())
    book.on(arrival)


def test_a_target_that_cannot_be_opened() -> None:
    book = Playbook(relay())
    book.send(opened("exec", b"id", pty=False), Answered(2, 1, ALLOW), FromClient(3, b"lost"))
    line = b"gatereel: GR-203: web1 does not answer\n"
    book.on(
        TargetGone(4, "refused by ::1", TargetLost("web1 does not answer")),
        Record(events.Notice(4, CH, line, True)),
        ToClient(line, error=True),
        Record(events.ChannelClosed(4, CH, "target: refused by ::1")),
        ExitToClient(STATUS_BROKEN),
        Close("target: refused by ::1"),
    )
