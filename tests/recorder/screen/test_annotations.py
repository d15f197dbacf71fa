"""The hidden-text corpus: what a terminal would not show is told, and ordinary text is not."""

import pytest

from recorder.screen import Annotation, Hidden, Screen
from recorder.screen.annotations import MOST_NOTES, MOST_TEXT


def notes(*pieces: str | bytes) -> list[Annotation]:
    screen = Screen(60, 6)
    for piece in pieces:
        screen.feed(piece if isinstance(piece, bytes) else piece.encode())
    return screen.take_annotations()


@pytest.mark.parametrize(
    ("data", "why", "text"),
    [
        ("pass\u200bword", Hidden.FORMAT, "password"),
        ("a\u2060b\u2064c", Hidden.FORMAT, "abc"),
        ("x\U000e0073\U000e0065y", Hidden.FORMAT, "xy"),
        ("a\ufeffb", Hidden.FORMAT, "ab"),
        ("rm\u00ad -rf", Hidden.FORMAT, "rm"),
        ("a\ufe00b", Hidden.FORMAT, "ab"),
        ("safe\u202etxt.exe\u202c end", Hidden.BIDI, "safetxt.exe end"),
        ("a \u2066b\u2069 c", Hidden.BIDI, "b c"),
        ("\x1b[8mconcealed\x1b[m", Hidden.CONCEALED, "concealed"),
        ("\x1b[30;40mblack\x1b[m", Hidden.SAME_COLOUR, "black"),
        ("\x1b[38;2;9;9;9;48;2;9;9;9mgrey\x1b[m", Hidden.SAME_COLOUR, "grey"),
        ("\x1b]0;a title\x07", Hidden.TITLE, "a title"),
        ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", Hidden.LINK, "http://evil"),
        (b"caf\xe9 x", Hidden.NOT_UTF8, "caf\\xe9"),
        ("secret\r\x1b[Kdone", Hidden.OVERWRITTEN, "secret"),
        ("secret\b\b\b\b\b\b      ", Hidden.OVERWRITTEN, "secret"),
        ("sec\x1b[1mret\x1b[2J", Hidden.OVERWRITTEN, "secret"),
        ("\x1b[?1049hsecret\x1b[?1049l", Hidden.OVERWRITTEN, "secret"),
    ],
)
def test_what_hides_is_told(data: str | bytes, why: Hidden, text: str) -> None:
    assert text in [note.text for note in notes(data) if note.why is why]


@pytest.mark.parametrize(
    ("data", "why", "text"),
    [
        ("x\U000e0073\U000e0065y", Hidden.FORMAT, "se"),
        ("\U0001f600\U000e0158\U000e0159", Hidden.FORMAT, "hi"),
        ("\u202eterces\u202c", Hidden.BIDI, "secret"),
        ("\x1b]1;of an icon\x07", Hidden.TITLE, "of an icon"),
        ("\x1b]8;id=who;http://x\x1b\\a\x1b]8;;\x1b\\", Hidden.LINK, "id=who"),
        (b"sec\xffret", Hidden.NOT_UTF8, "secret"),
        (b"\xc1\xb3\xc1\xa5", Hidden.NOT_UTF8, "se"),
        ("\x1b]9;told\x07", Hidden.STRING, "9;told"),
        ("\x1b]52;c;c2VjcmV0\x07", Hidden.STRING, "secret"),
        ("\x1bPtold\x1b\\", Hidden.STRING, "told"),
        ("\x1b_told\x1b\\", Hidden.STRING, "told"),
        ("\x1b]0;never ended", Hidden.STRING, "0;never ended"),
        ("\x1b]0;cut\x18off", Hidden.STRING, "0;cut"),
        ("\x1b(0secret\x1b(B", Hidden.CHARSET, "secret"),
        ("".join(f"\x1b[1;{n}H{c}" for n, c in enumerate("secret", 1)) + "\x1b[2K",
         Hidden.OVERWRITTEN, "secret"),
    ],
)  # fmt: skip
def test_what_is_said_beside_the_screen_is_told(data: str | bytes, why: Hidden, text: str) -> None:
    assert text in [note.text for note in notes(data) if note.why is why]


def test_what_is_long_is_told_whole() -> None:
    title = " ".join(f"word{n}" for n in range(800))
    told = " ".join(note.text for note in notes(f"\x1b]0;{title}\x07"))
    assert not [word for word in title.split() if word not in told]


