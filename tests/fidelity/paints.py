"""Small programs of our own that paint what few programs do; run under a PTY by programs.py.

`python paints.py NAME` runs one. Each is deterministic and takes well under two seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

E = "\x1b"


def out(text: str, pause: float = 0.0) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
    time.sleep(pause)


def progress() -> None:
    for n in range(0, 101, 4):
        bar = "#" * (n // 4)
        out(f"\rdownloading [{bar:<25}] {n:3}% {n * 12} kB/s", 0.01)
    out("\r\ndone\r\n")
    for n in range(0, 101, 5):
        out(f"\r{E}[K{E}[32m{'█' * (n // 5)}{'▏▎▍▌▋▊▉'[n % 7]}{E}[0m {n}%", 0.01)
    out("\n")
    for n in range(12):
        out(f"\r{'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[n % 10]} working", 0.01)
    out(f"\r{E}[2K✔ worked\n")


def several_bars() -> None:
    out("\n" * 4)
    for n in range(0, 101, 5):
        out(f"{E}[4A")
        for row in range(4):
            share = min(100, n * (row + 1) // 2)
            out(f"{E}[2Klayer {row}: {E}[{31 + row}m{'=' * (share // 4)}>{E}[0m {share}%\n")
        time.sleep(0.01)


def apt_like() -> None:
    """A status line in a row of its own, below a scrolling region, as package managers draw it."""
    out(f"\n{E}7{E}[0;23r{E}8{E}[1A")
    for n in range(0, 101, 5):
        out(f"Setting up package-{n} (1.{n}-2) ...\n")
        out(
            f"{E}7{E}[24;0f{E}[42m{E}[30mProgress: [{n:3}%]"
            f"{E}[49m{E}[39m [{'#' * (n // 2):.<50}] {E}8",
            0.01,
        )
    out(f"{E}7{E}[0;24r{E}8{E}[1A{E}[J")


def truecolor() -> None:
    for y in range(12):
        for x in range(70):
            out(
                f"{E}[48;2;{x * 3};{y * 20};{255 - x * 3}m"
                f"{E}[38;2;255;{x};{y}m{'▀' if x % 2 else ' '}"
            )
        out(f"{E}[0m\n")
    for n in range(256):
        out(f"{E}[38;5;{n}m{n:4}{E}[0m" + ("\n" if n % 16 == 15 else ""))


def attributes() -> None:
    names = "bold dim italic underline blink rapid inverse hidden strike".split()
    for n, name in enumerate(names, 1):
        out(f"{E}[{n}m{name}{E}[0m {E}[{n};33;44m{name}{E}[0m {E}[{n};7m{name}{E}[0m\n")
    for style in range(6):
        out(f"{E}[4:{style}mstyle {style}{E}[24m {E}[4:{style};58;5;9mcoloured{E}[0m\n")
    out(f"{E}]8;;https://example.org{E}\\a link{E}]8;;{E}\\ and {E}[53moverlined{E}[55m text\n")


def scripts() -> None:
    for line in [
        "日本語のテキスト",
        "한국어 문장",
        "नमस्ते दुनिया",
        "ภาษาไทย",
        "שָׁלוֹם",
        "e\u0301 a\u0308",
        "مرحبا",
    ]:
        for indent in (0, 3, 74):
            out(" " * indent + line + "|\n")
    out("漢字" * 45 + "\n" + "x" + "字" * 45 + "\n")


def emoji() -> None:
    for line in [
        "😀😃😄😁🎉🚀",
        "👩‍💻 👨‍👩‍👧 family",
        "👍🏽👋🏿 skin",
        "❤️ ☺️ ✔️ text",
        "🇩🇪🇯🇵 flags",
        "1️⃣ 2️⃣ keys",
    ]:
        out(f"{E}[1m{line}{E}[0m|\n{line}\r*\n")
    for n in range(30):
        out(f"{'🚀' if n % 3 else '✅'} step {n} {'⏳' * (n % 5)}\n")


def editor() -> None:
    """Insert and delete of lines and characters in a full screen, as editors without redraws do."""
    out(f"{E}[?1049h{E}[H{E}[2J")
    for y in range(1, 25):
        out(f"{E}[{y};1H{y:3} {'abcdefghij ' * 6}")
    for n in range(1, 12):
        out(f"{E}[{n * 2};10H{E}[2P{E}[4@{E}[31mNEW{E}[m{E}[K", 0.01)
        out(f"{E}[5;20r{E}[{5 + n};1H{E}[{n % 3 + 1}L{E}[r{E}[{24 - n};1H{E}[M", 0.01)
        out(f"{E}[3;22r{E}[22;1H\n\n{E}[3;1H{E}M{E}[r")
    out(f"{E}[?25l{E}[24;1H{E}[7m status {E}[0m{E}[K", 0.05)
    out(f"{E}[?25h{E}[?1049l")


def boxes() -> None:
    out(f"{E}(0lqqqqqqqqqqqqwqqqqqqqqqk\n\r")
    for n in range(6):
        out(f"x{E}(B row {n:6} {E}(0x{E}(B {'値' * n:<9.4}{E}(0x\n\r")
    out(f"mqqqqqqqqqqqqvqqqqqqqqqj{E}(B\n\r{E})0\x0elqqk\x0f plain \x0emqqj\x0f\n\r")
    out("╔══════╗\n║ ¿né? ║\n╚══════╝\n")
    out(f"─{E}[30b┐{E}[5D{E}[3X{E}[1;3H{E}[2;5Hover")


def synchronized() -> None:
    for n in range(20):
        out(f"{E}[?2026h{E}[H{E}[J")
        for y in range(20):
            out(f"{E}[3{(n + y) % 8}mframe {n} row {y} {'*' * ((n * y) % 50)}{E}[m\r\n")
        out(f"{E}[?2026l", 0.01)


def titles() -> None:
    for n in range(5):
        out(f"{E}]0;title {n} 日本\x07{E}]2;window {n}{E}\\step {n}\r\n", 0.01)
    out(f"{E}P+q544e{E}\\{E}[>c{E}_Gi=1;AAAA{E}\\{E}^private{E}\\after strings\r\n")
    out(f"{E}]133;A\x07$ {E}]133;B\x07true{E}]133;C\x07\r\n{E}]133;D;0\x07")


PAINTS: dict[str, Callable[[], None]] = {
    paint.__name__: paint
    for paint in (
        progress, several_bars, apt_like, truecolor, attributes, scripts, emoji, editor, boxes,
        synchronized, titles,
    )
}  # fmt: skip

if __name__ == "__main__":
    PAINTS[sys.argv[1]]()
