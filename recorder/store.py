"""Where recordings live: a folder. Names, paths and the newest-first list; no payloads.

Knows: which file of a recording is called what, and who may make one. Must never know: what is
in a file. Called by everything that starts from a store. An object store will have the same
face.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recorder import distrust
from recorder.attest import Verifier, load_verifiers
from recorder.clock import Clock
from recorder.errors import NotFound, StoreError

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_JOURNAL = re.compile(rf"({_ID.pattern})\.(\d{{8}})\.journal")
_MEMBER = re.compile(rf"({_ID.pattern})\.(?:reel|\d{{8}}\.journal)")
VERIFIERS = "verifiers"

Entropy = Callable[[int], bytes]
"""So many random bytes; `os.urandom` outside tests."""


def new_id(clock: Clock, entropy: Entropy) -> str:
    """A UUIDv7 (RFC 9562, section 5.7): sorts by the millisecond it was made in."""
    stamp = (clock.wall_ns() // 1_000_000 & (1 << 48) - 1).to_bytes(6, "big")
    value = bytearray(stamp + entropy(10))
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    digits = value.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def is_id(text: str) -> bool:
    """Whether this is the id of a session, as we write them."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of recordings."""

    path: Path

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Store:
        """The store in this folder; raises `StoreError` with what to do about it."""
        if create:
            try:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"the store {path} cannot be created: {error.strerror}. Name another with "
                    "--store"
                ) from error
        if not path.is_dir():
            raise StoreError(f"there is no store at {path}. Name one with --store, or -c FILE")
        return cls(path)

    def check_writable(self) -> None:
        """Raises `StoreError` where no file can be made here."""
        probe = self.path / f".write-{os.getpid()}"
        try:
            with os.fdopen(distrust.create(probe), "wb") as file:
                file.write(b"gatereel")
                file.flush()
                os.fsync(file.fileno())
            probe.unlink()
        except OSError as error:
            with contextlib.suppress(OSError):
                probe.unlink()
            raise StoreError(
                f"the store {self.path} cannot be written: {error.strerror}. Nothing is recorded "
                "without it: mend its rights or its disk",
                operator=repr(error),
            ) from error

    def ids(self) -> list[str]:
        """Every session with a reel or a journal here, newest first."""
        found = {match[1] for name in self._names() if (match := _MEMBER.fullmatch(name))}
        return sorted(found, reverse=True)

    def files(self) -> dict[str, list[str]]:
        """The paths of the reel, the journal segments and the hold of every session, newest first:
        one look at the folder, and no more than text, since thousands are looked at all the time.
        A hold alone is no session."""
        found: dict[str, list[str]] = {}
        folder = f"{self.path}{os.sep}"
        held = []
        names = (name for name in self._names() if name.endswith((".reel", ".journal", ".hold")))
        for name in sorted(names):
            if match := _MEMBER.fullmatch(name):
                found.setdefault(match[1], []).append(folder + name)
            elif name.endswith(".hold"):
                held.append(name)
        for name in held:
            if files := found.get(name.removesuffix(".hold")):
                files.append(folder + name)
        return dict(reversed(found.items()))

    def find(self, name: str) -> str:
        """The session that an id, or a unique beginning or end of one, means."""
        if is_id(name):
            fits = [name] if name in self.ids() else []
        else:
            text = name.lower()
            fits = [i for i in self.ids() if text and (i.startswith(text) or i.endswith(text))]
        if not fits:
            raise NotFound(f"no session {name!r} in {self.path}. `gatereel sessions` lists them")
        if len(fits) > 1:
            raise NotFound(f"{name!r} fits {len(fits)} sessions: give more of the id")
        return fits[0]

    def reel(self, session: str) -> Path:
        return self.path / f"{session}.reel"

    def index(self, session: str) -> Path:
        return self.path / f"{session}.index"

    def checkpoint(self, session: str) -> Path:
        return self.path / f"{session}.checkpoint"

    def hold(self, session: str) -> Path:
        """There while the session is under a legal hold (`recorder.keeping`)."""
        return self.path / f"{session}.hold"

    def journal(self, session: str, segment: int) -> Path:
        return self.path / f"{session}.{segment:08d}.journal"

    def journals(self, session: str) -> list[Path]:
        """The segments that are there, in order."""
        prefix = f"{session}."
        names = (n for n in self._names() if n.startswith(prefix) and _JOURNAL.fullmatch(n))
        return [self.path / name for name in sorted(names)]

    def all_journals(self) -> dict[str, list[Path]]:
        """The segments of every session that has any, in order (one look at the folder)."""
        found: dict[str, list[Path]] = {}
        # A store holds many more finished recordings than journals, and this is asked all the time.
        for name in sorted(name for name in self._names() if name.endswith(".journal")):
            if match := _JOURNAL.fullmatch(name):
                found.setdefault(match[1], []).append(self.path / name)
        return found

    def verifiers(self) -> list[Verifier]:
        """The store's own verification keys; none where it has no such file."""
        path = self.path / VERIFIERS
        return load_verifiers(path) if path.exists() else []

    def trust(self, verifier: Verifier) -> None:
        """Adds a verification key, where it is not there already."""
        path = self.path / VERIFIERS
        try:
            with contextlib.suppress(FileNotFoundError):
                os.close(distrust.open_own(path, os.O_RDONLY))
            if any(known == verifier for known in self.verifiers()):
                return
            fd = distrust.open_own(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        except OSError as error:
            raise StoreError(f"{path} cannot be used: {error.strerror}") from error
        with os.fdopen(fd, "rb+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                # A last line that somebody's editor left open would be one with ours.
                file.write(b"" if file.read(1) == b"\n" else b"\n")
            file.write(f"{verifier}\n".encode())

    def sync(self) -> None:
        """Makes names that were added or removed durable."""
        fd = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _names(self) -> list[str]:
        try:
            return [entry.name for entry in os.scandir(self.path)]
        except OSError as error:
            raise StoreError(f"the store {self.path} cannot be read: {error.strerror}") from error


def locate(name: str, store: Path | None) -> tuple[Store, str]:
    """What a SESSION argument means: the path of a reel, whatever its name, or an id (or part of
    one) in a store. The second value names its files in the first."""
    path = Path(name)
    if path.suffix == ".reel" and path.exists():
        return Store(path.parent), path.stem
    if path.suffix == ".reel" or len(path.parts) > 1:
        raise NotFound(f"there is no recording at {name}")
    if store is None:
        raise StoreError("no store to look in: name one with --store, or -c FILE")
    opened = Store.open(store)
    return opened, opened.find(name)
