"""Takes from this process what showing recordings does not need: writing, starting, reading more.

Knows: the kernel's ways to do so, this program's own folders. Must never know: what is shown, to
whom. Called once, by `replay.commands.served`, before anything recorded is read. A recording is
hostile bytes: whatever one of them might make this process do, the kernel refuses it.

On Linux with Landlock: no file is written, made or removed, no program is started, nothing but
the store and this program is read (no key of the gateway's), no TCP connection is made, no
process outside is signalled. Elsewhere, and with older kernels, limits alone hold; what holds is
said by `confine`'s answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

MEMORY = 1 << 30
"""Bytes of memory of its own that such a process may have: several are there at a time."""
FILE = 512 << 20
"""Bytes of a file that has no name: what is derived of a live session is kept in one, in memory."""
FILES = 512
NICE = 5
"""What is shown gives way to what is recorded."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""The system calls' numbers, which are the same on every architecture."""
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Everything that can be forbidden, by the version of Landlock that knows it first."""
_TCP = 0b11
"""Bind and connect; from version 4 on."""
_SCOPES = 0b11
"""Abstract sockets and signals beyond this process; from version 6 on."""
_NO_NEW_PRIVILEGES = 38

_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/usr/share/locale",
    "/etc/localtime", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/proc/self",
)  # fmt: skip


def confine(store: Path) -> bool:
    """Whether the kernel holds all of it from now on, or only the limits. Never raises."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, FILE)
    _limit(resource.RLIMIT_DATA, MEMORY)
    _limit(resource.RLIMIT_NOFILE, FILES)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    return sys.platform == "linux" and _landlock([store, *_own_folders(), *map(Path, _SYSTEM)])


def _limit(kind: int, most: int) -> None:
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(kind, (most, most))


def _own_folders() -> Iterable[Path]:
    """Where this program's code lies: its own packages, Python, the libraries."""
    home = Path(__file__).resolve().parent.parent
    yield from (home / name for name in ("recorder", "replay"))
    yield from map(Path, (sys.prefix, sys.base_prefix))
    # Beside a checkout's packages lie other people's files; an installed package's folder is code.
    yield from (Path(entry) for entry in sys.path if entry and Path(entry).resolve() != home)


def _landlock(readable: Iterable[Path]) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    parts = [rights, *([_TCP] if version >= 4 else []), *([_SCOPES] if version >= 6 else [])]
    ruleset = b"".join(part.to_bytes(8, sys.byteorder) for part in parts)
    fd = libc.syscall(_CREATE, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    if fd < 0:
        return False
    try:
        for path in readable:
            _allow_reading(libc, fd, path)
        return bool(
            libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0 and libc.syscall(_RESTRICT, fd, 0) == 0
        )
    finally:
        os.close(fd)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, path: Path) -> None:
    """What is not there needs no rule."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rights = _READ_FILE | _READ_DIR if folder else _READ_FILE
        rule = rights.to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
        libc.syscall(_ADD, ruleset, 1, rule, 0)
    finally:
        os.close(place)
