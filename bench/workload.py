"""Sessions to measure with, of any length, the same from the same seed; and a store to put them in.

What scrolls by is made of what terminals show: log lines, listings, coloured differences, a
screen editor that jumps and redraws, progress bars. It is made up, and so used only where speed
is measured; how small a recording gets is measured on real programs (`bench.size`).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.events import ChannelClosed, ChannelOpened, Event, Output, Requested, Terminal
from recorder.header import make_header
from recorder.journal import Writer
from recorder.sealer import Sealer
from recorder.store import Store, new_id

COLS, ROWS = 120, 40
WORDS = (
    "accept address allow backend cache channel client commit connect core cursor daemon delay "
    "deploy disk error event failed fetch file gateway header index input journal kernel key "
    "latency limit listen log memory module network node open order output packet policy queue "
    "read record refused replay request reset retry route schema screen select server session "
    "shell signal socket start state status stream table target terminal timeout token update "
    "user value verify version window worker write"
).split()


def output(chance: random.Random) -> Iterator[bytes]:
    """Pieces of terminal output without end, each as one read from a terminal might bring it."""
    kinds = (log_lines, log_lines, _listing, _difference, _editor, _progress)
    while True:
        yield from chance.choice(kinds)(chance)


def _sentence(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))


def log_lines(chance: random.Random) -> Iterator[bytes]:
    for _ in range(chance.randint(5, 60)):
        level, colour = chance.choice((("INFO", 32), ("WARN", 33), ("ERROR", 31), ("DEBUG", 90)))
        stamp = f"2026-11-{chance.randint(1, 30):02d}T{chance.randint(0, 23):02d}:00:00Z"
        text = _sentence(chance, 4, 14)
        number = chance.getrandbits(32)
        yield f"{stamp} \x1b[{colour}m{level:5}\x1b[0m {text} id={number}\r\n".encode()


def _listing(chance: random.Random) -> Iterator[bytes]:
    rows = []
    for _ in range(chance.randint(10, 80)):
        name = "-".join(chance.choices(WORDS, k=2))
        size = chance.randint(1, 9_999_999)
        rows.append(f"-rw-r--r-- 1 app app {size:9d} Nov {chance.randint(1, 30):2d} {name}.log\r\n")
    yield "".join(rows).encode()


def _difference(chance: random.Random) -> Iterator[bytes]:
    for _ in range(chance.randint(3, 20)):
        sign, colour = chance.choice((("+", 32), ("-", 31), (" ", 0)))
        yield f"\x1b[{colour}m{sign}    {_sentence(chance, 3, 9)}\x1b[m\r\n".encode()


def _editor(chance: random.Random) -> Iterator[bytes]:
    yield b"\x1b[?1049h\x1b[2J\x1b[H"
    for row in range(1, ROWS):
        number, text = chance.randint(1, 900), _sentence(chance, 2, 12)
        yield f"\x1b[{row};1H\x1b[33m{number:4d}\x1b[0m {text}\x1b[K".encode()
    for _ in range(chance.randint(5, 60)):
        row, col = chance.randint(1, ROWS - 1), chance.randint(6, COLS - 20)
        word = chance.choice(WORDS)
        yield f"\x1b[{row};{col}H\x1b[7m{word}\x1b[0m\x1b[{ROWS};1H{row},{col}\x1b[K".encode()
    yield b"\x1b[?1049l"


def _progress(chance: random.Random) -> Iterator[bytes]:
    for done in range(0, 101, chance.choice((1, 2, 5))):
        yield f"\r[{'#' * (done * 60 // 100):<60}] {done:3d} %".encode()
    yield b"\r\n"


def session(size: int, duration: int, seed: int = 1) -> Iterator[Event]:
    """A terminal session of about ``size`` bytes of output over ``duration`` microseconds: bursts,
    and pauses between them in which somebody reads."""
    chance = random.Random(seed)
    yield ChannelOpened(0, 1, "session", "client")
    yield Terminal(0, 1, "xterm-256color", COLS, ROWS, 0, 0, b"")
    yield Requested(0, 1, "shell", b"")
    sent, at = 0, 0
    for data in output(chance):
        sent += len(data)
        if chance.random() < 0.01:
            # Back to where the clock would be, had the output been spread evenly.
            at = max(at, min(duration, sent * duration // size))
        yield Output(at, 1, data)
        at += chance.randint(200, 4000)
        if sent >= size:
            break
    yield ChannelClosed(max(at, duration), 1, "the client left")


def bulk(size: int, duration: int, seed: int = 1) -> Iterator[Event]:
    """A session of ``size`` bytes of log lines that fly by in large reads, evenly over ``duration``
    microseconds: as much as one likes, soon made, and small on disk."""
    chance = random.Random(seed)
    yield ChannelOpened(0, 1, "session", "client")
    yield Terminal(0, 1, "xterm-256color", COLS, ROWS, 0, 0, b"")
    yield Requested(0, 1, "shell", b"")
    reads = [b"".join(chain(*(log_lines(chance) for _ in range(10)))) for _ in range(64)]
    sent, number = 0, 0
    while sent < size:
        number += 1
        data = b"\x1b[1m==> part %d <==\x1b[0m\r\n" % number + reads[number % len(reads)]
        sent += len(data)
        yield Output(min(sent * duration // size, duration), 1, data)
    yield ChannelClosed(duration, 1, "the client left")


class Bench:
    """A store of our own with a key of its own, in a folder that is thrown away."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "store", create=True)
        self.signer = Signer.generate("bench")
        self.store.trust(self.signer.verifier)
        self._clock = SystemClock()

    def record(self, events: Iterable[Event]) -> str:
        """Journals and seals these events as one session; its id."""
        writer = Writer(self.store, self._clock, os.urandom)
        session = new_id(self._clock, os.urandom)
        facts = make_header(
            session=session,
            wall_ns=self._clock.wall_ns(),
            principal="bench",
            kind="local",
            target="bench",
            account="bench",
            protocol="local",
            build="bench",
            term="xterm-256color",
            cols=COLS,
            rows=ROWS,
        )
        with Sealer(self.store, self.signer, self._clock) as sealer:
            journal = writer.open(facts)
            batch: list[Event] = []
            size = 0
            for event in events:
                batch.append(event)
                size += len(event.data) if isinstance(event, Output) else 0
                if size >= 1 << 18:
                    journal.append(batch).result()
                    batch, size = [], 0
                    if journal.backlog() >= 8:
                        sealer.step()
            journal.append(batch).result()
            journal.close("the session ended").result()
            writer.close()
            sealer.step()
        return session
