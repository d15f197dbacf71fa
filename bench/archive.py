"""A catalog of thousands of sessions to search in, made through the catalog's own writer.

The text is made up, of the shapes that terminals show (logs, listings, tables, differences, a
shell's prompts) and of a vocabulary as uneven as a language's: a few hundred words are everywhere,
thousands in a session here and there, and besides there are addresses, dates, numbers and hashes
that occur once. It goes in as passages, without the recordings behind it: emulating a gigabyte
takes an hour, and nothing that is measured here opens a recording.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from recorder.store import new_id
from replay.catalog import Catalog, Put
from replay.entry import SEALED, Entry, Preview
from replay.passage import Kind, Passage

VOCABULARY = 60_000
_SYLLABLES = (
    "ba be bo ca ce co da de di do fa fe fi ga ge go ha he hi ja ka ke ko la le li lo lu ma me mi "
    "mo mu na ne ni no nu pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve vi wa we "
    "za zo str con pre tion ing ment ex sub ver port net log sys ser ver cal dat fil"
).split()
_LEVELS = ("INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR")


class Archive:
    """The same text from the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self.words = self._vocabulary()
        self._ready: list[str] = []

    def _vocabulary(self) -> list[str]:
        """From the most frequent to the rarest."""
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            found["".join(self._chance.choices(_SYLLABLES, k=self._chance.randint(2, 4)))] = None
        return list(found)

    def _word(self) -> str:
        """One, as often as its place in the vocabulary says."""
        if not self._ready:
            size, chance = len(self.words), self._chance.random
            # The share of a rank falls with the rank: exponent about one, as in a language.
            self._ready = [self.words[int(size ** chance()) - 1] for _ in range(20_000)]
        return self._ready.pop()

    def _phrase(self, least: int, most: int) -> str:
        return " ".join([self._word() for _ in range(self._chance.randint(least, most))])

    def lines(self) -> Iterator[str]:
        """What is on screens, without end."""
        kinds = (self._log, self._log, self._listing, self._table, self._difference, self._shell)
        while True:
            yield from self._chance.choice(kinds)()

    def _log(self) -> Iterator[str]:
        bits, day = self._chance.getrandbits, self._chance.randint(1, 28)
        service = self._word()
        for _ in range(self._chance.randint(5, 60)):
            n = bits(62)
            yield (
                f"2026-11-{day:02d}T{n % 24:02d}:{n % 59:02d}:{n % 53:02d}.{n % 997:03d}Z "
                f"{_LEVELS[n % 6]:5} {service}: {self._phrase(3, 12)} id={n >> 20:010x}"
            )

    def _listing(self) -> Iterator[str]:
        bits, folder = self._chance.getrandbits, f"/srv/{self._word()}/{self._word()}"
        yield f"{folder}:"
        for _ in range(self._chance.randint(5, 60)):
            n = bits(40)
            name = f"{self._word()}-{self._word()}.{('log', 'py', 'conf', 'tar.gz')[n % 4]}"
            yield f"-rw-r--r-- 1 {self._word():8} app {n % 9_999_999:9d} Nov {n % 28 + 1:2d} {name}"

    def _table(self) -> Iterator[str]:
        yield f" id | {self._word()} | {self._word()} | address"
        for row in range(self._chance.randint(5, 40)):
            n = self._chance.getrandbits(40)
            address = f"10.{n % 256}.{(n >> 8) % 256}.{(n >> 16) % 256}"
            yield f" {row:5} | {self._word():14} | {n % 100_000 / 100:9.2f} | {address}"

    def _difference(self) -> Iterator[str]:
        yield f"diff --git a/{self._word()}.py b/{self._word()}.py"
        for _ in range(self._chance.randint(3, 30)):
            yield f"{self._chance.choice('+- ')}    {self._word()}({self._word()}, {self._word()})"

    def _shell(self) -> Iterator[str]:
        for _ in range(self._chance.randint(2, 8)):
            yield f"{self._word()}@{self._word()}:~$ {self._phrase(2, 6)}"

    def passages(self, size: int) -> Iterator[Passage]:
        """A session of about so many characters: lines as they follow each other on a screen."""
        done = 0
        for number, text in enumerate(self.lines()):
            done += len(text)
            at = number * 180_000
            yield Passage(
                Kind.SCREEN, 1, number, number, number + 20, number * 3, at, at + 3_600_000, 23,
                False, "", text,
            )  # fmt: skip
            if done >= size:
                return

    def entry(self, number: int, wall_ns: int, size: int) -> Entry:
        """Of a session of so many characters."""
        chance = self._chance
        session = new_id(_At(wall_ns), chance.randbytes)
        return Entry(
            session,
            principal=f"{self.words[chance.randrange(40)]}.{self.words[chance.randrange(200)]}",
            kind=chance.choice(("person", "person", "person", "workload")),
            target=f"{chance.choice(('web', 'db', 'app', 'ci'))}{chance.randrange(60)}",
            account=chance.choice(("root", "app", "deploy")),
            protocol="ssh",
            purpose=f"CHG-{number:05d}" if number % 3 else "",
            client="SSH-2.0-OpenSSH_9.2",
            address=f"10.0.{number % 256}.{chance.randrange(256)}",
            wall_ns=wall_ns,
            duration=chance.randrange(10_000_000, 7_200_000_000),
            events=size // 40,
            frames=size // 120,
            commands=size // 4000,
            channels=1,
            allowed=1,
            denied=number % 17 == 0,
            state=SEALED,
            reason="logout",
            size=size // 6,
            indexed=size // 40,
        )

    def fill(self, catalog: Catalog, sessions: int, text: int) -> int:
        """So many sessions, and so many characters in all of them; how many it became. A few are
        long, most are short."""
        sizes = [self._chance.lognormvariate(0, 1.2) for _ in range(sessions)]
        share = text / sum(sizes)
        done = 0
        for number, weight in enumerate(sizes):
            size = max(int(weight * share), 500)
            told = list(self.passages(size))
            wall_ns = 1_780_000_000_000_000_000 + number * 95_000_000_000
            rows = tuple(p.text[:80] for p in told[-24:])
            entry = self.entry(number, wall_ns, size)
            preview = Preview(len(told), len(told) * 3, 0, "fullest", rows)
            catalog.put(Put(entry, "1", settled=told, preview=preview, over=True))
            done += sum(len(p.text) + 1 for p in told)
        return done


class _At:
    """A clock that stands where it is put."""

    def __init__(self, ns: int) -> None:
        self._ns = ns

    def wall_ns(self) -> int:
        return self._ns

    def mono_ns(self) -> int:
        return self._ns