@pytest.mark.parametrize(
    "data",
    [
        "plain text, naïve café\r\nsecond line\r\n",
        "日本語 한국어 漢字",
        "❤️ 👩‍💻 👍🏽 1️⃣ 🇩🇪",
        "नमस्ते क्‍ष می‌خواهم",
        "e\u0301 a\u0308",
        "\x1b[31mred\x1b[m \x1b[7minverse\x1b[m \x1b[1;44mbold\x1b[m",
        "\x1b(0lqqk\x1b(B box",
        "a very long line that wraps at the edge of the window as long lines do, word by word\r",
        "\r\n".join(f"line {n}" for n in range(40)) + "\x1b[m",
        "\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07\x1b]133;D;0\x07",
        "\x1b]11;?\x07\x1b]4;1;rgb:00/ff/00\x07\x1b]104\x07",
        "\x1b(0lqqqqk\r\nx    x\r\nmqqqqj\x1b(B",
    ],
)
def test_ordinary_text_is_not_told(data: str) -> None:
    assert notes(data) == []


def test_over_pieces_and_once() -> None:
    screen = Screen(40, 4)
    for piece in ("\x1b[8mhid", "den\x1b[m se", "cret", "\r\x1b[K"):
        screen.feed(piece.encode())
    assert {note.text for note in screen.take_annotations()} == {"hidden", "secret"}
    assert screen.take_annotations() == []
    screen.feed(b"\x1b[8mstill\x1b[m")
    assert [note.text for note in screen.take_annotations()] == ["still"]
    screen.feed(b" ")
    assert screen.take_annotations() == []


def test_rows_taken_as_scrolled_are_not_overwritten() -> None:
    screen = Screen(20, 2)
    screen.feed(b"first\r\nsecond\r\nthird\x1b[m\r\n")
    assert screen.take_scrolled() == ["first", "second"]
    assert screen.take_annotations() == []


def test_bounded() -> None:
    screen = Screen(40, 4)
    for number in range(MOST_NOTES + 44):
        screen.feed(b"\x1b]0;%d\x07" % number + b"x" * 40)
    found = screen.take_annotations()
    assert sum(note.why is Hidden.TITLE for note in found) == MOST_NOTES
    assert "44 more were not kept" in {note.text for note in found}
    for _ in range(20):
        screen.feed(b"y" * (MOST_TEXT // 10))
    assert Hidden.UNEXAMINED in {note.why for note in screen.take_annotations()}


@pytest.mark.parametrize("over", [b"\r", b"\x1b[H", b"\x1b[2J\x1b[5;5H", b"\x1b[1K\r", b"\x1bc"])
def test_hundreds_of_words_before_it_hide_no_overwritten_one(over: bytes) -> None:
    screen = Screen(40, 6)
    for number in range(2000):
        screen.feed(b"dull%04d" % number + over)
    screen.feed(b"secret" + over + b"harmless")
    found = [note.text for note in screen.take_annotations() if note.why is Hidden.OVERWRITTEN]
    assert {"secret", "dull0000", "dull1999"} <= set(found)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4000])
def test_no_byte_is_lost_that_is_no_utf_8(size: int) -> None:
    hidden = bytes(128 + n % 64 for n in range(2000)) + "\xe9 \\xe9 日".encode() + b"\xe6\x97\xff"
    screen = Screen(40, 4)
    for start in range(0, len(hidden), size):
        screen.feed(hidden[start : start + size])
    screen.feed(b"")
    notes = [note for note in screen.take_annotations() if note.why is Hidden.NOT_UTF8]
    escaped = "".join(note.text for note in notes)
    for byte in {*hidden[:2000], 0xE6, 0xFF}:
        assert f"\\x{byte:02x}" in escaped
    # One cycle is a text of its own, and is there in order.
    assert "".join(f"\\x{byte:02x}" for byte in range(128, 160)) in escaped
    assert screen.take_annotations() == []


def test_more_bytes_than_are_looked_at_are_counted() -> None:
    screen = Screen(40, 4)
    screen.feed(b"\xff" * (MOST_TEXT + 5))
    notes = screen.take_annotations()
    assert sum(note.why is Hidden.NOT_UTF8 for note in notes) <= MOST_NOTES
    assert "5 characters were not looked at" in {note.text for note in notes}


def test_what_a_restored_screen_conceals_was_told_before() -> None:
    screen = Screen(20, 3)
    screen.feed(b"\x1b[8msecret\x1b[m")
    assert [note.why for note in screen.take_annotations()] == [Hidden.CONCEALED]
    restored = Screen.restore(screen.keyframe())
    for one in (screen, restored):
        one.feed(b"\x1b[2;1H\x1b[8mmore")
        assert [note.text for note in one.take_annotations()] == ["more"]
