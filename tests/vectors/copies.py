"""Redacted copies for the vectors, the same byte for byte on every run: of the intact recording
under another id, without its first output; sealed by the same key."""

from __future__ import annotations

import tempfile
from pathlib import Path

from recorder.reader import Recording
from recorder.redact import redact
from recorder.store import Store
from tests.recorder.builders import SECRET, ScriptedClock, fixed_signer, forge, packed, story


def redacted_copy(session: str, original: str) -> bytes:
    """A copy that is called ``session``, of a recording that is called ``original``."""
    digits = bytes.fromhex(session.replace("-", ""))
    clock = ScriptedClock(wall=int.from_bytes(digits[:6], "big") * 1_000_000)

    def entropy(size: int) -> bytes:
        return digits[6:16] if size == 10 else SECRET[:size]

    with tempfile.TemporaryDirectory() as folder:
        store, path = Store(Path(folder)), Path(folder) / "copy.reel"
        store.reel(original).write_bytes(forge(original, packed(story(original))))
        with Recording(store, original) as recording:
            redact(
                recording, [(4, 4)], path, fixed_signer(), clock, entropy,
                by="auditor", reason="a vector",
            )  # fmt: skip
        return path.read_bytes()
