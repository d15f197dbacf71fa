"""A case on disk: opened, added to, signed. The shell around `replay.case`.

Knows: the file, the author's name, the clock. Must never know: widgets, how a key signs. Called by
the player, the case screen and the verbs; safe from several programs at once, which add lines to
the same file under a lock. Nothing that is in the file is ever written over; only what an
interrupted write left behind its last whole line is cut off before the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from recorder import sshsig
from recorder.clock import Clock
from recorder.places import data_folder
from recorder.sshsig import SshSigner
from replay.case import NAME_LIMIT, NAMESPACE, NOTE_LIMIT, Bookmark, Case, Entry, Kind, name_of
from replay.case_lines import FILE_LIMIT, Fault, lines_of, parse, signature_line
from replay.errors import CaseError
from replay.keep import Kept

SUFFIX = ".case"


def default_path() -> Path:
    """The case that bookmarks go to where no other is open."""
    return data_folder() / f"bookmarks{SUFFIX}"


class CaseFile:
    """One case file, open. Raises `CaseError` from everything that touches the disk."""

    def __init__(self, path: Path, author: str, clock: Clock) -> None:
        """Opens what is there; `begin` makes a new one. ``author`` is the name under which this
        person writes, as an allowed_signers file has it."""
        self.path = path
        self.author = author[:NAME_LIMIT]
        self._clock = clock
        self.case = Case()
        self.faults: tuple[Fault, ...] = ()
        """Lines that cannot be read; `Case` is what can."""
        self._size = -1
        self.reload()

    @classmethod
    def begin(cls, path: Path, title: str, author: str, clock: Clock) -> CaseFile:
        """A new case in a new file."""
        author = author[:NAME_LIMIT]
        case = Case.begin(title, author, clock.wall_ns() // 1000)
        write_new(path, b"".join(lines_of(case)))
        return cls(path, author, clock)

    @classmethod
    def open_or_begin(cls, path: Path, author: str, clock: Clock) -> CaseFile:
        """The case in this file; a new one where there is none, named after the file."""
        if not path.exists():
            with contextlib.suppress(OSError):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls.begin(path, path.stem, author, clock)
        return cls(path, author, clock)

    def reload(self) -> bool:
        """Reads the file again; whether it has grown since."""
        with _file_errors(self.path):
            with self.path.open("rb") as file:
                data = file.read(FILE_LIMIT + 1)
            if len(data) == self._size:
                return False
            self._take(data)
        return True

    def _take(self, data: bytes) -> int:
        parsed = parse(data)
        self.case, self.faults, self._size = parsed.case, parsed.faults, len(data)
        return parsed.torn

    # -- writing -----------------------------------------------------------------------------------

    def add(self, kept: Kept, note: str = "") -> Bookmark:
        """A bookmark on a moment."""
        entry = self.case.bookmark(
            kept.cites,
            _fits(note),
            self.author, self._now(),
            about=kept.about, screen=kept.screen, evidence=kept.evidence,
        )  # fmt: skip
        name = self._append(entry)
        return next(bookmark for bookmark in self.case.bookmarks if bookmark.name == name)

    def note(self, text: str, on: str = "") -> str:
        """Words on the case, or on the entry ``on``; the new entry's name."""
        return self._write(Kind.NOTE, {"on": on, "note": _fits(text)})

    def edit(self, name: str, text: str) -> str:
        """Another text for one of the author's own entries."""
        self._check_own(name)
        return self._write(Kind.EDIT, {"on": name, "note": _fits(text)})

    def withdraw(self, name: str) -> str:
        """Takes one of the author's own entries back; it stays in the file, and says so."""
        self._check_own(name)
        return self._write(Kind.WITHDRAW, {"on": name})

    def sign(self, signer: SshSigner) -> int:
        """Signs everything under the author's name that nobody has signed; how many that were.
        Raises `SignatureError` too."""
        self.reload()
        waiting = self.case.unsigned(self.author)
        lines = [
            signature_line(w.name, sshsig.sign(signer, NAMESPACE, w.entry.line())) for w in waiting
        ]
        self._append_lines(lines)
        return len(lines)

    def take_in(self, other: Case) -> int:
        """Adds what another copy of this case has; how many lines that were. A signature that does
        not fit is not taken: somebody's sixteen would leave no room for the author's own."""
        if other.id != self.case.id:
            raise CaseError("that is another case: only copies of one case can be put together")
        lines = []
        for name, written in self.case.merged(other).entries.items():
            known = self.case.entries.get(name)
            if known is None:
                lines.append(written.entry.line())
            have = known.armored if known else ()
            new = (signed.armored for signed in written.signed if signed.armored not in have)
            lines += [signature_line(name, armored) for armored in new]
        self._append_lines(lines)
        return len(lines)

    def _write(self, kind: Kind, body: dict[str, object]) -> str:
        return self._append(self.case.entry(kind, self.author, self._now(), body))

    def _check_own(self, name: str) -> None:
        written = self.case.entries.get(name)
        if written is None:
            raise CaseError("there is no such entry in this case")
        if written.entry.author != self.author:
            raise CaseError(
                f"that entry is {written.entry.author}'s: only its author changes it. "
                "Add a note to it instead"
            )

    def _append(self, entry: Entry) -> str:
        self._append_lines([entry.line()])
        return name_of(entry)

    def _append_lines(self, lines: list[bytes]) -> None:
        """Adds lines durably, behind whatever others have added meanwhile."""
        if not lines:
            return
        with _file_errors(self.path):
            fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                before = _read(fd)
                data = b"".join(lines)
                if len(before) + len(data) > FILE_LIMIT:
                    raise CaseError("this case is full: begin another")
                torn = self._take(before)
                if torn:
                    os.ftruncate(fd, len(before) - torn)
                    before = before[: len(before) - torn]
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
                os.fsync(fd)
                self._take(before + data)
            finally:
                os.close(fd)

    def _now(self) -> int:
        return self._clock.wall_ns() // 1000


def write_new(path: Path, data: bytes) -> None:
    """A new file of these bytes, readable by its owner alone; nothing is overwritten."""
    with _file_errors(path):
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _fits(text: str) -> str:
    if len(text) > NOTE_LIMIT:
        raise CaseError(f"a note has at most {NOTE_LIMIT} characters")
    # What no file can hold, no note holds: half a character, from a paste gone wrong.
    return text.encode("utf-8", "replace").decode()


def _read(fd: int) -> bytes:
    parts, at = [], 0
    while part := os.pread(fd, 1 << 20, at):
        parts.append(part)
        at += len(part)
        if at > FILE_LIMIT:
            break
    return b"".join(parts)


@contextlib.contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise CaseError(
            f"there is no case at {path}: `gatereel case new FILE` begins one"
        ) from error
    except FileExistsError as error:
        raise CaseError(f"{path} is there already: nothing is overwritten") from error
    except OSError as error:
        raise CaseError(
            f"the case {path} cannot be used: {error.strerror}", operator=repr(error)
        ) from error
