"""The shape that all events share."""

from __future__ import annotations

import dataclasses

from recorder.event import SESSION, Recorded
from recorder.events import EVENT_TYPES, Unknown


def test_every_event_has_a_time_and_a_channel_first() -> None:
    for kind in (*EVENT_TYPES, Unknown):
        assert issubclass(kind, Recorded)
        assert [field.name for field in dataclasses.fields(kind)][:2] == ["at", "channel"]


def test_the_session_itself_is_no_channel() -> None:
    assert SESSION == 0
