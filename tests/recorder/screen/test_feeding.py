"""Feeding: decoding as xterm.js does, and bounded work for hostile bytes."""

import time

import pytest

from recorder.screen import Screen


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9!", "caf!"),
        (b"a\xc0\xafb", "ab"),
        (b"a\xed\xa0\x80b", "ab"),
        (b"a\xf5\x80\x80\x80b", "ab"),
        (b"a\xe6\x97b", "ab"),
        (b"\xef\xbb\xbfab", "ab"),
        (b"a\x80\x9bb", "ab"),
    ],
)
def test_what_is_no_utf8_is_left_out(data: bytes, text: str) -> None:
    screen = Screen(20, 1)
    screen.feed(data)
    assert screen.frame().text(0) == text


def test_half_a_character_is_busy_and_waits() -> None:
    screen = Screen(20, 1)
    screen.feed("日".encode()[:2])
    busy = [screen.busy]
    screen.feed("日".encode()[2:])
    busy.append(screen.busy)
    assert busy == [True, False]
    assert screen.frame().text(0) == "日"


HOSTILE = {
    "huge repeat": b"a\x1b[2147483647b",
    "huge scroll": b"\x1b[2147483647S\x1b[2147483647T\x1b[2147483647L",
    "columns": b"\x1b[2147483647'}\x1b[2147483647'~",
    "alignment": b"\x1b#8\x1b[2J",
    "half sequences": b"\x1b[\x1b]\x1bP\x1b_",
    "control inside": b"\x1b[1\n",
    "marks": "e\u0301\u0302\u0303".encode(),
    "colours": b"\x1b[38;2;1;2;3m\x1b[48;2;9;8;7mx",
    "wide": "漢".encode(),
    "alternate": b"\x1b[?1049h\x1b[?1049l",
    "resets": b"\x1bcx",
    "bad bytes": b"\xff\xfe\x80",
    "newlines": b"\n\n\n\x1b[44m",
    "insert": b"\x1b[4hab\x1b[H",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_and_memory_are_bounded_per_byte(name: str) -> None:
    screen = Screen(120, 40)
    data = HOSTILE[name] * (50_000 // len(HOSTILE[name]))
    start = time.process_time()
    screen.feed(data)
    assert time.process_time() - start < 8
    assert len(screen.keyframe()) < 300_000


def test_many_pens_and_clusters_are_forgotten() -> None:
    screen = Screen(40, 4)
    for number in range(20_000):
        colour = f"\x1b[38;2;{number % 256};{number // 256};7m"
        screen.feed(f"{colour}e{chr(0x300 + number % 100)}{chr(0x300 + number // 100)}".encode())
    assert len(screen._pens.by_key) < 17_000
    assert len(screen._clusters.by_text) < 12_000
    again = Screen.restore(screen.keyframe())
    assert again.frame() == screen.frame()


def test_a_huge_string_is_bounded() -> None:
    screen = Screen(20, 2)
    screen.feed(b"\x1b]0;")
    for _ in range(100):
        screen.feed(b"x" * 100_000)
    screen.feed(b"\x07ok")
    assert len(screen.title) < 5000
    assert screen.frame().text(0) == "ok"
