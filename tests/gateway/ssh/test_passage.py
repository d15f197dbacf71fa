"""SSH inside a channel: through a target that forwards, whole, at the pace of what is outside."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import asyncssh

from gateway.ssh.authority import Errand
from gateway.ssh.dialer import DialledConnection, Dialler
from gateway.ssh.pacing import TRANSPORT_FULL
from gateway.targets import Targets
from tests.gateway.ssh.doorway import Behind, a_target, key_file, make_key, target_server

DATA = hashlib.shake_256(b"passage").digest(4_000_000)


class Forwarding(Behind):
    """A bastion."""

    def connection_requested(self, *_where: object) -> bool:
        return True


def test_bulk_goes_through_whole_and_fills_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        with key_file(tmp_path) as (login, public):
            own = make_key()
            bastion = await asyncssh.listen(
                "127.0.0.1",
                0,
                config=None,
                gss_host=None,
                server_host_keys=[own],
                server_factory=lambda: Forwarding(public, None),
            )
            async with target_server(key=public) as (port, pin):
                pinned = asyncssh.load_keypairs([own])[0].public_data
                first = a_target(bastion.get_port(), replace(pin, blob=pinned), key=login)
                first = replace(first, name="bastion")
                targets = Targets([first, replace(a_target(port, pin, key=login), jump="bastion")])
                route = targets.resolve("box", lambda *_: True)
                assert [hop.target.name for hop in route.hops] == ["bastion", "box"]
                dialler = Dialler(route, Errand("id", "alice"), None)
                connection, facts = await dialler.connect()
                assert facts is not None
                assert [each["target"] for each in facts["through"]] == ["bastion"]
                process = await connection.create_process("cat", encoding=None)
                full = 0

                async def write() -> None:
                    nonlocal full
                    for start in range(0, len(DATA), 65536):
                        process.stdin.write(DATA[start : start + 65536])
                        outside = dialler._way[0]._transport
                        assert outside is not None
                        full = max(full, outside.get_write_buffer_size())
                        await process.stdin.drain()
                    process.stdin.write_eof()

                _, back = await asyncio.gather(write(), process.stdout.read())
                assert back == DATA
                assert full <= 2 * TRANSPORT_FULL
                await dialler.close()
                assert all(isinstance(each, DialledConnection) for each in dialler._way)
                assert dialler._way == []
            bastion.close()
            await bastion.wait_closed()

    asyncio.run(asyncio.wait_for(body(), 60))
