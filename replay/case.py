"""A case: bookmarks and notes about moments of recordings, each entry its author's own. Pure.

Knows: entries, who has signed which, and what they come to together (docs/cases.md). Must never
know: files, keys at rest, clocks, recordings. Called by `replay.case_file`, the screen, the verbs.

A case only grows. An entry is one line of canonical JSON; its SHA-256 is its name. It names the
case, and the newest entries that its author saw (``after``), so that what is taken away is missed
by what was written later. To change or withdraw an entry its author writes another. Two copies of
a case that went separate ways are put together by putting their lines together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from recorder import sshsig
from recorder.errors import SignatureError

FORM = 1
NAMESPACE = "case@gatereel"
"""Of every signature in a case, so that none is good for anything else."""
NOTE_LIMIT = 64 * 1024
"""Characters of a note."""
NAME_LIMIT = 200
"""Characters of a title and of an author's name."""
HEADS_LIMIT = 64
"""So many entries one entry may follow at most."""


class Kind(StrEnum):
    """What an entry does."""

    CASE = "case"
    """The first one: begins a case. Body: form, title."""
    BOOKMARK = "bookmark"
    """Cites a moment. Body: cites, about, note, screen, evidence."""
    NOTE = "note"
    """Says something about the case, or (``on``) about a bookmark. Body: on, note."""
    EDIT = "edit"
    """The author's own entry ``on`` says this now. Body: on, note."""
    WITHDRAW = "withdraw"
    """The author takes back an entry ``on``. Body: on."""


class Citation(NamedTuple):
    """A moment of a recording. The event number is what lasts: frames are derived."""

    session: str
    event: int
    frame: int
    """-1 before the first."""
    time: int
    """Microseconds since the session's start."""
    channel: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that one author wrote."""

    kind: str
    case: str
    """The name of the case's first entry; "" in that one."""
    after: tuple[str, ...]
    """Names of the newest entries that the author saw, sorted."""
    author: str
    written: int
    """Microseconds since the Unix epoch, by the author's clock."""
    body: Mapping[str, Any]

    def line(self) -> bytes:
        """The canonical bytes: what is signed, hashed and stored, with its newline."""
        return canonical(
            {
                "after": list(self.after),
                "author": self.author,
                "body": self.body,
                "case": self.case,
                "kind": self.kind,
                "written": self.written,
            }
        )

    @property
    def on(self) -> str:
        """The entry that this one is about, or ""."""
        return str(self.body.get("on", ""))


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one spelling of a line: keys sorted, no spaces, ASCII."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


class Standing(StrEnum):
    """How much an entry is known to be its author's, whoever they are."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """It has signatures, and none of them fits it."""


class Signed(NamedTuple):
    """A signature on an entry that fits it."""

    public: bytes
    armored: str

    @property
    def fingerprint(self) -> str:
        return sshsig.fingerprint(self.public)


@dataclass(frozen=True)
class Written:
    """An entry of a case with its name and its signatures."""

    name: str
    entry: Entry
    armored: tuple[str, ...] = ()

    @cached_property
    def signed(self) -> tuple[Signed, ...]:
        """The signatures that fit, whoever made them."""
        return tuple(self._checked())

    def _checked(self) -> Iterator[Signed]:
        for armored in self.armored:
            try:
                yield Signed(sshsig.check(armored, NAMESPACE, self.entry.line()), armored)
            except SignatureError:
                continue

    @property
    def keys(self) -> frozenset[bytes]:
        return frozenset(signature.public for signature in self.signed)

    @property
    def standing(self) -> Standing:
        if self.signed:
            return Standing.SIGNED
        return Standing.FORGED if self.armored else Standing.UNSIGNED


@dataclass(frozen=True)
class Bookmark:
    """A cited moment, with all that its author said of it since."""

    written: Written
    cites: Citation
    note: str
    """As it counts: the newest that its author is known to have written."""
    pending: str | None = None
    """A newer text under the same author's name that nobody has signed yet."""
    withdrawn: bool = False
    """Its author has taken it back."""
    to_withdraw: bool = False
    """Somebody says so under the author's name, unsigned."""
    unsigned: int = 0
    """How many of its entries nobody has signed."""
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        return self.written.name

    @property
    def author(self) -> str:
        return self.written.entry.author

    @property
    def shown(self) -> str:
        """The text in one line of its own: what is signed comes first, and what anybody may have
        written under the author's name is never taken for it."""
        if self.pending is None:
            return self.note
        return f"{self.note} (not signed: {self.pending})"

    @property
    def draft(self) -> str:
        """What its author goes on from."""
        return self.note if self.pending is None else self.pending

    @property
    def screen(self) -> Mapping[str, Any] | None:
        """The kept frame (`recorder.screen.frame_of`), where one was kept."""
        return self.written.entry.body.get("screen") or None

    @property
    def about(self) -> Mapping[str, Any]:
        """What the recording's header said: principal, target, account, protocol, wall (ns)."""
        found: Mapping[str, Any] = self.written.entry.body.get("about") or {}
        return found


