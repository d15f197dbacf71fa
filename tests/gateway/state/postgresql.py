"""A PostgreSQL server of a test's own, where one is installed: on a socket in its folder only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PLACES = (
    Path("/usr/local/bin"),
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
)


def programs() -> Path | None:
    """The folder with its programs."""
    found = shutil.which("postgres")
    places = [*([Path(found).parent] if found else []), *PLACES]
    return next((each for each in places if (each / "initdb").exists()), None)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of an empty database. PostgreSQL does not run as root, so there it is nobody."""
    where = programs()
    assert where is not None
    nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    user = group = None
    if nobody is not None:
        user, group = nobody.pw_uid, nobody.pw_gid
    data, sockets = folder / "data", folder / "s"
    for each in (data, sockets):
        each.mkdir()
        if user is not None and group is not None:
            os.chown(each, user, group)

    def run(*words: str) -> None:
        environment = {"PATH": f"{where}:/usr/bin:/bin", "LC_ALL": "C"}
        subprocess.run(
            words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", env=environment, timeout=120,
            user=user, group=group,
        )  # fmt: skip

    run(str(where / "initdb"), "-D", str(data), "-U", "gate", "-A", "trust", "-N")
    control = str(where / "pg_ctl")
    options = f"-k {sockets} -c listen_addresses= -c fsync=off"
    run(control, "-D", str(data), "-w", "-o", options, "-l", str(data / "log"), "start")
    try:
        yield f"postgresql:///postgres?host={sockets}&user=gate"
    finally:
        run(control, "-D", str(data), "-m", "immediate", "-w", "stop")
