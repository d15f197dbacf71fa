"""Ways to hide text from whoever watches a session: every one is found by search, and says why.

Each is recorded as a real reel, through journal and sealer, indexed and searched. The word that is
hidden is always the same; what is written around it is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recorder.events import (
    ChannelOpened,
    Disclosed,
    Environment,
    ErrorOutput,
    Event,
    Input,
    Marker,
    Output,
    Requested,
    Resize,
    Typed,
)
from recorder.index import Index
from recorder.playback import Playback
from replay.highlight import cells_of
from replay.query import parse
from replay.search import Hit, search_session
from tests.recorder.recordings import Making, on_terminal

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORD = "hunter2"
S = 1_000_000


@dataclass(frozen=True)
class Way:
    """One way to hide `WORD`."""

    name: str
    pieces: Sequence[tuple[int, bytes]]
    """What is written on the terminal, and when (µs)."""
    marks: frozenset[str]
    """That some hit must have, all of them."""
    where: str = ""
    """Cells that are highlighted on that hit's frame read so; "" where it is on no screen."""
    cols: int = 80
    rows: int = 24


def way(
    name: str, *said: str | bytes, marks: Sequence[str] = (), where: str = "", every: int = S,
    cols: int = 80, rows: int = 24,
) -> Way:  # fmt: skip
    pieces = [
        (S + number * every, each if isinstance(each, bytes) else each.encode())
        for number, each in enumerate(said)
    ]
    return Way(name, pieces, frozenset(marks), where, cols, rows)


def between(middle: str, word: str = WORD) -> str:
    return middle.join(word)


def tags(word: str) -> str:
    return "".join(chr(0xE0000 + ord(char)) for char in word)


def selectors(word: str) -> str:
    """Bytes as variation selectors on a face."""
    return "\U0001f600" + "".join(chr(0xE0100 + ord(char) - 16) for char in word)


FULL = "".join(chr(ord(char) - 0x21 + 0xFF01) for char in WORD)
BOLD = "".join(
    chr(0x1D41A + ord(char) - ord("a")) if char.isalpha() else chr(0x1D7CE + int(char))
    for char in WORD
)
OVERLONG = b"".join(bytes([0xC0 | ord(char) >> 6, 0x80 | ord(char) & 63]) for char in WORD)
BURST = "\r\n".join(f"noise {n}" for n in range(60))

