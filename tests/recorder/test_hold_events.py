"""Holds: to the wire and back, and an answer as a cue."""

from __future__ import annotations

import pytest

from recorder.cues import cue_of
from recorder.events import Event, HoldAnswered, HoldEnded, HoldOpened
from recorder.wire import from_wire, wire_fields

OPENED = HoldOpened(5, 1, 2, "k7m2q9xp", bytes(32), {"approvers": ["dba:2"], "signed": True})
ANSWERED = HoldAnswered(6, 1, 2, "k7m2q9xp", bytes(32), True, "bob", {"reason": "it is due"})
ENDED = HoldEnded(7, 1, 2, "k7m2q9xp", "used", "approved")


@pytest.mark.parametrize("event", [OPENED, ANSWERED, ENDED])
def test_over_the_wire(event: Event) -> None:
    assert from_wire(event.at, 1, event.code, wire_fields(event)) == event


def test_an_answer_is_a_cue() -> None:
    cue = cue_of(3, ANSWERED)
    assert cue is not None
    assert (cue.kind, cue.text) == ("verdict", "approve by bob: it is due")
