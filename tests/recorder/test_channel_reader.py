"""A channel's screen that is read while it is fed."""

from __future__ import annotations

import json

from recorder.channel_reader import ChannelReader
from recorder.channel_screen import ChannelScreen, Size
from recorder.events import Disclosed, Input, Terminal, Typed
from recorder.text import PASSED, SHOWN


def reader(*, tty: bool = True) -> ChannelReader:
    screen = ChannelScreen(Size(20, 4))
    if tty:
        screen.take(Terminal(0, 1, "xterm", 20, 4, 0, 0, b""))
    return ChannelReader(1, screen)


def run(one: ChannelReader, number: int, data: bytes) -> list[str]:
    cues = one.show(number, number * 1000, data, quiet=False)
    changed = one.screen.settle()
    cues += one.closed(number, number * 1000, changed=changed)
    return [cue.text for cue in cues if cue.kind == "command"]


def test_lines_come_out_when_they_are_over() -> None:
    one = reader()
    run(one, 1, b"one\r\ntwo")
    assert one.take() == []
    assert [(seen.text, seen.first) for seen in one.open(1)] == [("one", 1), ("two", 1)]
    one.show(2, 2000, b" three\r\nfour", quiet=False)
    standing = [(seen.text, seen.first) for seen in one.open(2)]
    assert standing == [("one", 1), ("two", 1), ("two three", 2), ("four", 2)]
    assert one.open(2) == one.open(2)
    assert [seen.text for seen in one.finish()] == ["one", "two"]


def test_a_large_record_is_read_in_between_so_that_nothing_is_lost() -> None:
    one = reader()
    data = b"".join(b"%d\r\n" % n for n in range(120_000))
    run(one, 1, data)
    told = one.finish()
    lines = {line for seen in told for line in seen.text.split("\n")}
    assert lines >= {str(n) for n in range(120_000)}
    assert {seen.mark for seen in told} == {SHOWN, PASSED}


def test_typed_commands_are_read_at_a_terminal_only() -> None:
    for tty, expected in ((True, ["ls"]), (False, [])):
        one = reader(tty=tty)
        run(one, 1, b"$ ")
        one.typed(2, Input(2000, 1, b"l"))
        run(one, 3, b"ls")
        one.typed(4, Input(4000, 1, b"\r"))
        assert run(one, 5, b"\r\n$ ") == expected


def test_enter_may_be_disclosed_later() -> None:
    one = reader()
    run(one, 1, b"$ ")
    one.typed(2, Typed(2000, 1, 2))
    run(one, 3, b"ls")
    one.typed(4, Typed(4000, 1, 1))
    one.typed(5, Disclosed(4000, 1, b"ls\r"))
    assert run(one, 6, b"\r\n$ ") == ["ls"]


def test_a_shell_that_marks_its_prompts_is_believed_alone() -> None:
    one = reader()
    run(one, 1, b"\x1b]133;A\x07$ \x1b]133;B\x07")
    one.typed(2, Input(2000, 1, b"ls"))
    run(one, 3, b"ls")
    one.typed(4, Input(4000, 1, b"\r"))
    assert run(one, 5, b"\r\n\x1b]133;C\x07out\r\n\x1b]133;D;0\x07") == ["ls"]


def test_it_goes_on_from_its_stored_form() -> None:
    one = reader()
    run(one, 1, b"$ ")
    one.typed(2, Input(2000, 1, b"l"))
    one.show(3, 3000, b"ls", quiet=False)
    one.pause(3, 3000)
    facts, keyframe = one.screen.state()
    screen = ChannelScreen.restore(facts, keyframe)
    again = ChannelReader.restore(1, screen, json.loads(json.dumps(one.state())))
    for each in (one, again):
        each.closed(3, 3000, changed=each.screen.settle())
        each.typed(4, Input(4000, 1, b"\r"))
        assert run(each, 5, b"\r\n$ ") == ["ls"]
    assert one.finish() == again.finish()
