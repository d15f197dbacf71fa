"""Queries as they are written: what is read, and what is said where something is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.errors import QueryError
from replay.passage import MARKS, Kind
from replay.query_filters import FACTS, TIMES
from replay.query_parser import ALIASES, FIELDS, LONGEST, MOST, SCOPES, Parsed, parse_parts, tokens
from replay.query_terms import Form
from tests.replay.queries import NOW, parse


def read(text: str) -> list[tuple[str, str, str, bool]]:
    return [(t.name, t.form.value, t.value, t.negated) for t in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []), ("  \t ", []),
        ("rm", [("", "word", "rm", False)]),
        ('"rm -rf"', [("", "phrase", "rm -rf", False)]),
        (r'"a \"b\" \\ c"', [("", "phrase", r'a "b" \ c', False)]),
        ("-rm", [("", "word", "rm", True)]),
        ("--force", [("", "word", "--force", False)]),
        ("-", [("", "word", "-", False)]),
        ("/a b/", [("", "regex", "a b", False)]),
        (r"/a\/b/ic x", [("", "regex", r"a\/b", False), ("", "word", "x", False)]),
        ("/[/]/", [("", "regex", "[/]", False)]),
        ("/etc/passwd", [("", "word", "/etc/passwd", False)]),
        ("/var/log/x -/y/", [("", "word", "/var/log/x", False), ("", "regex", "y", True)]),
        ("//", [("", "word", "//", False)]),
        ("/usr", [("", "word", "/usr", False)]),
        ("in:sudo", [("in", "word", "sudo", False)]),
        ('-CMD:"a b"', [("cmd", "phrase", "a b", True)]),
        ("user:alice", [("who", "word", "alice", False)]),
        ("root:x:0:0", [("", "word", "root:x:0:0", False)]),
        ("http://x", [("", "word", "http://x", False)]),
        ("12:30", [("", "word", "12:30", False)]),
        ("in:/a b/w", [("in", "regex", "a b", False)]),
        ("密码 пароль", [("", "word", "密码", False), ("", "word", "пароль", False)]),
    ],
)  # fmt: skip
def test_items(text: str, expected: list[tuple[str, str, str, bool]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "part", "says"),
    [
        ('a "b', '"b', "never closed"),
        ('"a"b', '"a"b', "a blank must follow"),
        ("x taget:web1", "taget:", "target:"),
        ("whom:alice", "whom:", "who:"),
        ("x /(/ y", "/(/", "no regular expression"),
        ("/(?=a)/", "/(?=a)/", "look-around"),
        ("a after:yesterdy", "after:yesterdy", "yesterday"),
        ("who:", "who:", "who:WORD"),
        ("who:,", "who:,", "who:WORD"),
        ("verdict:maybe", "verdict:maybe", "allow, deny, hold"),
        ("mark:shiny", "mark:shiny", "flash"),
        ("state:dead", "state:dead", "sealed"),
        ('a ""', '""', "nothing that can be looked for"),
        ("a \u200b", "\u200b", "nothing that can be looked for"),
    ],
)
def test_errors_point_at_the_place_and_say_what_to_write(text: str, part: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == part
    assert says in caught.value.person


def test_what_is_too_much_is_refused() -> None:
    with pytest.raises(QueryError):
        parse("x" * (LONGEST + 1))
    parse("a " * MOST)
    with pytest.raises(QueryError):
        parse("a " * (MOST + 1))


def test_short_options_are_remarked_on() -> None:
    assert "quotes" in parse("rm -rf").notes[0]
    assert parse('"rm -rf"').notes == ()
    assert parse("rm -tmpfiles").notes == ()


def test_every_field_is_known_once() -> None:
    assert len(set(FIELDS)) == len(FIELDS)
    assert set(ALIASES.values()) <= set(FIELDS)
    assert not set(ALIASES) & set(FIELDS)
    assert set(SCOPES.values()) == set(Kind)
    assert set(FACTS) | set(TIMES) <= set(FIELDS)


PIECES = st.sampled_from(
    [*(f"{name}:" for name in FIELDS), *MARKS, "-", '"', "/", "\\", "(", ")", "[", "]", "*", ",",
     " ", "a", "yesterday", "2h", "2026-11-22", "é", "\u200b", "漢", "i", "c", "deny", "yes"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join)))
def test_anything_is_read_or_is_an_error_with_a_place(text: str) -> None:
    parts = Parsed()
    wrong: QueryError | None = None
    try:
        parts = parse_parts(text, NOW)
    except QueryError as error:
        wrong = error
    if wrong is not None:
        assert 0 <= wrong.start <= wrong.end <= len(text)
        assert wrong.person
        return
    for term in parts.terms:
        assert text[term.start : term.end].strip() == text[term.start : term.end] != ""


WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(st.booleans(), WORDS), max_size=6))
def test_what_was_written_is_what_is_read(items: list[tuple[bool, str]]) -> None:
    text = " ".join(f'-"{word}"' if negated else f'"{word}"' for negated, word in items)
    assert read(text) == [("", Form.PHRASE.value, word, negated) for negated, word in items]
