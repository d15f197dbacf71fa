"""A folder that several users write to: what a stranger put there is not taken for ours.

Knows: owners, modes, links, the kinds of files. Must never know: what is in a file. Called by
whoever makes, appends to or reads files of a store: a store may belong to the sealer, with a group
(the front's) that may make files in it and, by the sticky bit, touch none but its own.

In a folder that only its owner writes to, nothing is asked and nothing is different.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_GROUP = stat.S_ISGID | stat.S_IRGRP
SHARED_MODE = 0o640
OWN_MODE = 0o600


def is_shared(folder: Path) -> bool:
    """Whether somebody beside its owner may put files there. Raises `OSError`."""
    return bool(folder.stat().st_mode & _OTHERS)


def mode_in(folder: Path) -> int:
    """Of a new file: the group reads it where the folder hands its group on (the setgid bit) and
    lets it read. Raises `OSError`."""
    return SHARED_MODE if folder.stat().st_mode & _GROUP == _GROUP else OWN_MODE


def create(path: Path, flags: int = os.O_WRONLY) -> int:
    """A new file of this name, and of nobody else: what is there is removed, never followed.
    Raises `OSError`."""
    path.unlink(missing_ok=True)
    return make(path, flags)


def make(path: Path, flags: int) -> int:
    """The same, where nothing may be there yet. Raises `OSError`."""
    fd = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWN_MODE)
    return _let_group_read(fd, path)


def open_lock(path: Path) -> int:
    """A file that is there to be locked, which only this user may do. Raises `OSError`."""
    return _open_own(path, os.O_RDWR | os.O_CREAT)


def open_own(path: Path, flags: int) -> int:
    """A file that is written to: the very one of this name, this user's (or root's), of no other
    name, whoever else may put files there. Raises `OSError`."""
    fd = _open_own(path, flags)
    return _let_group_read(fd, path) if flags & os.O_CREAT else fd


def _open_own(path: Path, flags: int) -> int:
    if not is_shared(path.parent):
        return os.open(path, flags | os.O_CLOEXEC, OWN_MODE)
    fd = _open_there(path, flags)
    _check(fd, path, own=True)
    return fd


def open_plain(path: Path) -> int:
    """For reading what somebody else wrote: a file of one name, and no link, pipe or device. Raises
    `OSError`."""
    if not is_shared(path.parent):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    fd = _open_there(path, os.O_RDONLY)
    _check(fd, path, own=False)
    return fd


def read_plain(path: Path) -> bytes:
    """All of it. Raises `OSError`."""
    with os.fdopen(open_plain(path), "rb") as file:
        return file.read()


def _open_there(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, OWN_MODE)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _planted(path, "a link") from error
        raise


def _planted(path: Path, what: str) -> PermissionError:
    return PermissionError(errno.EPERM, f"{path.name} is {what}: somebody has put it there")


def _check(fd: int, path: Path, *, own: bool) -> None:
    """Closes it and raises `OSError` where it is not what it should be."""
    status = os.fstat(fd)
    plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
    if plain and (not own or status.st_uid in (os.geteuid(), 0)):
        return
    os.close(fd)
    raise _planted(path, "somebody else's file" if plain else "no plain file of one name")


def _let_group_read(fd: int, path: Path) -> int:
    """Whatever the umask says: the folder has been set up for it."""
    try:
        if mode_in(path.parent) == SHARED_MODE and os.fstat(fd).st_uid == os.geteuid():
            os.fchmod(fd, SHARED_MODE)
    except OSError:
        os.close(fd)
        raise
    return fd
