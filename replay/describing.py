"""A recording and its index as an entry of the catalog; what cannot be read as one that says so.

Knows: headers, cues, the files of a session. Must never know: databases, widgets, passages. Called
by `replay.keeper`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from recorder.cues import masked_counts, opaque_words
from recorder.events import Authenticated
from recorder.index import Index
from recorder.keeping import held
from recorder.reader import Recording
from recorder.redacted import copy_words
from recorder.store import Store
from replay.entry import DAMAGED, Entry

_BEGINNING = 64
"""Records in which the principal's proof is looked for."""


def describe(recording: Recording, index: Index, size: int) -> Entry:
    """As it is now. ``size``: bytes on disk."""
    facts = recording.header.facts
    verdicts = Counter(cue.text.split(" ", 1)[0] for cue in index.cues if cue.kind == "verdict")
    state: str = recording.state
    hold = held(recording.store, recording.name)
    reason = recording.end_reason
    if index.damage is not None:
        state, reason = DAMAGED, f"damaged after event {index.events - 1}: {index.damage}"
    return Entry(
        id=recording.name,
        principal=_text(facts, "principal"),
        kind=_text(facts, "kind"),
        target=_text(facts, "target"),
        account=_text(facts, "account"),
        protocol=_text(facts, "protocol"),
        purpose=_text(facts.get("claims"), "purpose"),
        client=_text(facts, "client"),
        address=_address(recording),
        wall_ns=_storable(facts.get("wall", 0)),
        duration=index.duration,
        events=index.events,
        frames=len(index.frames),
        commands=len(index.commands),
        channels=len(index.channels),
        allowed=verdicts["allow"],
        denied=verdicts["deny"],
        held=verdicts["hold"],
        masks=_storable(sum(masked_counts(index.cues).values())),
        refused=sum(cue.kind == "refused" for cue in index.cues),
        state=state,
        reason=reason,
        size=size,
        indexed=index.events,
        preserved=f"{hold.by}: {hold.reason}" if hold is not None else "",
        redacted=copy_words(facts),
        weaker=tuple(" ".join(str(each).split()) for each in facts.get("weaker", ()))
        + (("opaque-forward",) if opaque_words(index.cues) else ()),
    )


def unreadable(store: Store, session: str, reason: str, before: Entry | None = None) -> Entry:
    """One that cannot be read (any more), with what was known ``before``."""
    known = before or Entry(session)
    size = size_of([str(store.reel(session))])
    return known._replace(state=DAMAGED, reason=reason, size=size)


def size_of(paths: Iterable[str]) -> int:
    """Bytes of those that are there."""
    size = 0
    for path in paths:
        try:
            size += os.stat(path).st_size  # noqa: PTH116 - they are texts
        except OSError:
            continue
    return size


def _address(recording: Recording) -> str:
    for record in islice(recording.records(), _BEGINNING):
        if isinstance(record.event, Authenticated):
            return _text(record.event.facts, "address")
    return ""


def _text(facts: Any, key: str) -> str:
    value = facts.get(key, "") if isinstance(facts, dict) else ""
    return value if isinstance(value, str) else ""


def _storable(value: int) -> int:
    """A foreign recording may say any number; the catalog's have 64 bits."""
    return value if -(1 << 62) < value < 1 << 62 else 0
