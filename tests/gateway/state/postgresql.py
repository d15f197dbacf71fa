"""A PostgreSQL server of a test's own, where one is installed: on a socket in its folder only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

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

    environment = {"PATH": f"{where}:/usr/bin:/bin", "LC_ALL": "C"}
    subprocess.run(
        [where / "initdb", "-D", data, "-U", "gate", "-A", "trust", "-N"],
        check=True, cwd="/", env=environment, timeout=120, user=user, group=group,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    process = subprocess.Popen(
        [where / "postgres", "-D", data, "-k", sockets, "-c", "listen_addresses=", "-F"],
        cwd="/", env=environment, user=user, group=group,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"postgresql:///postgres?host={sockets}&user=gate"
    try:
        _until_it_answers(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(60)


def _until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
