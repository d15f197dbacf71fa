"""Keys as lines: what was typed can be read, and what was taken back too."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from replay.typed_lines import LONGEST, TOGETHER, TypedLines


def lines(*pieces: bytes) -> list[tuple[str, bool]]:
    keys = TypedLines()
    told = [line for n, piece in enumerate(pieces) for line in keys.feed(piece, n, n)]
    return [(line.text, line.edited) for line in [*told, *keys.finish()]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"ls -l\r", [("ls -l", False)]),
        (b"ls\rpwd\n", [("ls", False), ("pwd", False)]),
        (b"never sent", [("never sent", False)]),
        (b"l\x1b[A\x1b[1;5Cs\x1bOP\r", [("ls", False)]),
        (b"\x1b[200~pasted text\x1b[201~\r", [("pasted text", False)]),
        (b"secret\x7f\x7f\x7f\x7f\x7f\x7fls\r", [("ls", False), ("secretls", True)]),
        (b"secret\x15ls\r", [("ls", False), ("secretls", True)]),
        (b"one two\x17six\r", [("one six", False), ("one twosix", True)]),
        (b"secret\x15\r", [("secret", True)]),
        (b"hun\x00te\x00r2\r", [("hunter2", False)]),
        (b"abandoned\x03", [("abandoned", False)]),
        (b"cat no\t\r", [("cat no\t", False)]),
        ("naïve 漢字\r".encode(), [("naïve 漢字", False)]),
        (b"caf\xe9\r", [("caf\\xe9", False)]),
        (b"caf\xc3\x1b[A\r", [("caf\\xc3", False)]),
        (b"\r\r \r", []),
    ],
)
def test_what_a_person_typed(data: bytes, expected: list[tuple[str, bool]]) -> None:
    assert lines(data) == expected


def test_a_line_says_where_it_ended() -> None:
    keys = TypedLines()
    assert list(keys.feed(b"l", 5, 50)) == []
    (line,) = keys.feed(b"s\r", 6, 60)
    assert (line.record, line.time) == (6, 60)


def test_escape_by_itself_takes_nothing_away() -> None:
    keys = TypedLines()
    pieces = [b"text", b"\x1b", b":!cat /etc/shadow", b"\r", b"\x1b", b"O", b"secret\x1b", b"\r"]
    told = [
        line for n, piece in enumerate(pieces) for line in keys.feed(piece, n, n * TOGETHER * 2)
    ]
    assert [line.text for line in told] == ["text:!cat /etc/shadow", "Osecret"]
    assert lines(b"\x1b", b"[Ax", b"\x1b", b"Pz\x1b\r") == [("x", False)]
    assert lines(b"one\x1b\rtwo\x1b\x03") == [("one", False), ("two", False)]


def test_a_line_without_end_is_told_in_parts_and_no_word_is_cut() -> None:
    text = " ".join(f"word{n}" for n in range(3000))
    told = [line for line, _ in lines(text.encode())]
    assert max(map(len, told)) <= LONGEST
    assert all(any(word in line for line in told) for word in text.split())


KEYS = st.sampled_from(["a", "é", "漢", " ", "\r", "\x7f", "\x1b[A", "\x15"])
TEXT = st.lists(KEYS, max_size=20).map("".join)


@given(TEXT, st.data())
def test_it_does_not_matter_how_keys_come(text: str, data: st.DataObject) -> None:
    keys = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(keys)), max_size=4)))
    pieces = [keys[a:b] for a, b in zip([0, *cuts], [*cuts, len(keys)], strict=True)]
    assert lines(*pieces) == lines(keys)


@example(b"\xc0\x1b")
@given(st.binary(max_size=60))
def test_any_bytes_are_keys(data: bytes) -> None:
    for text, _ in lines(data):
        assert text.strip()
        assert "\x1b" not in text
