from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncssh

from gateway.demo import client
from tests.gateway.ssh.doorway import key_file, make_key, target_server


async def answer(process: asyncssh.SSHServerProcess[bytes]) -> None:
    process.stdout.write(f"ran {process.command}\n".encode())
    process.stderr.write(b"complained\n")
    process.exit(7)


def test_a_command_through_our_own_client(tmp_path: Path) -> None:
    async def body() -> tuple[bytes, bytes, int | None]:
        host_key = make_key()
        with key_file(tmp_path) as (login, public):
            async with target_server(key=public, host_key=host_key, handler=answer) as (port, pin):
                known = tmp_path / "known_hosts"
                known.write_text(f"[127.0.0.1]:{port} {pin}\n")
                visitor = await asyncio.create_subprocess_exec(
                    *(sys.executable, client.__file__, "--port", str(port), "--user", "demo"),
                    *("--key", str(login), "--known-hosts", str(known), "something"),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
                out, err = await asyncio.wait_for(visitor.communicate(), 30)
                return out, err, visitor.returncode

    assert asyncio.run(body()) == (b"ran something\n", b"complained\n", 7)
