"""Whose the parts of a gateway are: what whoever takes the front over can reach, and what not.

Knows: owners and modes of what a configuration names. Must never know: what runs, what is in a
file. Called by ``gatereel check``. Nothing of it is a problem: a gateway starts with all of it.

Whom the front runs as is told by the host keys, which it alone must read; the sealer by the
store's folder, which must be its own.
"""

from __future__ import annotations

import pwd
import stat
from pathlib import Path
from typing import NamedTuple

from gateway.config import Config

SHARED = stat.S_ISGID | stat.S_ISVTX | stat.S_IRWXU | stat.S_IRWXG


class Separation(NamedTuple):
    """Lines for whoever runs the gateway."""

    apart: list[str]
    together: list[str]


def separation(config: Config) -> Separation:
    """What is apart and what is not, as the files say. Blocks; never raises."""
    gateway = config.gateway
    if gateway.sealer is None and gateway.indexer is None:
        line = "front, sealer and indexer are one user, who can sign and change recordings"
        return Separation([], [line])
    found = Separation([], [])
    front = _owner(config.ssh.host_keys[0])
    if gateway.sealer is None:
        found.together.append("the sealer runs as the front's user, who can sign")
    else:
        _look_at_store(found, gateway.store, front)
        _look_at_key(found, gateway.signing_key, gateway.store, front)
    if gateway.indexer is None:
        found.together.append("the indexer, which reads hostile bytes, runs as the front's user")
    else:
        found.apart.append("the indexer is another user's")
    for name, socket in (("sealer", gateway.sealer), ("indexer", gateway.indexer)):
        if socket is not None and not _is_socket(socket):
            found.together.append(f"no {name} can be asked for: there is no socket at {socket}")
    return found


def _look_at_store(found: Separation, store: Path, front: int | None) -> None:
    try:
        status = store.stat()
    except OSError as problem:
        found.together.append(f"{store} cannot be looked at: {problem.strerror}")
        return
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid == front:
        found.together.append(
            f"{store} is the own of the front ({_name(front)}), which can remove recordings:"
            " give it to the sealer's user"
        )
    elif mode != SHARED:
        found.together.append(f"{store} has mode {mode:04o}; run: chmod {SHARED:04o} {store}")
    else:
        found.apart.append(f"recordings are {_name(status.st_uid)}'s: the front adds to them only")


def _look_at_key(found: Separation, key: Path, store: Path, front: int | None) -> None:
    try:
        status = key.stat()
        sealer = store.stat().st_uid
    except OSError:
        # The front, asked in its own name, may not even see it.
        found.apart.append("the signing key cannot be looked at from here")
        return
    if status.st_uid == front or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        found.together.append(
            f"the signing key can be read by others than the sealer; run: chown {_name(sealer)}"
            f" {key}; chmod 600 {key}"
        )
    else:
        found.apart.append(f"the signing key is {_name(status.st_uid)}'s alone")


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _name(user: int | None) -> str:
    try:
        return pwd.getpwuid(user or 0).pw_name
    except KeyError:
        return f"user {user}"