@dataclass(frozen=True)
class Note:
    """What somebody said of the case, or of a bookmark."""

    written: Written
    text: str
    pending: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True)
class Case:
    """All entries, in the order in which the file has them; the first began the case."""

    entries: Mapping[str, Written] = field(default_factory=dict)

    @classmethod
    def begin(cls, title: str, author: str, now: int) -> Case:
        """A new one, with nothing in it but its title. ``now`` is in µs since the epoch."""
        body = {"form": FORM, "title": title[:NAME_LIMIT]}
        return cls().with_entry(Entry(Kind.CASE, "", (), author, now, body))

    @property
    def id(self) -> str:
        """The name of its first entry; it is what tells cases apart."""
        return next(iter(self.entries))

    @property
    def title(self) -> str:
        return str(self.entries[self.id].entry.body["title"])

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Entries that no other follows."""
        followed = {name for written in self.entries.values() for name in written.entry.after}
        return tuple(sorted(set(self.entries) - followed))

    @cached_property
    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """Names of entries that others follow or speak of and that are not there: by whom."""
        found: dict[str, list[str]] = {}
        for written in self.entries.values():
            spoken = {*written.entry.after, written.entry.on} - {""}
            for name in spoken - set(self.entries):
                found.setdefault(name, []).append(written.name)
        return {name: tuple(by) for name, by in sorted(found.items())}

    # -- adding ------------------------------------------------------------------------------------

    def entry(self, kind: Kind, author: str, now: int, body: Mapping[str, Any]) -> Entry:
        """A new entry that follows all there are; not yet part of the case."""
        return Entry(kind, self.id, self.heads[:HEADS_LIMIT], author, now, body)

    def bookmark(
        self,
        cites: Citation,
        note: str,
        author: str,
        now: int,
        *,
        about: Mapping[str, Any] | None = None,
        screen: Mapping[str, Any] | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Entry:
        """An entry that cites a moment, with what is kept of it."""
        body = {
            "cites": cites._asdict(),
            "about": about or {},
            "note": note[:NOTE_LIMIT],
            "screen": screen or {},
            "evidence": evidence or {},
        }
        return self.entry(Kind.BOOKMARK, author, now, body)

    def with_entry(self, entry: Entry, armored: str = "") -> Case:
        """With one entry more, and its signature where there is one."""
        name = name_of(entry)
        case = self
        if name not in self.entries:
            case = replace(self, entries={**self.entries, name: Written(name, entry)})
        return case.with_signature(name, armored) if armored else case

    def with_signature(self, name: str, armored: str) -> Case:
        """With one signature more on an entry that is there."""
        written = self.entries[name]
        if armored in written.armored:
            return self
        signed = replace(written, armored=(*written.armored, armored))
        return replace(self, entries={**self.entries, name: signed})

    def merged(self, other: Case) -> Case:
        """With what another copy of the same case has."""
        entries = dict(self.entries)
        for name, written in other.entries.items():
            known = entries.get(name, Written(name, written.entry)).armored
            armored = (*known, *(one for one in written.armored if one not in known))
            entries[name] = Written(name, written.entry, armored)
        return replace(self, entries=entries)

    # -- what it comes to --------------------------------------------------------------------------

    def unsigned(self, author: str | None = None) -> list[Written]:
        """Entries without a fitting signature, in order: all, or those under an author's name."""
        return [
            written
            for written in self.entries.values()
            if not written.signed and author in (None, written.entry.author)
        ]

    @cached_property
    def bookmarks(self) -> tuple[Bookmark, ...]:
        """Every bookmark, withdrawn ones too, in the order in which they were added."""
        found = (w for w in self.entries.values() if w.entry.kind == Kind.BOOKMARK)
        return tuple(self._bookmark(written) for written in found)

    def bookmarks_of(self, session: str) -> list[Bookmark]:
        """Those of one session that stand, in the order of the recording."""
        mine = (b for b in self.bookmarks if b.cites.session == session and not b.withdrawn)
        return sorted(mine, key=lambda b: (b.cites.event, b.written.entry.written))

    @property
    def sessions(self) -> list[str]:
        """Every session that is cited, in the order in which they were first."""
        return list(dict.fromkeys(b.cites.session for b in self.bookmarks))

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What was said of the case as a whole."""
        return tuple(self._notes(""))

    def find(self, prefix: str) -> list[Written]:
        """Entries whose name begins so."""
        return [written for name, written in self.entries.items() if name.startswith(prefix)]

    @cached_property
    def _about(self) -> Mapping[str, list[Written]]:
        """Entries by the entry that they are about."""
        found: dict[str, list[Written]] = {}
        for written in self.entries.values():
            if written.entry.kind != Kind.CASE:
                found.setdefault(written.entry.on, []).append(written)
        return found

    def _bookmark(self, written: Written) -> Bookmark:
        text, pending, withdrawn, asked = self._now(written)
        mine = [written, *self._changes(written)]
        return Bookmark(
            written=written,
            cites=Citation(**written.entry.body["cites"]),
            note=text,
            pending=pending,
            withdrawn=withdrawn,
            to_withdraw=asked,
            unsigned=sum(not one.signed for one in mine),
            notes=tuple(self._notes(written.name)),
        )

    def _notes(self, on: str) -> Iterator[Note]:
        for written in self._about.get(on, ()):
            if written.entry.kind == Kind.NOTE:
                text, pending, withdrawn, _ = self._now(written)
                yield Note(written, text, pending, withdrawn)

    def _now(self, written: Written) -> tuple[str, str | None, bool, bool]:
        """What an entry says now: its text, one that is not signed yet, and whether it is
        withdrawn, or said to be by an entry that is not signed."""
        text, pending = str(written.entry.body.get("note", "")), None
        withdrawn = asked = False
        for change in sorted(self._changes(written), key=lambda w: w.entry.written):
            counts = not written.signed or bool(change.keys & written.keys)
            match change.entry.kind:
                case Kind.EDIT if counts:
                    text, pending = str(change.entry.body["note"]), None
                case Kind.EDIT if not change.armored:
                    pending = str(change.entry.body["note"])
                case Kind.WITHDRAW if counts:
                    withdrawn = True
                case Kind.WITHDRAW if not change.armored:
                    asked = True
                case _:
                    pass
        return text, pending, withdrawn, asked

    def _changes(self, written: Written) -> Iterator[Written]:
        """What its own author wrote about an entry."""
        about = self._about.get(written.name, ())
        return (each for each in about if each.entry.author == written.entry.author)


def name_of(entry: Entry) -> str:
    """SHA-256 of its line, in hex."""
    return hashlib.sha256(entry.line()).hexdigest()


def in_order(entries: Iterable[Written]) -> list[Written]:
    """By when they were written, as their authors say; the case's first entry first."""
    return sorted(entries, key=lambda w: (w.entry.kind != Kind.CASE, w.entry.written, w.name))
