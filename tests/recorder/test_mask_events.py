"""Receipts: to the wire and back, and as cues that are counted."""

from __future__ import annotations

from recorder.cues import cue_of, masked_counts
from recorder.events import Masked
from recorder.wire import from_wire, wire_fields

RECEIPT = Masked(5, 1, "card", "card", "last4", 2, bytes(32), {"offsets": [3, 40]})


def test_over_the_wire() -> None:
    assert from_wire(5, 1, Masked.code, wire_fields(RECEIPT)) == RECEIPT


def test_they_are_cues_that_are_counted() -> None:
    other = Masked(6, 1, "own name", "own", "full", 1, b"", {"offsets": [0]})
    cues = [cue for n, each in enumerate((RECEIPT, other, RECEIPT)) if (cue := cue_of(n, each))]
    assert [cue.text for cue in cues] == ["2 card (last4)", "1 own name (full)", "2 card (last4)"]
    assert masked_counts(cues) == {"card": 4, "own name": 1}
