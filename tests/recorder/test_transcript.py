"""What happened without a terminal, as a terminal shows it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.channel_screen import ChannelScreen, Size
from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    Decided,
    ErrorOutput,
    Event,
    Exit,
    ExitSignal,
    HalfClose,
    Input,
    Notice,
    Output,
    Refused,
    Requested,
    SftpClosed,
    SftpDone,
    SftpLeftOut,
    SftpOpened,
    Terminal,
    Transferred,
)
from recorder.screen import Frame, Screen
from recorder.transcript import COMMAND_LIMIT, Transcript

SIZE = Size(76, 12)
RED = 1


def fed(*events: Event, streams: bool = True) -> Frame:
    screen = Screen(*SIZE)
    transcript = Transcript()
    for event in events:
        screen.feed(transcript.take(event, streams=streams) or b"")
    return screen.frame()


def lines(frame: Frame) -> list[str]:
    read = [frame.text(y) for y in range(frame.rows)]
    while read and not read[-1]:
        read.pop()
    return read


def run(command: bytes) -> Requested:
    return Requested(0, 1, "exec", command)


def test_a_command_from_what_was_typed_to_how_it_ended() -> None:
    frame = fed(
        ChannelOpened(0, 1, "session", "client"),
        run(b"make -s 2>&1 | tee log"),
        Input(1, 1, b"yes\n" * 500),
        Input(2, 1, b"no\n"),
        Output(3, 1, b"building\n50 %"),
        HalfClose(4, 1, "client"),
        ErrorOutput(5, 1, b"cc: not found\n"),
        Output(6, 1, b"stopped"),
        HalfClose(7, 1, "target"),
        Exit(8, 1, 2),
        ChannelClosed(9, 1, "done"),
    )
    assert lines(frame) == [
        "$ make -s 2>&1 | tee log",
        "building",
        "50 %",
        "[standard input: 2,003 bytes in 2 pieces]",
        "cc: not found",
        "stopped",
        "[exit 2]",
    ]
    colours = [frame.row(y)[0].fg for y in range(7)]
    assert colours == [None, None, None, None, RED, None, RED]


def test_output_is_what_it_was_to_the_byte() -> None:
    transcript = Transcript()
    assert transcript.take(Output(0, 1, b"a\nb\r\n\x1b[31"), streams=True) == b"a\r\nb\r\r\n\x1b[31"
    assert transcript.take(Output(0, 1, b"mred"), streams=True) == b"mred"
    assert transcript.take(Output(0, 1, b""), streams=True) is None


def test_error_output_is_told_apart_however_it_is_cut() -> None:
    data = b"one \x1b[1mtwo\x1b[22m three\nfour"
    whole = fed(Output(0, 1, b"out"), ErrorOutput(0, 1, data), Output(0, 1, b"out"))
    for at in range(1, len(data)):
        parts = (ErrorOutput(0, 1, data[:at]), ErrorOutput(0, 1, data[at:]))
        assert fed(Output(0, 1, b"out"), *parts, Output(0, 1, b"out")) == whole
    assert [whole.row(0)[x].fg for x in (0, 3, 15)] == [None, RED, RED]
    assert [whole.row(1)[x].fg for x in (0, 4)] == [RED, None]


def test_a_command_of_many_lines_stands_as_it_was_typed() -> None:
    assert lines(fed(run(b'for f in *; do\n  rm "$f"\ndone'))) == [
        "$ for f in *; do",
        '>   rm "$f"',
        "> done",
    ]
    long = Transcript().take(run(b"x" * (COMMAND_LIMIT + 5)), streams=True)
    assert long is not None
    assert b"(65,541 bytes)" in long


def test_input_that_never_ended_is_told_with_the_end() -> None:
    frame = fed(run(b"cat"), Input(0, 1, b"x"), ChannelClosed(0, 1, "client: gone"))
    assert lines(frame) == ["$ cat", "[standard input: 1 byte in 1 piece]"]
    assert lines(fed(run(b"cat"), HalfClose(0, 1, "client"), Exit(0, 1, 0))) == [
        "$ cat",
        "[exit 0]",
    ]


def test_what_policy_and_the_gateway_said() -> None:
    frame = fed(
        run(b"reboot"),
        Decided(0, 1, 1, "allow", ("a",), ""),
        Decided(0, 1, 2, "deny", ("no-reboots", "two"), "not by day"),
        Notice(0, 1, b"gatereel: GR-201: denied\n", True),
        Refused(0, 1, "x11-req", b"\x00\x1b", "GR-202"),
        ExitSignal(0, 1, "KILL", True, "gone\x1b[2J"),
    )
    assert lines(frame) == [
        "$ reboot",
        "[policy: deny by no-reboots, two: not by day]",
        "gatereel: GR-201: denied",
        r"[refused: x11-req \x00\x1b (GR-202)]",
        r"[ended by signal KILL, core dumped: gone\x1b[2J]",
    ]


def test_files_in_a_commands_stream() -> None:
    whole = {"permissions": 0o644, "size": 5, "bytes": 5, "sha256": bytes(32)}
    broken = {"permissions": 0o600, "size": 5, "bytes": 2, "error": b"oh\x1b"}
    frame = fed(
        run(b"scp -t x"),
        Transferred(0, 1, "scp", "written", b"d", {"folder": True, "permissions": 0o755}),
        Transferred(0, 1, "scp", "written", b"d/a\n", whole),
        Transferred(0, 1, "scp", "read", b"b", broken),
        Transferred(0, 1, "scp", "read", b"b", {"size": 5, "bytes": 2}),
        SftpLeftOut(0, 1, "read", 0, 0, 7, bytes(32)),
    )
    assert lines(frame)[1] == "[folder d written over scp, permissions 755]"
    text = "".join(lines(frame))
    assert r"[file d/a\n written over scp, permissions 644; content 5 bytes, sha256 " in text
    assert r"permissions 600; content 2 bytes: oh\x1b]" in text
    assert "content 2 bytes of 5 bytes]" in text
    assert "[7 bytes read, not kept]" in text


def test_files() -> None:
    digest = bytes(range(32))
    frame = fed(
        Requested(0, 1, "subsystem", b"sftp"),
        Output(0, 1, b"\0\0\0\5\2\0\0\0\3"),
        Input(0, 1, b"\0\0\0\5\1\0\0\0\3"),
        SftpOpened(0, 1, 1, b"/etc/pass\xffwd", ("read",), 0, ""),
        SftpOpened(0, 1, 0, b"/root", ("list",), 3, "Permission denied"),
        SftpClosed(0, 1, 1, b"/etc/pass\xffwd", {"bytes": 1234, "offset": 0, "sha256": digest},
                   {}, 0, ""),
        SftpClosed(0, 1, 2, b"x", {}, {"bytes": 9, "offset": 4096}, 4, "disk full"),
        Notice(0, 1, b"\0\0\0\5\x65", False),
        Notice(0, 1, b"gatereel: bye\n", True),
        SftpClosed(0, 1, 3, b"d", {"entries": 1200}, {}, 0, ""),
        SftpDone(0, 1, "rename", b"a", b"b\x1b[31m", {}, 0, ""),
        SftpDone(0, 1, "setstat", b"a", b"", {"permissions": "0600", "size": 5}, 77, ""),
        streams=False,
    )  # fmt: skip
    assert lines(frame) == [
        "subsystem sftp",
        r"open /etc/pass\xffwd for read (#1): ok",
        "open /root for list: permission denied",
        r"close /etc/pass\xffwd (#1); read 1,234 bytes, sha256 0001020304050607…: ok",
        "close x (#2); written 9 bytes from 4,096 on: failure (disk full)",
        "gatereel: bye",
        "close d (#3); 1,200 entries: ok",
        r"rename a -> b\x1b[31m: ok",
        "setstat a (permissions 0600, size 5): status 77",
    ]


anything = st.one_of(
    st.binary(max_size=20).map(lambda data: Output(0, 1, data)),
    st.binary(max_size=20).map(lambda data: ErrorOutput(0, 1, data)),
    st.binary(max_size=20).map(lambda data: Input(0, 1, data)),
    st.binary(max_size=40).map(run),
    st.builds(Refused, st.just(0), st.just(1), st.text(), st.binary(), st.text()),
    st.builds(Decided, st.just(0), st.just(1), st.just(1), st.sampled_from(["deny", "hold"]),
              st.lists(st.text(max_size=5), max_size=3), st.text()),
    st.builds(ExitSignal, st.just(0), st.just(1), st.text(), st.booleans(), st.text()),
    st.builds(Exit, st.just(0), st.just(1), st.integers()),
    st.builds(SftpOpened, st.just(0), st.just(1), st.integers(), st.binary(),
              st.lists(st.text(max_size=5), max_size=3), st.integers(), st.text()),
    st.builds(SftpClosed, st.just(0), st.just(1), st.integers(), st.binary(),
              st.dictionaries(st.sampled_from(["bytes", "offset", "sha256"]),
                              st.integers() | st.binary() | st.text()),
              st.just({}), st.integers(), st.text()),
    st.builds(SftpDone, st.just(0), st.just(1), st.text(), st.binary(), st.binary(),
              st.dictionaries(st.text(), st.integers() | st.binary() | st.booleans()),
              st.integers(), st.text()),
    st.sampled_from([HalfClose(0, 1, "client"), HalfClose(0, 1, "target")]),
)  # fmt: skip


@given(anything)
def test_nothing_that_is_told_acts(event: Event) -> None:
    if isinstance(event, Output | ErrorOutput):
        return
    told = (Transcript().take(event, streams=True) or b"").decode()
    for style in ("1", "2", "31", "32", "33", ""):
        told = told.replace(f"\x1b[{style}m", "")
    assert told.replace("\r\n", "").isprintable()


@given(st.lists(anything, max_size=12), st.integers(0, 12))
def test_restored_it_goes_on_as_it_would_have(events: list[Event], at: int) -> None:
    one = Transcript()
    for event in events[:at]:
        one.take(event, streams=True)
    two = Transcript.restore(json.loads(json.dumps(one.state())))
    for event in events[at:]:
        assert one.take(event, streams=True) == two.take(event, streams=True)


@pytest.mark.parametrize("state", [[], [1, 2], ["x", 0, "y", 0], None])
def test_a_state_that_is_none_is_refused(state: list[object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Transcript.restore(state)


def test_a_terminal_has_no_transcript() -> None:
    screen = ChannelScreen(Size(20, 3))
    for event in (Terminal(0, 1, "xterm", 20, 3, 0, 0, b""), run(b"top"), ErrorOutput(0, 1, b"e"),
                  Exit(0, 1, 1), ChannelClosed(0, 1, "done")):  # fmt: skip
        screen.receive(event)
    assert lines(screen.frame()) == ["e"]
    assert screen.frame().row(0)[0].fg is None
