"""Many people at once: one process with many interactive SSH sessions, led step by step.

Knows: an SSH server's address, a key, how many. Must never know: whether a gateway is in between;
so both sides are measured by the same program. Started by `bench.load`; each step begins with a
line on standard input and is answered with one of JSON.

Every session's terminal echoes, and nothing else writes to it: what comes back has to be, byte for
byte, what was typed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
from dataclasses import dataclass, field

import asyncssh
import uvloop

COMMAND = "stty raw echo; printf ready; exec cat > /dev/null"
PATIENCE = 60.0


@dataclass
class Person(asyncssh.SSHClientSession[bytes]):
    """One session: what was typed, what came back, how long each key took."""

    typed: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    took: list[float] = field(default_factory=list)
    lost: str | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _awaited: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def data_received(self, data: bytes, _datatype: object = None) -> None:
        self.seen += data
        if not self.ready.is_set() and b"ready" in self.seen:
            self.seen.clear()
            self.ready.set()
        if len(self.seen) >= self._awaited:
            self._came.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = str(exc or "closed")
        self._came.set()

    async def type(self, channel: asyncssh.SSHClientChannel[bytes], text: bytes) -> float:
        """Seconds until all of it is on the screen. Raises where it is not."""
        self.typed += text
        self._awaited = len(self.typed)
        self._came.clear()
        begin = time.perf_counter()
        channel.write(text)
        async with asyncio.timeout(PATIENCE):
            await self._came.wait()
        if self.lost is not None:
            raise ConnectionError(self.lost)
        return time.perf_counter() - begin


@dataclass
class Crowd:
    """All of them."""

    options: argparse.Namespace
    settings: asyncssh.SSHClientConnectionOptions
    there: list[tuple[Person, asyncssh.SSHClientChannel[bytes], asyncssh.SSHClientConnection]] = (
        field(default_factory=list)
    )
    failed: list[str] = field(default_factory=list)

    async def open(self) -> dict[str, object]:
        begin = time.perf_counter()
        waits: list[float] = []
        for first in range(0, self.options.sessions, self.options.burst):
            burst = min(self.options.burst, self.options.sessions - first)
            waits += await asyncio.gather(*(self._come_in() for _ in range(burst)))
        return {
            "open": len(self.there),
            "failed": self.failed[:5],
            "seconds": time.perf_counter() - begin,
            "waits": sorted(waits),
        }

    async def _come_in(self) -> float:
        begin = time.perf_counter()
        where = self.options
        try:
            async with asyncio.timeout(PATIENCE):
                connection = await asyncssh.connect(where.host, where.port, options=self.settings)
                person = Person()
                channel, _ = await connection.create_session(
                    lambda: person, COMMAND, term_type="xterm", term_size=(80, 24), encoding=None
                )
                await person.ready.wait()
        except (OSError, TimeoutError, asyncssh.Error) as error:
            self.failed.append(f"{type(error).__name__}: {error}")
        else:
            self.there.append((person, channel, connection))
        return time.perf_counter() - begin

    async def hold(self) -> dict[str, object]:
        """Everybody types now and then."""
        end = time.perf_counter() + self.options.hold
        await asyncio.gather(*(self._live(n, end) for n in range(len(self.there))))
        return {
            "took": [took for person, _, _ in self.there for took in person.took],
            "lost": [person.lost for person, _, _ in self.there if person.lost is not None],
            "changed": sum(person.seen != person.typed for person, _, _ in self.there),
            "bytes": sum(len(person.seen) for person, _, _ in self.there),
            "failed": self.failed[:5],
        }

    async def _live(self, number: int, end: float) -> None:
        person, channel, _ = self.there[number]
        chance = random.Random(number)
        rest = self.options.rest
        await asyncio.sleep(chance.uniform(0, rest))
        while time.perf_counter() < end and person.lost is None:
            try:
                # One key is what is timed; a line pasted at once is traffic.
                person.took.append(await person.type(channel, chance.choice(b"etaoin").to_bytes()))
                if chance.random() < 0.2:
                    await person.type(channel, chance.randbytes(60).hex().encode())
            except (ConnectionError, TimeoutError) as error:
                self.failed.append(f"{type(error).__name__}: {error}")
                return
            await asyncio.sleep(chance.uniform(rest / 2, rest * 1.5))

    async def close(self) -> dict[str, object]:
        digests = []
        for person, _, connection in self.there:
            digests.append(hashlib.sha256(b"ready" + person.seen).hexdigest())
            connection.close()
        await asyncio.gather(*(connection.wait_closed() for _, _, connection in self.there))
        return {"digests": digests}


async def serve(options: argparse.Namespace) -> None:
    settings = asyncssh.SSHClientConnectionOptions(
        config=None,
        username=options.user,
        client_keys=[options.key],
        known_hosts=options.known_hosts,
        agent_path=None,
        login_timeout=PATIENCE,
        preferred_auth=("publickey",),
        encryption_algs=("aes128-gcm@openssh.com",),
    )
    crowd = Crowd(options, settings)
    for step in (crowd.open, crowd.hold, crowd.close):
        if not await asyncio.to_thread(sys.stdin.readline):
            return
        print(json.dumps(await step()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="load_client", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--burst", type=int, required=True)
    parser.add_argument("--hold", type=float, required=True)
    parser.add_argument("--rest", type=float, required=True, help="seconds between two keys")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
