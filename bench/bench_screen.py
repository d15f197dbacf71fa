"""How fast the screen takes output, against stock pyte on the same bytes in the same pieces.

Four kinds of output, each made here: plain log text, coloured listings, full-screen redraws as an
editor makes them, CJK with emoji; on 80 x 24. pyte is given a part of each, for it takes its time.
Neither side is asked for frames.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte

from bench.figures import Figure
from recorder.screen import Screen

PIECE = 16384
ROUNDS = 3
OURS, THEIRS = 4_000_000, 200_000


def plain_log() -> bytes:
    return b"".join(
        b"2026-11-22 14:03:%02d.%03d INFO  worker[%d] request id=%08x path=/items/%d ms=%d\r\n"
        % (n % 60, n % 1000, n % 32, n * 7919, n % 977, n % 300)
        for n in range(50_000)
    )


def coloured_listing() -> bytes:
    return b"".join(
        b"\x1b[0m\x1b[01;34mfolder%04d\x1b[0m  \x1b[01;32mscript%d.sh\x1b[0m"
        b"  \x1b[01;31marchive%d.tar.gz\x1b[0m  file%d.txt\r\n" % (n, n % 99, n % 77, n)
        for n in range(40_000)
    )


def full_screen() -> bytes:
    out = []
    for frame in range(1200):
        out.append(b"\x1b[?25l\x1b[H")
        out += [
            b"\x1b[%d;1H\x1b[38;5;130m%4d \x1b[m\x1b[38;5;%dmdef\x1b[m name_%d("
            b"\x1b[1margument\x1b[m, \x1b[38;5;9m'%d'\x1b[m):\x1b[K"
            % (y, frame + y, y % 8, frame * y, y)
            for y in range(1, 24)
        ]
        out.append(b"\x1b[24;1H\x1b[7m status %d \x1b[27m\x1b[K" % frame)
        out.append(b"\x1b[%d;%dH\x1b[?25h" % (frame % 24 + 1, frame % 80 + 1))
    return b"".join(out)


def cjk_and_emoji() -> bytes:
    chance = random.Random(1)
    words = ["日本語", "文字列", "端末", "表示", "検索", "한국어", "中文", "漢字かな混じり文"]
    words += ["🎉", "🚀", "✅", "e\u0301", "データベース"]
    return "".join(
        "".join(
            chance.choice(words) + chance.choice(["", " ", "、", f" id={n} "]) for _ in "12345678"
        )
        + "\r\n"
        for n in range(20_000)
    ).encode()


KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "plain log text": (plain_log, "≥ 50×"),
    "coloured listing": (coloured_listing, "≥ 15×"),
    "full-screen redraws": (full_screen, "≥ 8×"),
    "CJK and emoji": (cjk_and_emoji, "≥ 6×"),
}


def speed(feed: Callable[[bytes], object], data: bytes) -> float:
    """Megabytes in a second of processor time."""
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    start = time.process_time()
    for piece in pieces:
        feed(piece)
    return len(data) / (time.process_time() - start) / 1e6


def ours(data: bytes) -> float:
    screen = Screen(80, 24)

    def feed(piece: bytes) -> None:
        screen.feed(piece)
        screen.take_scrolled()

    return speed(feed, data)


def theirs(data: bytes) -> float:
    return speed(pyte.ByteStream(pyte.Screen(80, 24)).feed, data)


def measure(_folder: Path) -> Iterator[Figure]:
    for name, (make, bar) in KINDS.items():
        data = make()[:OURS]
        pairs = [(ours(data), theirs(data[:THEIRS])) for _ in range(ROUNDS)]
        mine, other = max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)
        yield Figure(
            name=f"screen: {name}",
            ours=mine,
            peer=other,
            unit="MB/s",
            bar=bar,
            against="stock pyte",
            method=f"best of {ROUNDS}, taking turns; {OURS // 10**6} MB and {THEIRS // 1000} kB",
        )


if __name__ == "__main__":
    for figure in measure(Path()):
        print(f"{figure.name}: {figure.ours:.1f} MB/s, {figure.value()} of pyte ({figure.bar})")
