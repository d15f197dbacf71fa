"""Processes behind what a test has started, by the system's own list."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path


def sealer_pid(store: Path) -> int | None:
    """The process that seals in this store."""
    for pid, words in _all():
        if b"seal" in words and os.fsencode(store) in words:
            return pid
    return None


def kill_sealer(store: Path) -> bool:
    """Whether there was one to kill."""
    pid = sealer_pid(store)
    return pid is not None and _signal(pid, signal.SIGKILL)


def children(parent: int) -> list[int]:
    return [pid for pid, _ in _all() if _parent(pid) == parent]


def kill_children(parent: int, script: Path | None = None) -> int:
    """Of these the ones that run this script, if one is named; how many there were."""
    named = [] if script is None else [os.fsencode(script)]
    found = [pid for pid, words in _all() if words[1 : 1 + len(named)] == named]
    return sum(_signal(pid, signal.SIGKILL) for pid in found if _parent(pid) == parent)


def signal_clients(pid: int, number: signal.Signals) -> int:
    """Every ``ssh`` of this process and of those that it has started; how many there were."""
    below = [pid]
    for each in below:
        below += children(each)
    return sum(_signal(each, number) for each in below if _name(each) == "ssh")


def _all() -> Iterator[tuple[int, list[bytes]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().split(b"\0")


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        # Behind the name, which may hold anything, come the state and the parent.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _signal(pid: int, number: signal.Signals) -> bool:
    """False where it went between the two looks."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
