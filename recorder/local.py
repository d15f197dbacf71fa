"""Recording without a gateway: journal and sealer in one process, and the user's own key.

Knows: the writer, the sealer, the key in the user's data folder. Must never know: PTYs, foreign
formats. Called by ``gatereel record`` and ``gatereel import``. Several may record into one store at
the same time: whoever holds the sealer lock seals for all.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from recorder.attest import Signer
from recorder.clock import Clock
from recorder.errors import KeyFileError, StoreError
from recorder.events import Facts
from recorder.journal import Journal, Writer
from recorder.reader import Recording
from recorder.sealer import Sealer
from recorder.store import Entropy, Store

_PAUSE = 0.1
"""Seconds between two looks at the journals."""
_PATIENCE = 100
"""Looks after the session's end until sealing is left to whoever comes next."""


def build() -> str:
    """Name and version of what records, for headers."""
    return f"gatereel {version('gatereel')}"


def user_name() -> str:
    """Whom this process runs as, as far as the system has a name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def user_signer(folder: Path) -> Signer:
    """The user's own signing key, made when first needed. Raises `KeyFileError`."""
    path = folder / "signing.key"
    if not path.exists():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyFileError(f"cannot create {folder}: {error.strerror}") from error
        with contextlib.suppress(KeyFileError):
            return Signer.create(path, f"{user_name()}@local".replace(" ", "-").replace("+", "-"))
    return Signer.load(path)


@contextlib.contextmanager
def recording(
    store: Store, signer: Signer, clock: Clock, entropy: Entropy, facts: Facts
) -> Iterator[Journal]:
    """A journal that is sealed while it is written, and sealed to its end when this is left.

    Left by an exception the recording ends as interrupted. Raises `JournalError`, `StoreError`.
    """
    store.check_writable()
    store.trust(signer.verifier)
    writer = Writer(store, clock, entropy)
    stop = threading.Event()
    sealing = threading.Thread(
        target=_seal, args=(store, signer, clock, facts["id"], stop), name="sealer"
    )
    try:
        journal = writer.open(facts)
        sealing.start()
        yield journal
        if not journal.ended:
            journal.close("done").result()
    finally:
        writer.close()
        stop.set()
        if sealing.ident is not None:
            sealing.join()


def _seal(store: Store, signer: Signer, clock: Clock, session: str, stop: threading.Event) -> None:
    """Seals until told to stop and the session is sealed, by us or by who holds the lock."""
    with contextlib.ExitStack() as held:
        sealer: Sealer | None = None
        patience = _PATIENCE
        while patience:
            stopped = stop.is_set()
            with contextlib.suppress(StoreError, OSError):
                sealer = sealer or held.enter_context(Sealer(store, signer, clock))
                sealer.step()
            if stopped:
                if not store.journals(session):
                    return
                patience -= 1
                time.sleep(_PAUSE)
            else:
                stop.wait(_PAUSE)


def rename_to(store: Store, session: str, path: Path) -> None:
    """Gives a finished recording the file name that its user asked for."""
    with Recording(store, session) as finished:
        if not finished.finished:
            raise StoreError(f"{session} could not be sealed; it stays in {store.path}")
    store.reel(session).rename(path)
    store.index(session).unlink(missing_ok=True)
