"""Which recordings may go, and how they go: nothing half-done, nothing without a trace.

Knows: ages, holds, the files of a session. Must never know: the catalog (`gatereel prune` clears
it), screens. Called by ``gatereel prune``.

What will be removed is recorded and sealed first (`recorder.keeping`); only then do files go, the
reel last, so that a session is whole or gone but for what can be derived. Where that is interrupted
the record stands, and the next run finishes what it says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from recorder import local, reel
from recorder.attest import Signer, Verifier
from recorder.clock import Clock
from recorder.errors import GatereelError, NotFound, RetentionError
from recorder.events import SESSION, Pruned
from recorder.index_file import cache_path
from recorder.keeping import KIND, Keeping, alone, held, read_keeping, write_record
from recorder.reader import Recording
from recorder.store import Entropy, Store
from recorder.verify import verify_reel

_AGE = re.compile(r"([0-9]{1,6})(h|d|w|y)")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "y": 24 * 365}
_HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """Which sessions are due: those that ended so long ago, and are not among the newest."""

    older_ns: int | None = None
    keep: int | None = None

    def __str__(self) -> str:
        words = []
        if self.older_ns is not None:
            words.append(f"ended more than {self.older_ns // _HOUR_NS} h ago")
        if self.keep is not None:
            words.append(f"not among the newest {self.keep}")
        return ", ".join(words)


Journals = Mapping[str, Sequence[Path]]
"""Segments by session: one look at the folder, since a store holds thousands."""


class Due(NamedTuple):
    """A session that the rule meets."""

    session: str
    size: int
    """Bytes of its files."""
    facts: dict[str, object]
    """What will be recorded of it."""


class Spared(NamedTuple):
    """A session that the rule meets, or may, and that stays."""

    session: str
    why: str


class Plan(NamedTuple):
    """What a run would do."""

    due: list[Due]
    spared: list[Spared]
    unfinished: list[str]
    """Recorded as removed by an earlier run, and still here in part or whole."""


def parse_age(text: str) -> int:
    """``90d`` in nanoseconds: hours, days, weeks, years. Raises `RetentionError`."""
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise RetentionError(f"{text[:20]!r} is no age: say 90d (or h, w, y)")
    return int(match[1]) * _HOURS[match[2]] * _HOUR_NS


def plan(store: Store, rule: Rule, now_ns: int) -> Plan:
    """What a run at this moment would do; nothing is changed."""
    if rule.older_ns is None and rule.keep is None:
        raise RetentionError("say what may go: --older-than 90d, --keep 1000, or both")
    keeping, journals = read_keeping(store), store.all_journals()
    found = Plan([], [], unfinished(store, keeping, journals))
    begun = set(found.unfinished)
    seen = 0
    for session in store.ids():
        if session in begun:
            continue
        try:
            with Recording(store, session) as recording:
                facts = recording.header.facts
                if facts["kind"] in ("gateway", KIND):
                    continue  # they are what verification holds the others against
                seen += 1
                if rule.keep is not None and seen <= rule.keep:
                    continue
                why = _spared(store, session, recording, keeping, journals)
                if why:
                    found.spared.append(Spared(session, why))
                    continue
                ended = facts["wall"] + recording.duration() * 1000
                if rule.older_ns is not None and now_ns - ended < rule.older_ns:
                    continue
                found.due.append(_due(store, recording, rule))
        except (GatereelError, OSError) as error:
            found.spared.append(Spared(session, f"it cannot be read: {error}"))
    return found


def _spared(
    store: Store, session: str, recording: Recording, keeping: Keeping, journals: Journals
) -> str:
    hold = held(store, session) or keeping.holds.get(session)
    if hold is not None:
        return f"preserved by {hold.by}: {hold.reason}"
    if recording.state == "live":
        return "it is live"
    return "" if recording.finished and session not in journals else "it is not sealed yet"


def _due(store: Store, recording: Recording, rule: Rule) -> Due:
    facts = recording.header.facts
    fd = os.open(recording.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        note = reel.read_seal(fd, reel.layout(fd).chunks[-1]).note
    finally:
        os.close(fd)
    size = sum(_size(path) for path in files_of(store, recording.name, ()))
    told: dict[str, object] = {
        **{key: facts[key] for key in ("principal", "kind", "target", "account", "protocol")},
        "wall": facts["wall"],
        "duration": recording.duration(),
        "events": recording.sealed_events,
        "size": size,
        "note": note,
        "rule": str(rule),
        "by": local.user_name(),
    }
    return Due(recording.name, size, told)


def files_of(store: Store, session: str, journals: Sequence[Path]) -> list[Path]:
    """Every file that is of this session alone, in the order in which they go; the reel last."""
    return [
        cache_path(store.index(session)),
        store.index(session),
        store.checkpoint(session),
        *journals,
        store.reel(session),
    ]


def unfinished(store: Store, keeping: Keeping, journals: Journals) -> list[str]:
    """Sessions that a keeper recording of the store's own keys says are removed, and of which a
    file is here all the same."""
    verifiers, sound = store.verifiers(), dict[str, bool]()
    found = []
    for session, removal in sorted(keeping.removed.items()):
        if held(store, session) or session in keeping.holds:
            continue
        files = files_of(store, session, journals.get(session, ()))
        if not any(path.exists() for path in files):
            continue
        if removal.keeper not in sound:
            sound[removal.keeper] = _is_sound(store, removal.keeper, verifiers)
        if sound[removal.keeper]:
            found.append(session)
    return found


def _is_sound(store: Store, keeper: str, verifiers: Sequence[Verifier]) -> bool:
    """Whether a keeper recording is whole and signed; one that was killed early is neither."""
    try:
        return verify_reel(store.reel(keeper), verifiers).ok
    except NotFound:
        return False


def prune(
    store: Store, wanted: Plan, signer: Signer, clock: Clock, entropy: Entropy
) -> Iterator[str]:
    """Carries a plan out; the sessions, as they go. What was begun by an earlier run goes first.

    A session that was preserved since the plan was made stays: that is looked at again."""
    with alone(store):
        journals = store.all_journals()
        begun = [session for session in wanted.unfinished if held(store, session) is None]
        due = [one for one in wanted.due if held(store, one.session) is None]
        if due:
            events = [Pruned(0, SESSION, one.session, one.facts) for one in due]
            write_record(store, signer, clock, entropy, events)
        try:
            for session in [*begun, *(one.session for one in due)]:
                _remove(store, session, journals)
                yield session
        finally:
            # Once: what a power cut brings back is half removed, and the next run's.
            store.sync()


def _remove(store: Store, session: str, journals: Journals) -> None:
    for path in files_of(store, session, journals.get(session, ())):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise RetentionError(
                f"{path} cannot be removed: {error.strerror}. Run this again when it can",
                operator=repr(error),
            ) from error


def total(dues: Sequence[Due]) -> int:
    """Bytes of all of them."""
    return sum(due.size for due in dues)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
