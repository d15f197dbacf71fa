"""What a process that shows recordings cannot do any more: asked of the kernel, in a child."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path

import pytest

from replay.confine import MEMORY

ATTEMPTS = """
import json, os, resource, socket, subprocess, sys
from pathlib import Path
from replay.confine import confine

store, key, elsewhere, port = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
held = confine(store)
found = {"held": held, "memory": resource.getrlimit(resource.RLIMIT_DATA)[0],
         "core": resource.getrlimit(resource.RLIMIT_CORE)[0]}

def attempt(name, call):
    try:
        call()
    except OSError as error:
        found[name] = type(error).__name__
    else:
        found[name] = "done"

attempt("read store", lambda: (store / "a.reel").read_bytes())
attempt("import", lambda: __import__("wave"))
attempt("read key", lambda: Path(key).read_bytes())
attempt("read passwd", lambda: Path("/etc/passwd").read_bytes())
attempt("list root", lambda: os.listdir("/"))
attempt("write store", lambda: (store / "b").write_bytes(b"x"))
attempt("write elsewhere", lambda: Path(elsewhere).write_bytes(b"x"))
attempt("remove", lambda: (store / "a.reel").unlink())
attempt("run", lambda: subprocess.run(["/bin/true"], check=True))
attempt("connect", lambda: socket.create_connection(("127.0.0.1", port), 2))
attempt("signal", lambda: os.kill(os.getppid(), 0))
print(json.dumps(found))
"""


def landlock() -> int:
    """Its version, asked of the kernel itself; below 1 where there is none."""
    create, just_the_version = 444, 1
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(create, None, 0, just_the_version))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's")
def test_the_kernel_refuses_what_showing_does_not_need(tmp_path: Path) -> None:
    import socket

    store = tmp_path / "recordings"
    store.mkdir()
    (store / "a.reel").write_bytes(b"reel")
    key = tmp_path / "gateway_signing"
    key.write_bytes(b"secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [str(store), str(key), str(tmp_path / "new"), str(server.getsockname()[1])]
        done = subprocess.run(
            [sys.executable, "-c", ATTEMPTS, *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    found = json.loads(done.stdout)
    assert found.pop("core") == 0
    assert found.pop("memory") == MEMORY
    assert found.pop("read store") == found.pop("import") == "done"
    held = found.pop("held")
    if not landlock():
        assert not held
        pytest.skip("this kernel has no Landlock")
    assert held, "this kernel has Landlock, but it does not hold"
    assert {name for name, outcome in found.items() if outcome == "done"} == set(), found
    assert not (tmp_path / "new").exists()
    assert (store / "a.reel").exists()
