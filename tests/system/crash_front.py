"""A recorder to be killed: appends to several journals and says what was acknowledged.

Run as a program: ``crash_front.py STORE SEED``. Each line on standard output is a session and the
number of its last event whose future is done: from then on its bytes may be delivered.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from recorder.clock import SystemClock
from recorder.events import Output
from recorder.header import make_header
from recorder.journal import Writer
from recorder.store import Store, new_id

SESSIONS = 3


def payload(session: str, number: int) -> bytes:
    """What event ``number`` of a session holds: large ones make segments end."""
    chance = random.Random(f"{session}/{number}")
    return b"%d:" % number + chance.randbytes(chance.choice((1, 30, 3000, 150_000)))


def main(path: str, seed: str) -> None:
    clock = SystemClock()
    writer = Writer(Store.open(Path(path)), clock, os.urandom)
    journals = []
    for _ in range(SESSIONS):
        facts = make_header(
            session=new_id(clock, os.urandom),
            principal="alice",
            kind="person",
            target="web1",
            account="root",
            protocol="ssh",
            build="crash",
        )
        journals.append(writer.open(facts))
    chance = random.Random(seed)
    sent = dict.fromkeys((journal.id for journal in journals), 0)
    while True:
        journal = chance.choice(journals)
        events = []
        for _ in range(chance.randrange(1, 4)):
            events.append(Output(journal.now(), 1, payload(journal.id, sent[journal.id])))
            sent[journal.id] += 1
        journal.append(events).result()
        os.write(1, f"{journal.id} {sent[journal.id]}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
