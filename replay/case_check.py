"""Is a case what its authors wrote, and are its frames those of the recordings? Checks of a case.

Knows: entries and their signatures, allowed signers, recordings where they can still be had. Must
never know: widgets, how a result is shown. Called by ``gatereel case verify`` and the case screen,
there on a worker's thread. What is wrong is named, entry by entry; nothing is raised for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from recorder.allowed_signers import AllowedSigner
from recorder.attest import Verifier
from recorder.errors import GatereelError, RecordingError
from recorder.evidence import Evidence, check_evidence, evidence_of
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.screen import ScreenStateError, frame_of, still_of
from replay.case import NAMESPACE, Bookmark, Case, Kind, Standing, Written
from replay.case_file import CaseFile
from replay.keep import about_of

OpenSession = Callable[[str], Recording]
"""A session by its id; raises `GatereelError` where it cannot be had."""


class Author(StrEnum):
    """What is known of who wrote an entry."""

    KNOWN = "known"
    """Signed by a key that is allowed to the author's name."""
    UNKNOWN = "unknown signer"
    """Signed, by a key that nobody vouches for."""
    ANOTHER = "another's key"
    """Signed, by a key that is allowed to others and not to this name, or not at that time."""
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """The signatures on it do not fit it."""


class AuthorCheck(NamedTuple):
    """Who wrote one entry, as far as can be told."""

    author: Author
    who: str
    """The name that the allowed signers give the key, else its fingerprint; "" without one."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    """"file", "order", "signature", "author", "seal", "frame" or "recording"."""
    ok: bool
    detail: str
    entry: str
    """The entry that it is about, or ""."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: people by their SSH keys, recorders by theirs."""

    signers: Sequence[AllowedSigner] = ()
    verifiers: Sequence[Verifier] = ()


def author_of(written: Written, signers: Sequence[AllowedSigner]) -> AuthorCheck:
    """Who wrote an entry."""
    if written.standing is not Standing.SIGNED:
        forged = written.standing is Standing.FORGED
        return AuthorCheck(Author.FORGED if forged else Author.UNSIGNED, "")
    entry, others = written.entry, ""
    for signature in written.signed:
        for signer in signers:
            if signer.public != signature.public:
                continue
            if signer.allows(entry.author, NAMESPACE, entry.written):
                return AuthorCheck(Author.KNOWN, signer.name)
            others = others or signer.name
    if others:
        return AuthorCheck(Author.ANOTHER, others)
    return AuthorCheck(Author.UNKNOWN, written.signed[0].fingerprint)


def check_case(
    file: CaseFile, trust: Trust, open_session: OpenSession | None = None
) -> Iterator[Finding]:
    """Everything, in the order in which one would look. With ``open_session`` each kept frame is
    made again from its recording, where that can still be had."""
    case = file.case
    for fault in file.faults:
        yield Finding("file", False, f"line {fault.line}: {fault.text}", "")
    if not file.faults:
        yield Finding("file", True, f"{len(case.entries)} entries", "")
    yield from _order(case)
    for written in case.entries.values():
        yield _signature(written, trust.signers)
        yield from _change(case, written)
    for bookmark in case.bookmarks:
        yield from _bookmark(bookmark, trust, open_session)


def _order(case: Case) -> Iterator[Finding]:
    for name, by in case.missing.items():
        authors = ", ".join(sorted({case.entries[one].entry.author for one in by}))
        yield Finding("order", False, f"an entry was removed: {authors} wrote after it", name)
    if not case.missing:
        yield Finding("order", True, "no entry that another speaks of is missing", "")


def _signature(written: Written, signers: Sequence[AllowedSigner]) -> Finding:
    author, who = author_of(written, signers)
    name, claimed = written.name, written.entry.author
    match author:
        case Author.KNOWN:
            return Finding("signature", True, f"by {claimed}", name)
        case Author.UNKNOWN:
            return Finding("author", False, f"signed by {who}, which nobody vouches for", name)
        case Author.ANOTHER:
            detail = f"under the name of {claimed}, signed by {who} (or out of its time)"
            return Finding("author", False, detail, name)
        case Author.UNSIGNED:
            return Finding("signature", False, f"nobody signed this: {claimed}, it says", name)
        case Author.FORGED:
            return Finding("signature", False, "its signature does not fit: altered", name)


