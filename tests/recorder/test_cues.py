"""Which events are cues."""

from __future__ import annotations

import pytest

from recorder.cues import TEXT_LIMIT, cue_of
from recorder.events import (
    ClockStep,
    Decided,
    Event,
    Exit,
    ExitSignal,
    Gap,
    Marker,
    Outage,
    Output,
    Refused,
    Requested,
    Resize,
    Signal,
    Suspended,
    Terminal,
    Typed,
)


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        (Requested(5, 1, "exec", b"ls \xff"), "command", "ls \ufffd"),
        (Requested(5, 1, "subsystem", b"sftp"), "command", "subsystem sftp"),
        (Exit(5, 1, 3), "exit", "3"),
        (ExitSignal(5, 1, "KILL", False, ""), "exit", "signal KILL"),
        (Signal(5, 1, "INT"), "signal", "INT"),
        (Resize(5, 1, 100, 30, 0, 0), "resize", "100x30"),
        (Terminal(5, 1, "xterm", 80, 24, 0, 0, b""), "resize", "80x24"),
        (Marker(5, 0, "here"), "marker", "here"),
        (Decided(5, 1, 1, "deny", [], "not yours"), "verdict", "deny not yours"),
        (Refused(5, 1, "x11-req", b"", "GR-2"), "refused", "x11-req"),
        (Gap(5, 0, "lost"), "gap", "lost"),
        (Suspended(5, 0, "disk"), "gap", "disk"),
        (Outage(5, 0, "sealer", "began", "killed"), "gap", "sealer began: killed"),
        (ClockStep(5, 0, -3_000_000_000), "gap", "the wall clock moved by -3000 ms"),
    ],
)
def test_an_event_worth_a_jump_is_a_cue(event: Event, kind: str, text: str) -> None:
    cue = cue_of(7, event)
    assert cue is not None
    assert cue == (kind, 7, 5, event.channel, text, 100, -1)


@pytest.mark.parametrize(
    "event", [Output(0, 1, b"x"), Typed(0, 1, 1), Requested(0, 1, "shell", b"")]
)
def test_any_other_is_none(event: Event) -> None:
    assert cue_of(1, event) is None


def test_a_cue_is_short() -> None:
    cue = cue_of(1, Marker(0, 0, "x" * 1_000_000))
    assert cue is not None
    assert len(cue.text) == TEXT_LIMIT
