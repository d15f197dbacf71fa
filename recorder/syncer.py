"""Group commit: makes written segments durable, beside the thread that writes them.

Knows: files that have unsynced bytes, since when, and how long that may be. Must never know:
records, sessions, what is in a file. Called by `recorder.journal` only, whose thread never waits
for the disk unless the disk has fallen behind: then `wait` holds it back, and so whoever appends.

A file is closed here too, when nothing of it is unsynced or in the middle of a sync.

Where many files wait, several threads sync at once: the file system writes what they ask for in
one go, so that a thousand sessions cost hardly more than one. A file that follows another is
synced after it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from recorder.clock import Clock

SYNC_AFTER_NS = 20_000_000
SYNC_AFTER_MANY_NS = 250_000_000
MANY_DIRTY = 100
THREADS = 16
"""At most, one for every `A_THREAD` files that wait."""
A_THREAD = 4
BEHIND_NS = 500_000_000
"""Age of unsynced bytes at which writing has to wait for the disk."""


@dataclass(eq=False)
class Synced:
    """One file that is synced: made by its writer, changed only under the syncer's lock."""

    fd: int
    done: Callable[[int], None]
    """Called in one of the syncer's threads with the mark that is durable now; never by two at a
    time, and never after that of a file which follows."""
    failed: Callable[[OSError], None]
    """Called in one of the syncer's threads, once; the file is not synced any more."""
    folder: Callable[[], None] | None = None
    """Makes the file's own name durable; called with its first sync."""
    after: Synced | None = None
    """The one that it follows, whose bytes are on the disk before its own."""
    mark: int = 0
    retired: bool = False
    syncing: bool = False


class Syncer:
    """One thread, and more while there is work for them. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._dirty: dict[Synced, int] = {}
        """Files with unsynced bytes, oldest first, and since when (monotonic ns)."""
        self._closing = False
        self._stopped = False
        self._threads: list[threading.Thread] = []
        self._start()

    def wrote(self, file: Synced, mark: int) -> None:
        """Bytes were written; ``mark`` comes back with ``done`` when they are durable."""
        with self._changed:
            file.mark = mark
            stopped = self._stopped
            if not stopped and file not in self._dirty:
                self._dirty[file] = self._clock.mono_ns()
                if A_THREAD * len(self._threads) < len(self._dirty) and (
                    len(self._threads) < THREADS and not self._closing
                ):
                    self._start()
                self._changed.notify_all()
        if stopped:
            file.failed(_stopped())

    def retire(self, file: Synced) -> None:
        """Nothing more is written: sync what is left, then close."""
        with self._changed:
            file.retired = True
            if file not in self._dirty and not file.syncing:
                _close(file)

    def drop(self, file: Synced) -> None:
        """Nothing more is written and nothing need be synced any more: close at once, so that its
        lock is free; only a sync that is under way is waited for first."""
        with self._changed:
            file.retired = True
            if not file.syncing:
                self._dirty.pop(file, None)
                _close(file)
                self._changed.notify_all()

    def wait(self) -> None:
        """Returns at once, unless the disk has fallen behind."""
        with self._changed:
            self._changed.wait_for(lambda: not self._behind() or self._stopped)

    def close(self) -> None:
        """Syncs and closes what is left, and ends the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="journal-syncer", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _behind(self) -> bool:
        oldest = next(iter(self._dirty.values()), None)
        return oldest is not None and self._clock.mono_ns() - oldest > BEHIND_NS

    # -- everything below runs in the syncer's threads ---------------------------------------------

    def _run(self) -> None:
        try:
            while (file := self._next()) is not None:
                self._sync(file)
        finally:
            # However a thread ends, nobody goes on believing that it syncs.
            with self._changed:
                self._stopped = True
                left, self._dirty = list(self._dirty), {}
                self._changed.notify_all()
            for file in left:
                file.failed(_stopped())

    def _next(self) -> Synced | None:
        """The oldest file that nobody syncs yet, when its time has come; None when all is done."""
        with self._changed:
            while not self._stopped:
                if self._closing and not self._dirty:
                    return None
                file = next((each for each in self._dirty if self._is_free(each)), None)
                patience = None if file is None else self._patience(self._dirty[file])
                if file is not None and patience == 0:
                    # It stays among the dirty ones meanwhile, so that its age is known.
                    file.syncing = True
                    return file
                self._changed.wait(patience)
            return None

    def _is_free(self, file: Synced) -> bool:
        if file.after is not None and file.after not in self._dirty:
            file.after = None
        return not file.syncing and file.after is None

    def _patience(self, since: int) -> float:
        if self._closing:
            return 0
        after = SYNC_AFTER_MANY_NS if len(self._dirty) > MANY_DIRTY else SYNC_AFTER_NS
        return max(0, since + after - self._clock.mono_ns()) / 1e9

    def _sync(self, file: Synced) -> None:
        with self._changed:
            mark = file.mark
        problem: OSError | None = None
        try:
            os.fdatasync(file.fd)
            if file.folder is not None:
                file.folder()
                file.folder = None
        except OSError as error:
            # The kernel may have dropped the pages: what is on the disk is not known any more.
            problem = error
        with self._changed:
            file.syncing = False
            self._dirty.pop(file, None)
            if problem is None and file.mark != mark and not self._stopped:
                self._dirty[file] = self._clock.mono_ns()
            elif file.retired:
                _close(file)
            if problem is None:
                file.done(mark)
            self._changed.notify_all()
        if problem is not None:
            file.failed(problem)


def _stopped() -> OSError:
    return OSError(errno.EIO, "nothing is synced any more")


def write_all(fd: int, data: bytes | bytearray) -> None:
    """All of it, or an OSError: also for a file that somebody removed while it is being written,
    since nothing of it would be left."""
    if not os.fstat(fd).st_nlink:
        raise OSError(errno.ENOENT, "its journal was removed")
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _close(file: Synced) -> None:
    with contextlib.suppress(OSError):
        os.close(file.fd)
