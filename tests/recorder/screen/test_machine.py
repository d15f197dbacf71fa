"""The state machine: what comes out of it, and that what it keeps is bounded."""

import pytest

from recorder.screen.machine import Machine, State
from recorder.screen.params import LONGEST_TEXT
from recorder.screen.tokens import BODY_LIMIT, Operation, operation


class Seen:
    """Writes down what the machine asks for."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def run(self, todo: Operation) -> None:
        self.calls.append(todo)

    def control(self, char: str) -> None:
        self.calls.append(char)

    def operating_system_command(self, body: str) -> None:
        self.calls.append("osc " + body)

    def unseen(self, body: str) -> None:
        self.calls.append("unseen " + body)


@pytest.mark.parametrize(
    ("text", "calls", "rest"),
    [
        ("\x1b[3\n1mx", ["\n", operation("\x1b[31m")], "x"),
        ("\x1b[31\x18mx", ["\x18"], "mx"),
        ("\x1b[31\x1b[2Jx", [operation("\x1b[2J")], "x"),
        ("\x1b[1?2hx", [], "x"),
        ("\x9b2Jx", [operation("\x1b[2J")], "x"),
        ("\x1b]0;a\nb\x07x", ["osc 0;ab"], "x"),
        ("\x1b]0;a\x18x", ["\x18", "unseen 0;a"], "x"),
        ("\x9d0;a\x9cx", ["osc 0;a"], "x"),
        ("\x1b]0;a\x1b\\x", ["osc 0;a", (4,)], "x"),
        ("\x1bP1$r0m\x1b\\x", ["unseen $r0m", (4,)], "x"),
        ("\x1b_anything at all\x1b\\x", ["unseen anything at all", (4,)], "x"),
        ("\x1b[3éx", [], "x"),
        ("\x1b(\n0x", ["\n", operation("\x1b(0")], "x"),
    ],
)
def test_odd_sequences(text: str, calls: list[object], rest: str) -> None:
    whole, cut = Seen(), Seen()
    assert Machine().consume(text, whole) == rest
    assert whole.calls == calls
    machine = Machine()
    for char in text[: len(text) - len(rest)]:
        assert machine.consume(char, cut) == ""
    assert cut.calls == calls
    assert machine.state is State.GROUND


def test_nothing_grows_without_bound() -> None:
    machine = Machine()
    for start, more in (("\x1b[1", "1;"), ("\x1b(", "("), ("\x1b]0;", "x"), ("\x1bP1", "x;")):
        machine.consume(start, Seen())
        for _ in range(50):
            machine.consume(more * 1000, Seen())
        assert len(machine.params) <= LONGEST_TEXT
        assert len(machine.collected) <= 3
        assert sum(map(len, machine.body)) <= BODY_LIMIT