WAYS = [
    # characters that have no shape, or another one
    way("zero-width-space", between("\u200b"), marks=["hidden", "format"], where=between("\u200b")),
    way("zero-width-joiner", between("\u200d"), marks=["hidden", "format"]),
    way("word-joiner", between("\u2060"), marks=["hidden", "format"]),
    way("byte-order-mark", between("\ufeff"), marks=["hidden", "format"]),
    way("soft-hyphen", between("\u00ad"), marks=["hidden", "format"]),
    way("combining-grapheme-joiner", between("\u034f"), marks=["hidden", "format"]),
    way("invisible-times", between("\u2062"), marks=["hidden", "format"]),
    way("variation-selector", between("\ufe00"), marks=["hidden", "format"]),
    way("hangul-filler", between("\u115f"), marks=["hidden", "format"]),
    way("tag-characters", f"ok{tags(WORD)}", marks=["hidden", "format"]),
    way("bytes-as-variation-selectors", selectors(WORD), marks=["hidden", "format"]),
    way("bidi-override", f"\u202e{WORD[::-1]}\u202c {WORD}\u200f", marks=["hidden", "bidi"]),
    way("bidi-reversed", f"\u202e{WORD[::-1]}\u202c", marks=["hidden", "bidi"]),
    way("bidi-isolate", between("\u2066"), marks=["hidden", "bidi"]),
    way("combining-stack", between("\u0336\u0489\u20dd"), where=between("\u0336\u0489\u20dd")),
    way("more-marks-than-a-cell-keeps", between("\u0301" * 60)),
    way("fullwidth", FULL, where=FULL),
    way("mathematical-bold", BOLD, where=BOLD),
    way("circled-letters", "\u24d7\u24e4\u24dd\u24e3\u24d4\u24e1\u2461"),
    way("cyrillic-look-alikes", "hunt\u0435r2"),
    way("greek-and-armenian-look-alikes", "\u04bbu\u0578ter2"),
    way("upper-case", WORD.upper(), where=WORD.upper()),
    # colours
    way("concealed", f"\x1b[8m{WORD}\x1b[m", marks=["hidden", "concealed"], where=WORD),
    way("same-colour", f"\x1b[31;41m{WORD}\x1b[m", marks=["hidden", "same-colour"], where=WORD),
    way("same-rgb", f"\x1b[38;2;1;2;3;48;2;1;2;3m{WORD}\x1b[m", marks=["hidden", "same-colour"]),
    way("same-colour-of-another-name", f"\x1b[38;5;1;41m{WORD}\x1b[m",
        marks=["hidden", "same-colour"]),
    way("same-colour-through-inverse", f"\x1b[7;32;42m{WORD}\x1b[m",
        marks=["hidden", "same-colour"]),
    way("concealed-letter-by-letter", "".join(f"\x1b[8m{c}\x1b[m" for c in WORD),
        marks=["hidden", "concealed"]),
    way("every-letter-in-another-colour",
        "".join(f"\x1b[3{n % 7 + 1}m{c}" for n, c in enumerate(WORD)), where=WORD),
    # where nobody looks
    way("title", f"\x1b]0;{WORD}\x07", marks=["title"]),
    way("icon-name", f"\x1b]1;{WORD}\x07", marks=["title"]),
    way("title-that-is-replaced", f"\x1b]2;{WORD}\x07\x1b]2;harmless\x07", marks=["title"]),
    way("hyperlink", f"\x1b]8;;https://x/{WORD}\x1b\\here\x1b]8;;\x1b\\", marks=["hidden", "link"]),
    way("hyperlink-id", f"\x1b]8;id={WORD};https://x/\x1b\\here\x1b]8;;\x1b\\",
        marks=["hidden", "link"]),
    way("alternate-screen-flash", f"\x1b[?1049h{WORD}\x1b[?1049l",
        marks=["hidden", "overwritten"]),
    way("alternate-screen-for-a-moment", f"\x1b[?1049h\x1b[H{WORD}", "\x1b[?1049l",
        marks=["flash", "alt"], where=WORD, every=S // 5),
    way("alternate-screen-for-long", f"\x1b[?1049h\x1b[H{WORD}", "\x1b[?1049l",
        marks=["alt"], where=WORD, every=9 * S),
    way("old-alternate-screen", f"\x1b[?47h{WORD}\x1b[2J\x1b[?47l",
        marks=["hidden", "overwritten"]),
    # gone before anybody could read it
    way("overwritten-in-the-same-chunk", f"{WORD}\rharmless", marks=["hidden", "overwritten"]),
    way("erased-line", f"{WORD}\x1b[2K\rharmless", marks=["hidden", "overwritten"]),
    way("erased-screen", f"{WORD}\x1b[2J\x1b[Hharmless", marks=["hidden", "overwritten"]),
    way("erased-by-reset", f"{WORD}\x1bcharmless", marks=["hidden", "overwritten"]),
    way("backspaces", f"{WORD}{chr(8) * 7}harmless", marks=["hidden", "overwritten"]),
    way("deleted-characters", f"{WORD}\r\x1b[7Pharmless", marks=["hidden", "overwritten"]),
    way("erased-characters", f"{WORD}\r\x1b[7Xharmless", marks=["hidden", "overwritten"]),
    way("pushed-out-of-the-row", f"{WORD}\r\x1b[80@harmless", marks=["hidden", "overwritten"]),
    way("deleted-line", f"{WORD}\r\x1b[Mharmless", marks=["hidden", "overwritten"]),
    way("rectangle-erased", f"{WORD}\x1b[1;1;2;80$z\rharmless", marks=["hidden", "overwritten"]),
    way("filled-with-e", f"{WORD}\x1b#8", marks=["hidden", "overwritten"]),
    way("flash", f"{WORD}", "\r\x1b[2Kharmless", marks=["flash"], where=WORD, every=S // 5),
    way("flash-of-one-frame", f"{WORD}", "\r\x1b[2Kharmless", marks=["flash"], where=WORD,
        every=20_000),
    way("scrolled-off-in-one-burst", f"{WORD}\r\n{BURST}", marks=["passed"], rows=5),
    way("scrolled-off-by-command", f"{WORD}\x1b[30S", marks=["passed"]),
    way("scrolled-off-within-margins", f"\x1b[5;10r\x1b[5H{WORD}\x1b[10H{chr(10) * 9}\x1b[r",
        marks=["hidden", "overwritten"]),
    way("scrolled-down", f"\x1b[24H{WORD}\x1b[H" + "\x1bM" * 5, marks=["hidden", "overwritten"]),
    way("synchronized-update", f"\x1b[?2026h{WORD}\x1b[2K\rharmless\x1b[?2026l",
        marks=["hidden", "overwritten"]),
    # in pieces
    way("split-by-escapes", between("\x1b[1m\x1b[m"), where=WORD),
    way("split-by-nul-and-del", between("\x00\x7f"), where=WORD),
    way("split-by-titles", between("\x1b]0;x\x07"), where=WORD),
    way("split-by-an-unknown-sequence", between("\x1b[?9999h"), where=WORD),
    way("split-by-device-control", between("\x1bPq#0\x1b\\"), where=WORD),
    way("split-over-time", *WORD, where=WORD, every=S),
    way("written-backwards", "".join(f"\x1b[1;{n + 1}H{WORD[n]}" for n in reversed(range(7))),
        where=WORD),
    way("written-backwards-and-erased",
        "".join(f"\x1b[1;{n + 1}H{WORD[n]}" for n in reversed(range(7))) + "\x1b[2K",
        marks=["hidden", "overwritten"]),
    way("put-together-by-insertion", "hr2\x1b[1;2H\x1b[4hunte\x1b[4l",
        where=WORD),
    way("wrapped-at-the-edge", f"{'x' * 76}{WORD}", where=WORD),
    way("window-of-one-cell", WORD, cols=1, rows=1),
    way("window-of-one-column", WORD, cols=1, rows=24, where=WORD),
    way("half-wide-characters", "漢" + WORD + "字", where=WORD),
    way("drawing-characters", f"\x1b(0{WORD}\x1b(B", marks=["hidden", "charset"]),
    way("drawing-characters-shifted", f"\x1b)0\x0e{WORD}\x0f", marks=["hidden", "charset"]),
    way("repeated-character", "hu\x1b[1;3Hnter2\x1b[b", where=WORD),
    way("not-utf-8", b"hun\xffter2 x", marks=["hidden", "not-utf-8"]),
    way("overlong-utf-8", b"hunter2\xc0\xaf", marks=["hidden", "not-utf-8"]),
    way("overlong-letters", OVERLONG, marks=["hidden", "not-utf-8"]),
    way("latin-1-controls", b"hun\xc2\x9b0mter2", where=WORD),
    way("in-a-string-that-is-ignored", f"\x1b^{WORD}\x1b\\harmless",
        marks=["hidden", "control-string"]),
    way("in-device-control", f"\x1bP{WORD}\x1b\\harmless",
        marks=["hidden", "control-string"]),
    way("in-a-notification", f"\x1b]9;{WORD}\x07harmless",
        marks=["hidden", "control-string"]),
    way("on-the-clipboard", "\x1b]52;c;aHVudGVyMg==\x07harmless",
        marks=["hidden", "control-string"]),
    way("in-an-unknown-command", f"\x1b]5379;{WORD}\x07harmless",
        marks=["hidden", "control-string"]),
    way("in-a-sequence-never-ended", f"harmless\x1b]0;{WORD}",
        marks=["hidden", "control-string"]),
    way("beyond-the-window", f"\x1b[999;999H{WORD}", where=WORD),
    way("cursor-hidden", f"\x1b[?25l\x1b[24;70H{WORD}", where=WORD),
]  # fmt: skip


SENT = WORD.encode()
TERMINAL = on_terminal([(S, b"$ ")])
BESIDE: dict[str, tuple[Sequence[Event], str, set[str]]] = {
    "typed-and-never-echoed": ([*TERMINAL, Input(2 * S, 1, SENT + b"\r")], WORD, {"typed"}),
    "typed-and-never-sent": ([*TERMINAL, Input(2 * S, 1, SENT)], WORD, {"typed"}),
    "typed-in-pieces": (
        [*TERMINAL, *(Input((2 + n) * S, 1, bytes([byte])) for n, byte in enumerate(SENT))],
        WORD, {"typed"},
    ),
    "typed-with-cursor-keys-between": (
        [*TERMINAL, Input(2 * S, 1, b"\x1b[C".join(bytes([byte]) for byte in SENT))],
        WORD, {"typed"},
    ),
    "typed-and-taken-back": (
        [*TERMINAL, Input(2 * S, 1, SENT + b"\x7f" * 7 + b"ls\r"), Output(2 * S, 1, b"ls\r\n")],
        WORD, {"typed", "edited"},
    ),
    "typed-and-killed": ([*TERMINAL, Input(2 * S, 1, SENT + b"\x15\r")], WORD, {"edited"}),
    "typed-between-nul-and-del": (
        [*TERMINAL, Input(2 * S, 1, b"\0".join(bytes([byte]) for byte in SENT) + b"\r")],
        WORD, {"typed"},
    ),
    "pasted": ([*TERMINAL, Input(2 * S, 1, b"\x1b[200~" + SENT + b"\x1b[201~")], WORD, {"typed"}),
    "disclosed-late": (
        [*TERMINAL, Typed(2 * S, 1, 8), Disclosed(9 * S, 1, SENT + b"\r")], f"in:{WORD}", set(),
    ),
    "sent-to-a-program": (
        [ChannelOpened(0, 1, "session", "client"), Requested(0, 1, "exec", b"cat >x"),
         Input(S, 1, b"a\n" + SENT + b"\n")],
        WORD, {"typed"},
    ),
    "in-the-environment": (
        [*TERMINAL, Environment(2 * S, 1, b"LC_X", SENT, passed=True)], WORD, {"typed"},
    ),
    "on-standard-error": (
        [ChannelOpened(0, 1, "session", "client"), Requested(0, 1, "exec", b"x"),
         ErrorOutput(S, 1, SENT + b"\r" + b"harmless")],
        WORD, {"hidden", "overwritten"},
    ),
    "in-a-marker": ([*TERMINAL, Marker(2 * S, 1, WORD)], WORD, set()),
    "in-a-command": (
        [ChannelOpened(0, 1, "session", "client"), Requested(0, 1, "exec", b"echo \0" + SENT)],
        f"cmd:{WORD}", set(),
    ),
    "cut-off-by-a-narrow-window": (
        [*on_terminal([(S, b"\x1b[1;70H" + SENT)]), Resize(S, 1, 20, 24, 0, 0),
         Output(2 * S, 1, b"\x1b[2J\x1b[H\r\n")],
        WORD, set(),
    ),
    "pushed-out-by-a-low-window": (
        [*on_terminal([(S, b"\x1b[24H" + SENT)]), Resize(S, 1, 80, 2, 0, 0),
         Output(2 * S, 1, b"\x1b[2J")],
        WORD, set(),
    ),
    "on-another-channel": (
        [*TERMINAL, *on_terminal([(2 * S, b"\x1b[8m" + SENT)], channel=7)],
        WORD, {"hidden", "concealed"},
    ),
}  # fmt: skip


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("name", BESIDE)
def test_beside_a_screen_it_is_found(name: str, making: Making) -> None:
    events, query, marks = BESIDE[name]
    recording = making.sealed(events)
    with recording, Index.load_or_build(recording) as index:
        hits: list[Hit] = list(search_session(recording, index, parse(query, NOW)))
    assert hits, "nothing is found"
    assert [hit for hit in hits if marks <= set(hit.marks)], [hit.marks for hit in hits]


@pytest.mark.parametrize("hidden", WAYS, ids=lambda hidden: hidden.name)
def test_it_is_found(hidden: Way, making: Making) -> None:
    recording = making.sealed(
        [
            *on_terminal(hidden.pieces, cols=hidden.cols, rows=hidden.rows),
            Output(60 * S, 1, b"\x18\x1b\\\x1b[m\r\n"),
        ]
    )
    with recording, Index.load_or_build(recording) as index:
        hits = list(search_session(recording, index, parse(WORD, NOW)))
        assert hits, "nothing is found"
        marked = [hit for hit in hits if hidden.marks <= set(hit.marks)]
        assert marked, [hit.marks for hit in hits]
        if not hidden.where:
            return
        playback = Playback(recording, index)
        read = {
            "".join(cell.text for row, a, b in cells for cell in frame.row(row)[a:b])
            for hit in marked
            for frame in [playback.at_frame(hit.passage.whole).screen]
            for cells in cells_of(frame, hit.passage, hit.spans)
        }
        assert hidden.where in read


def test_there_are_enough_of_them() -> None:
    assert len(WAYS) == len({each.name for each in WAYS}) >= 30
