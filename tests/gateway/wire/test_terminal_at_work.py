"""The terminal relay at work: what it records of bytes and requests, and how it ends."""

from __future__ import annotations

import pytest

from gateway.errors import Ended, OutOfPlace
from gateway.relay import (
    STATUS_BROKEN,
    Arrival,
    BreakTarget,
    Broke,
    ClientEof,
    ClientGone,
    Close,
    Effect,
    EofToClient,
    EofToTarget,
    Exited,
    ExitToClient,
    FromClient,
    FromTarget,
    Record,
    Resized,
    ResizeTarget,
    Signalled,
    SignalTarget,
    Stopped,
    TargetEof,
    TargetGone,
    Tick,
    ToClient,
    Told,
    ToTarget,
    Unserved,
    WakeAt,
)
from gateway.wire.echo import PATIENCE
from gateway.wire.terminal import (
    KeepTyped,
)
from gateway.wire.window import SIGNALS
from recorder import events
from tests.gateway.playbook import Playbook
from tests.gateway.wire.channel import CH, opened, relay, running

# -- bytes -----------------------------------------------------------------------------------------


def test_without_a_terminal_input_is_recorded_in_full() -> None:
    running("exec", pty=False).on(
        FromClient(5, b"\x00\xffsecret\n"),
        Record(events.Input(5, CH, b"\x00\xffsecret\n")),
        ToTarget(b"\x00\xffsecret\n"),
    )


def test_output_and_error_output_are_apart() -> None:
    running("exec", pty=False).on(
        FromTarget(5, b"out\xff"), Record(events.Output(5, CH, b"out\xff")), ToClient(b"out\xff")
    ).on(
        FromTarget(6, b"err", error=True),
        Record(events.ErrorOutput(6, CH, b"err")),
        ToClient(b"err", error=True),
    )


def test_a_typed_command_is_disclosed_once_it_was_echoed() -> None:
    running().on(FromClient(5, b"ls"), Record(events.Typed(5, CH, 2)), ToTarget(b"ls")).on(
        FromTarget(6, b"ls"), Record(events.Output(6, CH, b"ls")), ToClient(b"ls")
    ).on(
        FromClient(7, b"\r"),
        Record(events.Typed(7, CH, 1)),
        Record(events.Disclosed(7, CH, b"ls\r")),
        ToTarget(b"\r"),
    )


def test_a_password_is_withheld() -> None:
    running().on(
        FromClient(5, b"hunter2\r"),
        Record(events.Typed(5, CH, 8)),
        WakeAt(5 + PATIENCE),
        ToTarget(b"hunter2\r"),
    ).on(
        FromTarget(6, b"\r\n$ "),
        Record(events.Output(6, CH, b"\r\n$ ")),
        Record(events.Withheld(6, CH, 8)),
        WakeAt(None),
        ToClient(b"\r\n$ "),
    )


def test_a_password_is_withheld_when_nothing_comes_at_all() -> None:
    book = running()
    book.send(FromClient(5, b"hunter2\r"))
    book.on(Tick(4 + PATIENCE))
    book.on(Tick(5 + PATIENCE), Record(events.Withheld(5 + PATIENCE, CH, 8)), WakeAt(None))
    book.on(Tick(6 + PATIENCE))


def test_all_input_is_kept_where_policy_says_so() -> None:
    running(keep=KeepTyped.ALL).on(
        FromClient(5, b"hunter2\r"),
        Record(events.Input(5, CH, b"hunter2\r")),
        ToTarget(b"hunter2\r"),
    )


def test_no_typed_input_is_kept_where_policy_says_so() -> None:
    book = running(keep=KeepTyped.NONE)
    book.on(
        FromClient(5, b"ls\r"),
        Record(events.Typed(5, CH, 3)),
        Record(events.Withheld(5, CH, 3)),
        ToTarget(b"ls\r"),
    )
    book.on(FromTarget(6, b"ls\r\n"), Record(events.Output(6, CH, b"ls\r\n")), ToClient(b"ls\r\n"))


def test_empty_pieces_are_nothing() -> None:
    running().on(FromClient(5, b"")).on(FromTarget(5, b""))


# -- what is not bytes -----------------------------------------------------------------------------


def test_resizes_signals_and_breaks_are_recorded_and_passed_on() -> None:
    book = running().on(
        Resized(5, 100, 70000, 1, 2),
        Record(events.Resize(5, CH, 100, 65535, 1, 2)),
        ResizeTarget(100, 65535, 1, 2),
    )
    book.on(Broke(6, 500), Record(events.Break(6, CH, 500)), BreakTarget(500))
    for name in sorted(SIGNALS):
        book.on(Signalled(7, name), Record(events.Signal(7, CH, name)), SignalTarget(name))


@pytest.mark.parametrize("name", ["", "SIGTERM", "WINCH", "x\n", "9"])
def test_unknown_signals_are_refused(name: str) -> None:
    refused = events.Refused(5, CH, "signal", name.encode(), OutOfPlace.code)
    running().on(Signalled(5, name), Record(refused))


def test_a_resize_without_a_terminal_is_refused() -> None:
    refused = events.Refused(5, CH, "window-change", b"", OutOfPlace.code)
    running("exec", pty=False).on(Resized(5, 80, 24, 0, 0), Record(refused))


