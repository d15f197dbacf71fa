"""Each relay while its request waits: written down, told, and nothing of it goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway import relay
from gateway.policy import ELSEWHERE, Allow, Deny, Request
from gateway.relay import Effect, Record, Relay
from gateway.wire.forward import ForwardRelay
from gateway.wire.sftp_relay import SftpRelay
from gateway.wire.terminal import TerminalRelay
from gateway.wire.waiting import happened
from recorder.events import ChannelClosed, Decided, HoldEnded, HoldOpened, Notice

SUBJECT = Request("alice", "person", (), "connect", "web1", "root")
OPENED = HoldOpened(5, 1, 1, "k7m2q9xp", bytes(32), {})
WAITS = relay.Waits(5, (OPENED,), ("ask \x1b[31mbob",))
PTY = relay.TerminalSpec("xterm", 80, 24, 0, 0, b"")
SAID = {"said": "hold"}


def exec_relay() -> Relay:
    return TerminalRelay(1, SUBJECT, "s")


RELAYS: dict[str, tuple[Callable[[], Relay], relay.Opened, bytes]] = {
    "exec": (exec_relay, relay.Opened(0, "exec", b"reboot", None, ()), b"\n"),
    "shell": (exec_relay, relay.Opened(0, "shell", b"", PTY, ()), b"\r\n"),
    "sftp": (lambda: SftpRelay(1, SUBJECT), relay.Opened(0, "subsystem", b"sftp", None, ()), b"\n"),
    "forward": (
        lambda: ForwardRelay(1, SUBJECT, "db:5432"),
        relay.Opened(0, "direct-tcpip", b"db:5432", None, ()),
        b"",
    ),
}


def test_a_line_is_recorded_before_it_is_told_and_acts_on_no_terminal() -> None:
    line = b"gatereel: ask ?[31mbob\n"
    assert happened(1, WAITS, b"\n") == [
        Record(OPENED),
        Record(Notice(5, 1, line, True)),
        relay.ToClient(line, error=True),
    ]


@pytest.mark.parametrize("name", RELAYS)
def test_nothing_goes_on_before_the_answer_and_then_it_does(name: str) -> None:
    make, opened, end = RELAYS[name]
    core = make()
    effects: list[Effect] = core.receive(opened)
    (asked,) = [each for each in effects if isinstance(each, relay.Ask)]
    while_waiting = core.receive(WAITS)
    assert while_waiting[0] == Record(OPENED)
    told = [each.data for each in while_waiting if isinstance(each, relay.ToClient)]
    assert told == ([b"gatereel: ask ?[31mbob" + end] if end else [])
    ended = HoldEnded(6, 1, 1, "k7m2q9xp", "used", "approved")
    assert core.receive(relay.Waits(6, (ended,), ())) == [Record(ended)]
    verdict = Allow(("two",), (ELSEWHERE,) if name == "forward" else ())
    after = core.receive(relay.Answered(7, asked.request, verdict))
    assert isinstance(after[-1], relay.OpenTarget)
    assert not [each for each in while_waiting if isinstance(each, relay.OpenTarget)]


@pytest.mark.parametrize("name", RELAYS)
def test_a_hold_that_came_to_nothing_ends_it_with_a_word_and_a_status(name: str) -> None:
    make, opened, _ = RELAYS[name]
    core = make()
    core.receive(opened)
    core.receive(WAITS)
    verdict = Deny(("two",), "denied by bob: not today", SAID)
    effects = core.receive(relay.Answered(7, 1, verdict))
    events = [each.event for each in effects if isinstance(each, Record)]
    assert [each.verdict for each in events if isinstance(each, Decided)] == ["deny"]
    (notice,) = [each for each in events if isinstance(each, Notice)]
    assert b"GR-274" in notice.data
    assert b"denied by bob: not today" in notice.data
    assert [each.reason for each in events if isinstance(each, ChannelClosed)] == [
        "gateway: GR-274"
    ]
    (left,) = [each for each in effects if isinstance(each, relay.ExitToClient)]
    assert left.status == (255 if name == "forward" else 126)
    assert isinstance(effects[-1], relay.Close)


def test_at_a_terminal_an_interrupt_takes_it_back() -> None:
    core = exec_relay()
    core.receive(RELAYS["shell"][1])
    core.receive(WAITS)
    assert core.receive(relay.FromClient(6, b"ls\r")) == []
    effects = core.receive(relay.FromClient(7, b"\x03"))
    assert relay.ExitToClient(130) in effects
    assert isinstance(effects[-1], relay.Close)
    assert core.receive(relay.Answered(8, 1, Allow(("two",)))) == []


def test_without_one_it_is_input_for_the_command() -> None:
    core = exec_relay()
    core.receive(RELAYS["exec"][1])
    core.receive(WAITS)
    assert core.receive(relay.FromClient(6, b"\x03")) == []
    core.receive(relay.Answered(8, 1, Allow(("two",))))
    assert relay.ToTarget(b"\x03") in core.receive(relay.TargetOpened(9))
