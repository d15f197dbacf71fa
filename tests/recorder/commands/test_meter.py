"""Progress: on a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from recorder.commands import meter
from recorder.commands.meter import Meter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_it_is_and_then_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(meter, "_EVERY_NS", 0)
    with Meter("export", 100, 300) as made:
        for place in (100, 200, 300, 999):
            made.at(place)
    assert screen.getvalue() == (
        "\rexport: 0 %\rexport: 50 %\rexport: 100 %\rexport: 100 %\r" + " " * 13 + "\r"
    )


def test_work_that_is_soon_done_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with Meter("export", 0, 0) as made:
        made.at(0)
    assert screen.getvalue() == ""


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(meter, "_EVERY_NS", 0)
    with Meter("export", 0, 10) as made:
        made.at(5)
    assert pipe.getvalue() == ""
