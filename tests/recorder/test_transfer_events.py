"""Files in commands' streams: to the wire and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.events import Transferred
from recorder.wire import from_wire, wire_fields


@given(st.binary(max_size=20), st.sampled_from(["read", "written"]), st.integers(0, 2**62))
def test_over_the_wire(path: bytes, way: str, size: int) -> None:
    facts = {"size": size, "bytes": size, "sha256": bytes(32), "folder": False}
    event = Transferred(5, 1, "scp", way, path, facts)
    assert from_wire(5, 1, Transferred.code, wire_fields(event)) == event