def _change(case: Case, written: Written) -> Iterator[Finding]:
    """Changes of entries by somebody who did not write them."""
    entry = written.entry
    changed = case.entries.get(entry.on)
    if entry.kind not in (Kind.EDIT, Kind.WITHDRAW) or changed is None:
        return
    whose = changed.entry.author
    if entry.author != whose:
        yield Finding("author", False, f"{entry.author} changes an entry of {whose}: left out",
                      written.name)  # fmt: skip
    elif changed.signed and written.signed and not changed.keys & written.keys:
        detail = f"changes an entry that {whose} signed with another key: left out"
        yield Finding("author", False, detail, written.name)


def _bookmark(
    bookmark: Bookmark, trust: Trust, open_session: OpenSession | None
) -> Iterator[Finding]:
    cites, name = bookmark.cites, bookmark.name
    kept = bookmark.written.entry.body
    if bookmark.screen is not None:
        try:
            frame_of(bookmark.screen)
        except ScreenStateError:
            yield Finding("frame", False, "what was kept is no screen", name)
    evidence: Evidence | None = None
    if kept["evidence"]:
        try:
            evidence = Evidence.from_json(kept["evidence"])
            if evidence.note:
                check_evidence(evidence, cites.session, cites.event, trust.verifiers)
                yield Finding("seal", True, "a signed checkpoint covers it", name)
        except RecordingError as error:
            yield Finding("seal", False, error.person, name)
    proven = False
    try:
        if open_session is not None:
            with open_session(cites.session) as recording:
                yield from _against(recording, bookmark, evidence)
                proven = _is_sealed(recording, bookmark, evidence, trust)
    except RecordingError as error:
        yield Finding("recording", False, f"it cannot be read: {error}", name)
    except (GatereelError, OSError) as error:
        yield Finding("recording", True, f"not looked at, the kept frame stands: {error}", name)
    if not kept["evidence"]:
        yield _seal(name, "it says nothing that ties it to its recording", proven=proven)
    elif evidence is not None and not evidence.note:
        yield _seal(name, "nothing was sealed yet when it was kept", proven=proven)


def _seal(name: str, detail: str, *, proven: bool) -> Finding:
    """Of a bookmark without a checkpoint: what its recording has come to since, if it is here."""
    since = "; a signed checkpoint of the recording covers it by now"
    return Finding("seal", proven, detail + since * proven, name)


def _is_sealed(
    recording: Recording, bookmark: Bookmark, evidence: Evidence | None, trust: Trust
) -> bool:
    """Whether a known recorder's checkpoint in the recording covers the moment, and these very
    events: a recording beside a case may be anybody's."""
    cites = bookmark.cites
    now = evidence_of(recording, cites.event)
    if evidence is not None and now.root != evidence.root:
        return False
    try:
        check_evidence(now, cites.session, cites.event, trust.verifiers)
    except RecordingError:
        return False
    return True


def _against(
    recording: Recording, bookmark: Bookmark, evidence: Evidence | None
) -> Iterator[Finding]:
    """The kept frame against the recording itself."""
    cites, name = bookmark.cites, bookmark.name
    if recording.id != cites.session:
        yield Finding("recording", False, "under its name is another recording", name)
        return
    if evidence is not None:
        same = evidence_of(recording, cites.event).root == evidence.root
        detail = "the events up to it are those of the recording"
        yield Finding(
            "recording", same, detail if same else "the recording holds other events", name
        )
    if bookmark.about and bookmark.about != about_of(recording):
        detail = "it says another principal, place or time than the recording"
        yield Finding("recording", False, detail, name)
    if bookmark.screen is None:
        return
    with Index.load_or_build(recording) as index:
        view = Playback(recording, index).at_event(cites.event, cites.channel)
        same = still_of(view.screen) == bookmark.screen and view.time == cites.time
    detail = "the frame is the one that the recording gives"
    yield Finding("frame", same, detail if same else "the recording gives another frame", name)
