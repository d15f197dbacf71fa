"""The verbs that make recordings: ``record``, ``import`` and the process ``seal``.

Knows: the recorder's parts and how to say what they did. Called by the front door, through
`recorder.cli`, with parsed arguments; returns exit statuses.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from pathlib import Path

from recorder import local
from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.errors import StoreError
from recorder.header import make_header
from recorder.lines_out import closed, tell
from recorder.places import data_folder, store_path
from recorder.record import LocalSession, Size, size_of
from recorder.screen import WIDTH_TABLE_VERSION
from recorder.sealer import Sealed, Sealer
from recorder.sealer import run as run_sealer
from recorder.store import Store, new_id

_BEAT = 0.1
"""Seconds between two passes of the sealer."""
_LOCK_PATIENCE = 100
"""Beats to wait for another sealer to end."""
_ALIVE_EVERY = 0.25
"""Seconds between two signs of life."""
_CHUNK_LIMIT = 10.0
"""Seconds after which work on one chunk does not count as life any more."""


def record(options: argparse.Namespace) -> int:
    """``gatereel record [-o FILE] [-- CMD...]``"""
    command = [word for i, word in enumerate(options.command) if i or word != "--"]
    command = command or [os.environ.get("SHELL", "/bin/sh")]
    target = _output(options.output)
    store = Store.open(target.parent if target else store_path(options), create=True)
    stdin, stdout = sys.stdin.fileno(), sys.stdout.fileno()
    size = size_of(stdin, size_of(stdout, Size(80, 24)))
    term = os.environ.get("TERM", "xterm-256color")
    clock = SystemClock()
    session = new_id(clock, os.urandom)
    facts = make_header(
        session=session,
        principal=local.user_name(),
        kind="local",
        target=options.title or " ".join(command),
        account="",
        protocol="local",
        build=local.build(),
        term=term,
        cols=size.cols,
        rows=size.rows,
        widths=WIDTH_TABLE_VERSION,
    )
    signer = local.user_signer(data_folder())
    _say(f"recording {session}; exit the command to end it")
    with local.recording(store, signer, clock, os.urandom, facts) as journal:
        status = LocalSession(journal, command, size, term).run(stdin, stdout)
        journal.close(f"the command exited with status {status}").result()
    if target:
        local.rename_to(store, session, target)
    _say(f"recorded {target or store.reel(session)}")
    return status


def _output(name: Path | None) -> Path | None:
    """The file asked for, which must not be there yet."""
    if name is None:
        return None
    path = name if name.suffix == ".reel" else name.with_name(f"{name.name}.reel")
    if path.exists():
        raise StoreError(f"{path} is there already: nothing is overwritten")
    return path


def _say(line: str) -> None:
    """Words to the person, on the terminal they type at and nowhere else."""
    if sys.stderr.isatty():
        sys.stderr.write(f"gatereel: {line}\r\n")


def import_(options: argparse.Namespace) -> int:
    """``gatereel import FILE [-o FILE] [--timing FILE] [--typed FILE]``"""
    from recorder.convert import import_file

    target = _output(options.output)
    store = Store.open(target.parent if target else store_path(options), create=True)
    signer = local.user_signer(data_folder())
    session = import_file(options.file, store, signer, timing=options.timing, typed=options.typed)
    if target:
        local.rename_to(store, session, target)
    sys.stdout.write(f"{target or session}\n")
    return 0


def seal(options: argparse.Namespace) -> int:
    """``gatereel seal``: the sealer as a process of its own, told to stop by the end of its input.

    Speaks JSON lines: ``{"store": [DEVICE, INODE], "at": "..."}`` first, ``{"alive": true}`` four
    times a second, ``{"checkpoint": {...}}`` for each
    checkpoint, ``{"broken": {...}}`` once for a session that cannot be sealed, ``{"trouble":
    "..."}`` for what it will try again.
    """
    store = Store.open(options.store)
    told: set[str] = set()
    life = _SignsOfLife()

    def pause() -> bool:
        for session, reason in sealer.broken.items():
            if session not in told:
                told.add(session)
                tell({"broken": {"session": session, "reason": reason}})
        going = not closed(_BEAT)
        life.working()
        return going

    def report(sealed: Sealed) -> None:
        life.working()
        _report(sealed)

    signer = Signer.load(options.key)
    with _sealer(store, signer) as sealer:
        store.trust(signer.verifier)
        place = store.path.stat()
        tell({"store": [place.st_dev, place.st_ino], "at": str(store.path.absolute())})
        with life:
            run_sealer(sealer, report=report, trouble=_trouble, pause=pause)
    return 0


class _SignsOfLife:
    """Says four times a second that the sealer lives, also while it compresses; but not for one
    that has been at the same chunk for too long."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signs-of-life", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def working(self) -> None:
        """A new chunk or pass begins."""
        self._since = time.monotonic()

    def _run(self) -> None:
        while True:
            if time.monotonic() - self._since < _CHUNK_LIMIT:
                tell({"alive": True})
            if self._over.wait(_ALIVE_EVERY):
                return


def _sealer(store: Store, signer: Signer) -> Sealer:
    """Waits a little for the lock: the sealer of a gateway that was killed finishes its work."""
    for _ in range(_LOCK_PATIENCE):
        try:
            return Sealer(store, signer, SystemClock())
        except StoreError:
            time.sleep(_BEAT)
    return Sealer(store, signer, SystemClock())


def _report(sealed: Sealed) -> None:
    tell({"checkpoint": sealed._asdict()})


def _trouble(line: str) -> None:
    tell({"trouble": line})
