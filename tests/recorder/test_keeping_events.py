"""What is done to recordings afterwards is part of the one vocabulary, under codes of its own."""

from __future__ import annotations

from recorder import keeping_events
from recorder.event import Recorded
from recorder.events import EVENT_TYPES


def test_its_events_are_in_the_union() -> None:
    own = {
        kind
        for kind in vars(keeping_events).values()
        if isinstance(kind, type) and issubclass(kind, Recorded) and kind is not Recorded
    }
    codes = {"kept", "redacted", "preserved", "released", "pruned"}
    assert own == {kind for kind in EVENT_TYPES if kind.code in codes}
    assert len(own) == len(codes)
