"""docs/search.md against the code: its examples, its fields, its marks, its words for times."""

import re
from pathlib import Path

import pytest

from replay.passage import MARKS, NEVER_SHOWN, Kind
from replay.query_filters import FACTS, TIMES
from replay.query_parser import ALIASES, SCOPES
from tests.replay.queries import parse, passage

PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(.+?)` \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
EXAMPLE = re.compile(r"(?:(\w+): )?`(.+?)`")


def examples() -> list[tuple[str, str, Kind, bool]]:
    found = []
    for table in re.findall(r"^\| query \|.*?\n\n", PAGE, re.MULTILINE | re.DOTALL):
        for query, finds, leaves in ROW.findall(table.replace("\\|", "\u241e")):
            for cell, wanted in ((finds, True), (leaves, False)):
                for kind, text in EXAMPLE.findall(cell):
                    found.append(
                        (query.replace("\u241e", "|"), text, Kind(kind or "screen"), wanted)
                    )
    return found


@pytest.mark.parametrize(("query", "text", "kind", "wanted"), examples())
def test_an_example(query: str, text: str, kind: Kind, wanted: bool) -> None:
    mark = NEVER_SHOWN if kind is Kind.TYPED else ""
    assert bool(parse(query).match(passage(text, kind, mark=mark))) == wanted


def test_there_are_examples() -> None:
    assert len(examples()) >= 40
    assert {kind for _, _, kind, _ in examples()} == set(Kind)


def test_every_field_is_explained() -> None:
    for name in (*SCOPES, *FACTS, *TIMES, *ALIASES, "mark"):
        assert f"`{name}:`" in PAGE, name


def test_every_mark_is_explained() -> None:
    for mark in MARKS:
        assert re.search(rf"^\| `{mark}` \| ", PAGE, re.MULTILINE), mark


def test_queries_in_the_text_can_be_read() -> None:
    for text in re.findall(r"`([^`\n]*\w:[^`\n ][^`\n]*)`", PAGE):
        if not re.match(r"[/\"]|root:|\d|gatereel|typed: ", text):
            parse(text)  # raises where it cannot be read
