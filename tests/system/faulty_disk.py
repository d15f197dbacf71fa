"""A gateway whose store lies on a disk that fails on demand: full, broken, read-only, stalled.

A small library, built with the system's compiler and preloaded into the gateway and its helpers,
answers calls about the store's folder as the kernel would with such a disk. It needs no rights, so
that it runs wherever the tests do; every other file, the log above all, stays as it is.
"""

from __future__ import annotations

import mmap
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.system.peers import need

SOURCE = Path(__file__).with_name("faulty_disk.c")


class Fault(Enum):
    """What a test may ask for, as the library knows it."""

    NONE = b"\0"
    FULL = b"f"
    """ENOSPC, after the first half of what was to be written."""
    BROKEN = b"e"
    """EIO for everything."""
    READ_ONLY = b"r"
    """EROFS for everything but reading and syncing."""
    STALLED = b"s"
    """Calls do not return until it is over."""
    UNSYNCED = b"u"
    """EIO of fsync and fdatasync alone."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The switch."""

    page: mmap.mmap
    environment: dict[str, str]
    """For the processes that have this disk."""

    def be(self, fault: Fault) -> None:
        """From this instant, for all of them."""
        self.page[:1] = fault.value


@contextmanager
def faulty_disk(folder: Path, store: Path) -> Iterator[Disk]:
    """Builds it in ``folder``; only what is in ``store`` is on that disk."""
    library, control = folder / "faulty_disk.so", folder / "fault"
    compiler = [need("cc"), "-Wall", "-Werror", "-shared", "-fPIC", "-O1"]
    subprocess.run([*compiler, "-o", library, SOURCE, "-ldl"], check=True)
    control.write_bytes(b"\0" * mmap.PAGESIZE)
    with control.open("r+b") as file, mmap.mmap(file.fileno(), mmap.PAGESIZE) as page:
        environment = {
            "LD_PRELOAD": str(library),
            "GATEREEL_FAULTS": str(control),
            "GATEREEL_FAULTS_IN": str(store.resolve()),
        }
        yield Disk(page, environment)
