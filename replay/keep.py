"""What a case keeps of a moment: the frame's cells, what the recording is, and what ties them.

Knows: a recording, one view of it. Must never know: cases, files. Called where a bookmark is made
(on the projector's thread in the app) and where one is checked against its recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recorder.evidence import evidence_of
from recorder.playback import View
from recorder.reader import Recording
from recorder.screen import still_of
from replay.case import NAME_LIMIT, Citation

_ABOUT = ("principal", "kind", "target", "account", "protocol")


class Kept(NamedTuple):
    """What a bookmark holds beside its note."""

    cites: Citation
    about: Mapping[str, Any]
    screen: Mapping[str, Any]
    evidence: Mapping[str, Any]


def keep(recording: Recording, view: View) -> Kept:
    """Everything of one view that has to outlive the recording. Reads one chunk. Raises
    `RecordingError`."""
    # A view of an instant between two events says that instant; what is cited is the event.
    time = next(recording.records(view.event)).time
    cites = Citation(recording.id, view.event, view.frame, time, view.channel)
    evidence = evidence_of(recording, view.event).as_json()
    return Kept(cites, about_of(recording), still_of(view.screen), evidence)


def about_of(recording: Recording) -> dict[str, Any]:
    """Whose session it is, where and when: what a citation says beside the moment."""
    facts = recording.header.facts
    about: dict[str, Any] = {name: str(facts[name])[:NAME_LIMIT] for name in _ABOUT}
    about["wall"] = max(int(facts["wall"]), 0)
    return about
