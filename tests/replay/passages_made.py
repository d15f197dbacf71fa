"""Passages for tests, made up."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from recorder.text import MARKS
from replay.passage import Kind, Passage

BIG = st.integers(-1, 1 << 40)
TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\n"),
        st.sampled_from("aAbB ßéÉİ\0\u200bжЖ中\ud800"),
    ),
    max_size=40,
)


def line(text: str, number: int = 0, kind: Kind = Kind.SCREEN) -> Passage:
    """A line with places that follow from its number."""
    return Passage(
        kind, 1, number, number, number + 2, number * 10, number * 1000, number * 1000 + 500,
        number % 24, False, "", text,
    )  # fmt: skip


def lines(texts: Iterable[str]) -> list[Passage]:
    return [line(text, number) for number, text in enumerate(texts)]


def any_passage() -> st.SearchStrategy[Passage]:
    return st.builds(
        Passage,
        kind=st.sampled_from(Kind),
        channel=st.integers(0, 1 << 31),
        first=BIG,
        whole=BIG,
        last=BIG,
        event=BIG,
        time=BIG,
        until=BIG,
        row=st.integers(-1, 500),
        alternate=st.booleans(),
        mark=st.sampled_from(MARKS),
        text=TEXT,
        detail=st.one_of(st.just(""), TEXT),
        flash=st.booleans(),
        again=st.booleans(),
    )