def test_what_is_not_served_is_recorded() -> None:
    running().on(
        Unserved(5, "x11-req", b"\x00", "GR-233"),
        Record(events.Refused(5, CH, "x11-req", b"\x00", "GR-233")),
    )


def test_a_second_request_on_one_channel_runs_nothing() -> None:
    """SSH-02."""
    refused = events.Refused(1, CH, "a second exec", b"id", OutOfPlace.code)
    running().on(opened("exec", b"id"), Record(refused))
    book = Playbook(relay())
    book.send(opened())
    book.on(opened("exec", b"id"), Record(refused))


# -- the end ---------------------------------------------------------------------------------------


def test_half_closes_and_an_exit_status() -> None:
    running("exec", pty=False).on(
        ClientEof(5), Record(events.HalfClose(5, CH, "client")), EofToTarget()
    ).on(ClientEof(5)).on(
        FromTarget(6, b"x"), Record(events.Output(6, CH, b"x")), ToClient(b"x")
    ).on(Exited(7, 3), Record(events.Exit(7, CH, 3))).on(
        FromTarget(8, b"y"), Record(events.Output(8, CH, b"y")), ToClient(b"y")
    ).on(TargetEof(8), Record(events.HalfClose(8, CH, "target")), EofToClient()).on(
        TargetGone(9, "closed"),
        Record(events.ChannelClosed(9, CH, "target: closed")),
        ExitToClient(3),
        Close("target: closed"),
    )


def test_an_exit_signal() -> None:
    book = running("exec", pty=False)
    book.on(
        Exited(7, None, "SEGV", True, "dumped"),
        Record(events.ExitSignal(7, CH, "SEGV", True, "dumped")),
    )
    assert ExitToClient(None, "SEGV", True, "dumped") in book.send(TargetGone(9, "closed"))


def test_a_target_that_goes_without_a_status() -> None:
    running("exec", pty=False).on(
        TargetGone(9, "closed"),
        Record(events.ChannelClosed(9, CH, "target: closed")),
        Close("target: closed"),
    )


GOODBYE = b"gatereel: GR-208: maintenance\r\n"
ENDS: list[tuple[Arrival, list[Effect]]] = [
    (
        ClientGone(6, "connection lost"),
        [
            WakeAt(None),
            Record(events.ChannelClosed(6, CH, "client: connection lost")),
            Close("client: connection lost"),
        ],
    ),
    (
        TargetGone(6, "closed"),
        [
            WakeAt(None),
            Record(events.ChannelClosed(6, CH, "target: closed")),
            Close("target: closed"),
        ],
    ),
    (
        Stopped(6, Ended("maintenance")),
        [
            WakeAt(None),
            Record(events.ChannelClosed(6, CH, "gateway: GR-208")),
            ExitToClient(STATUS_BROKEN),
            Close("gateway: GR-208"),
        ],
    ),
]


@pytest.mark.parametrize(("arrival", "then"), ENDS)
def test_at_the_end_all_that_is_undecided_is_withheld(arrival: Arrival, then: list[Effect]) -> None:
    book = running()
    book.send(FromClient(5, b"hunter2\rls"))
    told: list[Effect] = []
    if isinstance(arrival, Stopped):
        told = [Record(events.Notice(6, CH, GOODBYE, True)), ToClient(GOODBYE, error=True)]
    withheld = [Record(events.Withheld(6, CH, 8)), Record(events.Withheld(6, CH, 2))]
    book.on(arrival, *told, *withheld, *then)
    assert book.send(FromClient(7, b"x"), FromTarget(7, b"x"), Tick(8), arrival) == []


def test_an_exit_withholds_what_is_undecided_too() -> None:
    book = running()
    book.send(FromClient(5, b"exi"))
    book.on(Exited(6, 0), Record(events.Withheld(6, CH, 3)), Record(events.Exit(6, CH, 0)))
    book.on(Exited(6, 1))


def test_nothing_is_said_after_the_end_of_output() -> None:
    book = running()
    book.send(Exited(5, 4), TargetEof(5))
    book.on(
        Stopped(6, Ended("maintenance")),
        Record(events.ChannelClosed(6, CH, "gateway: GR-208")),
        ExitToClient(4),
        Close("gateway: GR-208"),
    )


@pytest.mark.parametrize(
    ("end", "bytes_", "what"),
    [
        (ClientEof(5), FromClient(6, b"x"), "bytes after the end of input"),
        (TargetEof(5), FromTarget(6, b"x"), "bytes after the end of output"),
    ],
)
def test_bytes_after_an_end_end_the_session(end: Arrival, bytes_: Arrival, what: str) -> None:
    book = running("exec", pty=False)
    book.send(end)
    effects = book.send(bytes_)
    assert effects[0] == Record(events.Refused(6, CH, what, b"", OutOfPlace.code))
    assert effects[-1] == Close(f"gateway: {OutOfPlace.code}")
    assert not any(isinstance(each, ToTarget) for each in effects)
    assert ToClient(b"x") not in effects


def test_words_for_whoever_sits_at_a_terminal_go_to_no_program() -> None:
    line = b"\r\ngatereel: soon\r\n"
    told = Record(events.Notice(5, CH, line, False)), ToClient(line)
    running().on(Told(5, b"gatereel: soon"), *told)
    assert running(pty=False).send(Told(5, b"gatereel: soon")) == []
