from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import ANSIToTruecolor, Monochrome
from textual.strip import Strip

from recorder.screen import Screen
from replay.tui.painted import Painted, patched, sequences
from replay.tui.theme import PALETTE

COLOURS = st.sampled_from(["red", "#102030", "#a0b0c0", None])
STYLES = st.builds(
    Style,
    color=COLOURS,
    bgcolor=COLOURS,
    bold=st.booleans(),
    dim=st.booleans(),
    italic=st.booleans(),
    underline=st.booleans(),
    blink=st.booleans(),
    reverse=st.booleans(),
    strike=st.booleans(),
)
SEGMENTS = st.lists(
    st.builds(Segment, st.sampled_from(["a", "bc", " ", "日"]), st.one_of(st.none(), STYLES)),
    max_size=8,
)


def seen(data: str) -> list[tuple[str, object, object, int]]:
    """What a terminal shows of these bytes."""
    screen = Screen(cols=40, rows=1)
    screen.feed(data.encode())
    return [(c.text, c.fg, c.bg, int(c.attributes)) for c in screen.frame().row(0)]


@given(SEGMENTS)
def test_a_terminal_shows_what_textual_would_have_shown(segments: list[Segment]) -> None:
    console = Console(color_system="truecolor")
    ours = Painted(segments).render(console)
    assert seen(ours + "x") == seen(Strip(segments).render(console) + "x")


def test_only_changes_are_said() -> None:
    red, blue = Style.parse("#ff0000 on #000000"), Style.parse("#0000ff on #000000")
    segments = [Segment("a", red), Segment("b", red), Segment("c", blue), Segment("d", None)]
    assert sequences(segments, ColorSystem.TRUECOLOR) == (
        "\x1b[38;2;255;0;0;48;2;0;0;0mab\x1b[38;2;0;0;255mc\x1b[0md"
    )
    assert sequences([], ColorSystem.TRUECOLOR) == ""


def test_colours_are_those_that_the_terminal_has() -> None:
    style = Style(color=Color.from_rgb(255, 0, 0))
    said = {system: sequences([Segment("a", style)], system) for system in ColorSystem}
    assert said[ColorSystem.EIGHT_BIT] == "\x1b[38;5;196ma\x1b[0m"
    assert re.fullmatch(r"\x1b\[\d+ma\x1b\[0m", said[ColorSystem.STANDARD])


def test_colours_are_final_but_none_is_still_none() -> None:
    strip = Painted([Segment("a", Style.parse("#ff0000"))])
    background = TextualColor(0, 0, 0)
    assert strip.apply_filter(ANSIToTruecolor(PALETTE), background) is strip
    grey = next(iter(strip.apply_filter(Monochrome(), background))).style
    assert grey is not None
    assert grey.color is not None
    assert grey.color.triplet is not None
    assert len(set(grey.color.triplet)) == 1


@pytest.mark.parametrize(
    ("start", "end", "underlined"),
    [(0, 2, "ab"), (1, 3, "bc"), (4, 9, "ef"), (0, 6, "abcdef"), (3, 3, ""), (-2, 1, "a")],
)
def test_some_columns_can_be_made_to_look_different(start: int, end: int, underlined: str) -> None:
    strip = Strip([Segment("abc", Style(bold=True)), Segment("def", None)], 6)
    laid = patched(strip, [(start, end, Style(underline=True))])
    assert laid.text == "abcdef"
    assert "".join(s.text for s in laid if s.style and s.style.underline) == underlined
    assert laid.cell_length == 6


def test_what_is_laid_later_lies_on_top() -> None:
    strip = Strip([Segment("abcd", None)], 4)
    one, two = Style.parse("red"), Style.parse("blue")
    laid = patched(strip, [(0, 3, one), (1, 2, two)])
    assert [(s.text, s.style) for s in laid] == [
        ("a", one),
        ("b", one + two),
        ("c", one),
        ("d", None),
    ]
