"""Verification of a whole store: every reel, against what the store's own records say of it.

Knows: the gateway's own recordings as witnesses, and the keeper's of what was removed and why.
Must never know: screens. Called by ``gatereel verify``, the demo and the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from recorder.attest import Checkpoint, Verifier, note_text, open_note
from recorder.errors import NotFound, RecordingError
from recorder.events import Checkpointed, SessionOpened
from recorder.keeping import KIND, Keeping, Removal, held
from recorder.reader import Recording
from recorder.redacted import is_copy
from recorder.store import Store
from recorder.verify import Report, verify_reel


@dataclass(slots=True)
class _Said:
    """What the store's own recordings say. Each of them is itself verified, with its keys."""

    roots: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """Checkpoints by session and number of records."""
    opened: set[str] = field(default_factory=set)
    keeping: Keeping = field(default_factory=Keeping)
    before: dict[str, str] = field(default_factory=dict)
    """By each of the gateway's own recordings that says so: the one before it, or ""."""


def verify_store(store: Store, verifiers: Sequence[Verifier]) -> list[Report]:
    """Every reel of a store, each against what the gateway's own recordings say of it; the
    sessions that they speak of and that are not there; and what was removed by a recorded
    decision, which is no fault, and is said."""
    said = _said(store)
    removed = said.keeping.removed
    present = store.ids()
    reports = []
    for session in present:
        if store.reel(session).exists():
            roots = said.roots.get(session)
            report = verify_reel(store.reel(session), verifiers, roots, said.roots)
        else:
            report = Report(session)
            report.failed("end", "nothing is sealed yet: there are only journals")
        _kept(report, store, session, said.keeping)
        _linked(report, session, said, present)
        reports.append(report)
    sound = {report.subject for report in reports if report.ok}
    expected = said.opened | said.roots.keys() | removed.keys() | said.keeping.before
    for session in sorted(expected - set(present)):
        report = Report(session)
        if session in said.keeping.before:
            report.failed("present", "a record of holds and removals was here, and is gone")
        elif session in removed and removed[session].keeper not in sound:
            report.failed("pruned", "it is gone, and the record of its removal does not verify")
        elif session in removed:
            _removal(report, removed[session], said.roots.get(session, {}), verifiers)
        else:
            report.failed("present", "the gateway recorded this session, but its recording is gone")
        reports.append(report)
    return reports


def _linked(report: Report, session: str, said: _Said, present: Sequence[str]) -> None:
    """One of the gateway's own: whether the run before it is here, and it says which that was."""
    before = said.before.get(session)
    if before is None:
        return
    earlier = [run for run in said.before if run < session]
    if before and before in present:
        report.passed("chain", f"the gateway's run before this one is {before}")
    elif before:
        report.failed("chain", f"the gateway's run before this one, {before}, is gone")
    elif earlier:
        report.failed("chain", f"it names no run before it, and {max(earlier)} is one")
    else:
        report.passed("chain", "the first run of the gateway on this store, by its own word")


def _kept(report: Report, store: Store, session: str, keeping: Keeping) -> None:
    """What is said of a session that is here: held, or to be removed."""
    recorded, marked = keeping.holds.get(session), held(store, session)
    if recorded is not None and marked is None:
        report.failed("preserved", f"preserved by {recorded.by}, and its marker was taken away")
    elif recorded is not None:
        since = f"preserved since {recorded.since} by {recorded.by}: {recorded.reason}"
        report.passed("preserved", since)
    elif marked is not None:
        report.failed("preserved", "marked as preserved, and no record says so: preserve it again")
    if session in keeping.removed and recorded is None and marked is None:
        report.failed("pruned", "recorded as removed, and still here: run `gatereel prune` again")


def _removal(
    report: Report, removal: Removal, roots: dict[int, bytes], verifiers: Sequence[Verifier]
) -> None:
    """A session that was removed: by whom and why; and whether it was whole then."""
    facts = removal.facts
    events, note = facts.get("events"), facts.get("note")
    detail = f"removed at {removal.at} by {facts.get('by')}: {facts.get('rule')}; "
    detail += f"{events} events, {facts.get('principal')} on {facts.get('target')}"
    try:
        last = Checkpoint.parse(open_note(note if isinstance(note, str) else "", verifiers))
    except RecordingError:
        report.failed("pruned", f"{detail}; without its last checkpoint, signed by a known key")
        return
    if facts.get("kind") in ("gateway", KIND):
        report.failed("pruned", f"{detail}; what others are verified by is never removed")
    elif last.recording != removal.session or roots.get(last.size, last.root) != last.root:
        report.failed("pruned", f"{detail}; what was removed contradicts its checkpoints")
    elif max(roots, default=0) > last.size:
        report.failed("pruned", f"{detail}; {max(roots)} events were recorded before that")
    else:
        report.passed("pruned", detail)


def _said(store: Store) -> _Said:
    said = _Said()
    for session in reversed(store.ids()):
        try:
            with Recording(store, session) as recording:
                kind = recording.header.facts["kind"]
                if kind == "gateway" and not is_copy(recording.header):
                    _witness(recording, said)
                said.keeping.take(recording)
        except (RecordingError, NotFound):
            # Its own report says what is wrong with it; what it said up to there counts.
            continue
    return said


def _witness(recording: Recording, said: _Said) -> None:
    claims = recording.header.facts["claims"]
    previous, note = claims.get("previous"), claims.get("checkpoint")
    if isinstance(previous, str) and previous:
        said.opened.add(previous)
    if isinstance(previous, str) and isinstance(note, str):
        said.before[recording.header.facts["id"]] = previous
        if note:
            _checkpoint(previous, note, said)
    for record in recording.records():
        event = record.event
        if isinstance(event, SessionOpened):
            said.opened.add(event.session)
        elif isinstance(event, Checkpointed):
            _checkpoint(event.session, event.note, said)


def _checkpoint(session: str, note: str, said: _Said) -> None:
    checkpoint = Checkpoint.parse(note_text(note))
    said.roots.setdefault(session, {})[checkpoint.size] = checkpoint.root
