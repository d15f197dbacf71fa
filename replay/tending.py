"""Keeping the catalog up while the app runs, for a store that nobody else keeps up.

Knows: the keeper, processes. Must never know: widgets. `Tender` is the app's side, on a worker's
thread; ``python -m replay.tending STORE`` is the other, a process of its own so that playing stays
smooth while it works, that may be ended at any instant, and that ends when its standard input does:
with the app, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from recorder.clock import Clock, SystemClock
from recorder.errors import GatereelError
from recorder.store import Store
from replay.catalog import open_catalog
from replay.keeper import Keeper, Kept, Trouble, run

PAUSE = 0.3
"""Seconds between two passes: a session that goes on is behind by about so much."""
STEP = 5
"""What the other process adds to its niceness: whoever plays comes first."""


class Tender:
    """The app's side."""

    def __init__(self, store: Store) -> None:
        self._command = [sys.executable, "-m", "replay.tending", str(store.path.absolute())]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def run(self, tell: Callable[[str], None]) -> None:
        """Until `stop`, or until the other process ends; ``tell`` is called here with each thing
        that is wrong with the catalog, in a line."""
        with self._lock:
            if self._stopped:
                return
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=Path(__file__).parents[1],
                )
            except OSError as error:
                why = error.strerror or error
                tell(f"the catalog is not kept up: no process can be started ({why})")
                return
        with self._process as process:
            assert process.stdout is not None
            for line in process.stdout:
                tell(line.decode("utf-8", "replace").strip())
            if process.wait() and not self._stopped:
                tell("the catalog is not kept up any more: `gatereel index` says why")

    def stop(self) -> None:
        """From any thread."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()


def tend(store: Path, until: IO[bytes], out: IO[str]) -> None:
    """The other side: keeps this store's catalog until the end of ``until``. Raises
    `GatereelError`."""
    over = threading.Event()

    def watch() -> None:
        until.read()
        over.set()
        os._exit(0)  # in the middle of whatever it is: nothing is lost by it

    def tell(told: Kept) -> None:
        if isinstance(told, Trouble):
            print(told.line, file=out, flush=True)

    threading.Thread(target=watch, daemon=True).start()
    opened = Store.open(store)
    catalog = open_catalog(store)
    with contextlib.closing(catalog), Keeper(opened, catalog, SystemClock()) as keeper:
        run(keeper, tell, lambda: not over.wait(PAUSE))


def keep_once(store: Store, clock: Clock | None = None) -> None:
    """Takes in what there is, here and now. Raises `GatereelError`."""
    catalog = open_catalog(store.path)
    with contextlib.closing(catalog), Keeper(store, catalog, clock or SystemClock()) as keeper:
        for _ in keeper.step():
            pass


def main() -> int:
    os.nice(STEP)
    try:
        tend(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout)
    except GatereelError as error:
        print(f"{error.code}: {error.person}", flush=True)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
