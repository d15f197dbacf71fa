"""The program at the target's end of a tap: writes down every byte that it gets and gives.

Started by sshd through the gateway as ``python tap_target.py FOLDER SEED``. ``FOLDER/got`` is what
it read, ``said1`` and ``said2`` what it was about to write to standard output and error. While
there is a ``FOLDER/hurry`` it writes as much as is taken of it. Imports nothing but the standard
library: it stands for any program.
"""

from __future__ import annotations

import os
import random
import select
import sys
import time
from pathlib import Path

PIECE = 3000
RATE = 500_000
"""Bytes a second at most: what is lost is asked here, not how much goes through."""
BLOCK = 65536


def main(folder: Path, seed: int) -> None:
    source = random.Random(seed)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    got = os.open(folder / "got", flags, 0o600)
    said = {sink: os.open(folder / f"said{sink}", flags, 0o600) for sink in (1, 2)}
    hurry = folder / "hurry"
    while True:
        if select.select([0], [], [], 0.001)[0]:
            data = os.read(0, 1 << 16)
            if not data:
                return
            os.write(got, data)
        sink = 2 if source.random() < 0.2 else 1
        # Digits on standard error, so that no word of ssh's own is taken for the target's.
        letters = b"abcdefghij \n" if sink == 1 else b"0123456789"
        piece = bytes(source.choices(letters, k=source.randrange(1, PIECE)))
        os.write(said[sink], piece)
        view = memoryview(piece)
        while view:
            view = view[os.write(sink, view) :]
        if hurry.exists():
            piece = b"k" * BLOCK
            os.write(said[1], piece)
            view = memoryview(piece)
            while view:
                view = view[os.write(1, view) :]
        else:
            time.sleep(len(piece) / RATE)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
