"""What a query finds in a passage, and what it asks of a session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.folding import fold
from replay.passage import NEVER_SHOWN, Kind
from tests.replay.queries import START, entry, parse, passage


def found(text: str, line: str, kind: Kind = Kind.SCREEN, **changes: object) -> list[str]:
    spans = parse(text).match(passage(line, kind, **changes))
    return [line[span.start : span.end] for span in spans]


def test_words_stand_together_in_a_passage() -> None:
    assert found("root passwd", "passwd of root") == ["passwd", "root"]
    assert found("root passwd", "passwd of nobody") == []
    assert found("root -passwd", "root and home") == ["root"]
    assert found("root -passwd", "root passwd") == []
    assert found('"a  b" /c+/', "A b ccc") == ["A b", "ccc"]


def test_fields_say_where_to_look() -> None:
    assert found("in:ls", "ls", Kind.TYPED) == ["ls"]
    assert found("in:ls", "ls") == []
    assert found("cmd:ls", "ls", Kind.COMMAND) == ["ls"]
    assert found("screen:ls", "ls") == ["ls"]
    assert found("ls", "ls", Kind.NOTICE) == ["ls"]


def test_what_a_screen_says_too_is_not_found_twice() -> None:
    assert found("ls", "ls", Kind.TYPED, again=True) == []
    assert found("in:ls", "ls", Kind.TYPED, again=True) == ["ls"]
    assert found("ls", "ls", Kind.TYPED, mark=NEVER_SHOWN) == ["ls"]


def test_marks_can_be_asked_for() -> None:
    assert found("mark:flash x", "x", flash=True) == ["x"]
    assert found("mark:flash x", "x") == []
    assert found("-mark:flash x", "x") == ["x"]
    assert found("mark:hidden", "all of it", mark="concealed") == ["all of it"]
    assert found("mark:hidden -all", "all of it", mark="concealed") == []
    assert found("mark:flash,concealed x", "x", mark="concealed") == ["x"]
    assert found("mark:hidden mark:concealed x", "x", mark="format") == []


def test_fields_together_are_asked_of_the_session() -> None:
    query = parse("cmd:rm in:sudo -in:su2 -title:x -y")
    assert [clause.scope for clause in query.clauses] == [Kind.COMMAND, Kind.TYPED]
    assert query.literals == ()
    rm, sudo = query.clauses
    assert [term.text for term in rm.without] == ["y"]
    assert [term.text for term in sudo.without] == ["su2", "y"]
    assert [clause.scope for clause in query.unless] == [Kind.TITLE]


def test_what_asks_for_nothing() -> None:
    assert not parse("").asks
    assert not parse("who:alice").asks
    assert not parse("-x").asks
    assert not parse("-mark:flash").asks
    assert parse("mark:flash").asks


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("Root passwd", ("root", "passwd")), ('"a b"', ("a", "b")), ("/fo+bar/", ("fo", "obar")),
        ("a -b", ("a",)), ("in:x", ("x",)), ("/a|b/", ()), ("who:x", ()),
    ],
)  # fmt: skip
def test_literals(text: str, literals: tuple[str, ...]) -> None:
    assert parse(text).literals == literals


def test_hits_are_of_the_time_that_is_named() -> None:
    wall_ns = entry().wall_ns
    at = passage("x", time=600_000_000, until=700_000_000)
    assert START.hour == 9
    assert parse("after:2026-11-22T09:11 x").during(wall_ns, at)
    assert not parse("after:2026-11-22T09:12 x").during(wall_ns, at)
    assert not parse("before:2026-11-22T09:10 x").during(wall_ns, at)
    assert parse("-after:2026-11-22T09:12 x").during(wall_ns, at)


def test_a_list_of_sessions_looks_into_rows() -> None:
    assert parse("ALICE web1 sealed").lists(entry())
    assert not parse("alice nothing").lists(entry())
    assert parse("-bob").lists(entry())
    assert not parse("-alice").lists(entry())
    assert parse("alice").inside is None
    inside = parse("alice cmd:rm mark:flash").inside
    assert inside is not None
    assert [clause.scope for clause in inside.clauses] == [Kind.COMMAND]


words = st.lists(st.sampled_from(["a", "ab", "b a", "é", "ß", "ａ", "A"]), min_size=1, max_size=3)


@given(words, words, st.text("abABéß ａ\u200b", max_size=20))
def test_it_agrees_with_a_naive_reference(
    wanted: list[str], unwanted: list[str], line: str
) -> None:
    query = parse(" ".join([*(f'"{w}"' for w in wanted), *(f'-"{w}"' for w in unwanted)]))
    text = " ".join(fold(line).split(" "))

    def there(word: str) -> bool:
        squeezed = " ".join(text.split())
        return fold(word) in (squeezed if " " in word else text)

    fits = all(map(there, wanted)) and not any(map(there, unwanted))
    spans = query.match(passage(line))
    assert bool(spans) == fits
    assert list(spans) == sorted(spans)
    assert all(0 <= span.start < span.end <= len(line) for span in spans)
    if spans:
        assert all(literal in fold(line) for literal in query.literals)
        assert query.find(line) == spans
