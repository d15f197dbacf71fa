"""Which run of the gateway came before: a small file in the store that only the gateway writes.

Knows: the file, and what of it the header of the gateway's own next recording says. Must never
know: what is in a recording. Called by `gateway.logbook` when it begins a recording, and by
`gateway.serve` for each checkpoint of it.

Each of the gateway's own recordings names the one before and that one's newest signed checkpoint.
So a run that was taken away, or cut short, is noticed by every run that came after; what nobody
can notice in the store itself is that the last runs are gone together with this file: keep
checkpoints elsewhere for that.
"""

from __future__ import annotations

import json
import logging
import threading

from recorder.errors import JournalError
from recorder.events import Facts
from recorder.reel import replace_file
from recorder.store import Store, is_id

log = logging.getLogger(__name__)

NAME = ".gateway.last"
LIMIT = 64 * 1024
"""Bytes of the file that are read."""


class Lineage:
    """Of one store. Its calls block."""

    def __init__(self, store: Store) -> None:
        self._path = store.path / NAME
        self._turn = threading.Lock()

    def before(self) -> Facts:
        """What the header of a recording that begins now says: ``previous`` is "" where no run is
        known, ``checkpoint`` the newest signed note of that one, or ""."""
        with self._turn:
            run, note = self._read()
        return {"previous": run, "checkpoint": note}

    def begun(self, run: str) -> None:
        """A recording of the gateway's own has begun. Raises JournalError: one that no later run
        would name is not gone on with."""
        try:
            with self._turn:
                self._write(run, "")
        except OSError as problem:
            raise JournalError(
                "the gateway cannot write down that it runs",
                operator=f"{self._path}: {problem.strerror}",
            ) from problem

    def checkpointed(self, run: str, note: str) -> None:
        """The sealer has signed what there is of this run."""
        try:
            with self._turn:
                if self._read()[0] == run:
                    self._write(run, note)
        except OSError as problem:
            # The one before still holds; the next is tried in seconds.
            log.warning("%s cannot be written: %s", self._path, problem.strerror)

    def _read(self) -> tuple[str, str]:
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(LIMIT))
            run, note = found["run"], found["checkpoint"]
        except (OSError, ValueError, KeyError, TypeError):
            return "", ""
        known = isinstance(run, str) and isinstance(note, str) and is_id(run)
        return (run, note) if known else ("", "")

    def _write(self, run: str, note: str) -> None:
        replace_file(self._path, json.dumps({"run": run, "checkpoint": note}).encode() + b"\n")
