"""What is to be kept and what was removed: legal holds, and the record of each in the store itself.

Knows: recordings of kind `keeper`, which hold nothing but these decisions and are sealed like any
other, and the marker `ID.hold` beside a session. Must never know: which sessions are old enough
(`recorder.retention`). Called by the verbs `preserve` and `prune`, by verification, and by whoever
shows that a session is held.

The marker is there so that a look is enough; the record is the evidence. A hold is marked before
it is recorded and unmarked after, so that at every instant a session is held too long rather than
too short; where that was interrupted, doing it again finishes it. One at a time holds, releases or
removes in a store (`alone`), so that no hold comes between a look and a removal.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recorder import distrust, local, reel
from recorder.attest import Signer
from recorder.clock import Clock
from recorder.errors import GatereelError, NotFound, RecordingError, RetentionError
from recorder.events import SESSION, Event, Preserved, Pruned, Released
from recorder.header import make_header
from recorder.reader import Recording
from recorder.redacted import is_copy
from recorder.store import Entropy, Store, new_id
from recorder.summary import rfc3339

KIND = "keeper"
BEFORE = "before"
"""The claim that names the keeper recording before this one: none can be taken away unseen."""
MARKER_LIMIT = 64 * 1024
REASON_LIMIT = 4096


class Hold(NamedTuple):
    """Why a session must stay."""

    session: str
    by: str
    reason: str
    since: str
    """RFC 3339, or "" where nobody can tell."""


class Removal(NamedTuple):
    """That a session was removed."""

    session: str
    keeper: str
    """The recording that says so."""
    at: str
    """RFC 3339."""
    facts: Any
    """What it was, as recorded."""


@dataclass(slots=True)
class Keeping:
    """What the keeper recordings of a store say, all together."""

    removed: dict[str, Removal] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    keepers: list[str] = field(default_factory=list)
    """Newest last."""
    before: set[str] = field(default_factory=set)
    """Keeper recordings that others name as the one before them."""

    def take(self, recording: Recording) -> None:
        """What one of them says; they come oldest first. A redacted copy says nothing new."""
        facts = recording.header.facts
        if facts["kind"] != KIND or is_copy(recording.header):
            return
        self.keepers.append(recording.id)
        before = facts["claims"].get(BEFORE)
        if isinstance(before, str) and before:
            self.before.add(before)
        for record in recording.records():
            at = rfc3339(facts["wall"], record.time) or ""
            match record.event:
                case Preserved(session=session, by=by, reason=reason):
                    self.holds[session] = Hold(session, by, reason, at)
                    # It was here then: what was to be removed before, and was not, stays.
                    self.removed.pop(session, None)
                case Released(session=session):
                    self.holds.pop(session, None)
                case Pruned(session=session, facts=what):
                    self.removed[session] = Removal(session, recording.id, at, what)
                case _:
                    pass


def read_keeping(store: Store) -> Keeping:
    """From every keeper recording of a store. One that is damaged says what it said up to there:
    verification tells of the rest."""
    found = Keeping()
    for session in reversed(store.ids()):
        try:
            with Recording(store, session) as recording:
                found.take(recording)
        except (RecordingError, NotFound):
            continue
    return found


def held(store: Store, session: str) -> Hold | None:
    """The hold on a session, by its marker; a marker that cannot be read holds all the same."""
    path = store.hold(session)
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(MARKER_LIMIT))
        by, reason, since = (str(values[key]) for key in ("by", "reason", "since"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Hold(session, "", "its marker cannot be read", "")
    return Hold(session, by, reason, since)


@contextlib.contextmanager
def alone(store: Store) -> Iterator[None]:
    """While nobody else holds, releases or removes here. Raises `RetentionError`, `StoreError`."""
    store.check_writable()
    fd = distrust.open_lock(store.path / ".keeper")
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise RetentionError(
            f"another gatereel preserves or prunes in {store.path}: try again when it is done"
        ) from error
    finally:
        os.close(fd)


def preserve(
    store: Store, session: str, signer: Signer, clock: Clock, entropy: Entropy, reason: str
) -> None:
    """Puts a legal hold on a session and records it. Raises `RetentionError`, `StoreError`."""
    _check_reason(reason)
    with alone(store):
        if session not in store.ids():
            raise RetentionError(f"{session} is gone: there is nothing to preserve")
        marked, recorded = held(store, session), session in read_keeping(store).holds
        if marked is not None and recorded:
            raise RetentionError(f"{session} is preserved already")
        by = local.user_name()
        since = rfc3339(clock.wall_ns()) or ""
        marker = {"session": session, "by": by, "reason": reason, "since": since}
        reel.replace_file(store.hold(session), json.dumps(marker).encode() + b"\n")
        store.sync()
        write_record(store, signer, clock, entropy, [Preserved(0, SESSION, session, by, reason)])


def release(
    store: Store, session: str, signer: Signer, clock: Clock, entropy: Entropy, reason: str
) -> None:
    """Takes the hold off again and records it. Raises `RetentionError`, `StoreError`."""
    _check_reason(reason)
    with alone(store):
        if held(store, session) is None and session not in read_keeping(store).holds:
            raise RetentionError(f"{session} is not preserved")
        by = local.user_name()
        write_record(store, signer, clock, entropy, [Released(0, SESSION, session, by, reason)])
        store.hold(session).unlink(missing_ok=True)
        store.sync()


def write_record(
    store: Store, signer: Signer, clock: Clock, entropy: Entropy, events: Sequence[Event]
) -> str:
    """A keeper recording of these events, sealed to its end; its id. Raises `RetentionError` where
    it could not be sealed, and then nothing may be done that it speaks of."""
    keepers = read_keeping(store).keepers
    session = new_id(clock, entropy)
    facts = make_header(
        session=session,
        principal=local.user_name(),
        kind=KIND,
        target="store",
        account="",
        protocol=KIND,
        build=local.build(),
        claims={BEFORE: keepers[-1] if keepers else ""},
    )
    with local.recording(store, signer, clock, entropy, facts) as journal:
        for written in [journal.append([event]) for event in events]:
            written.result()
        journal.close("recorded").result()
    try:
        with Recording(store, session) as recording:
            if recording.state == "sealed":
                return session
    except GatereelError as error:
        raise RetentionError(f"what was to be done could not be recorded: {error}") from error
    raise RetentionError("what was to be done could not be sealed yet: nothing was done, try again")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise RetentionError("say why, with --reason: it is recorded")
    if len(reason) > REASON_LIMIT:
        raise RetentionError(f"a reason has at most {REASON_LIMIT} characters")
