"""A frame as SVG: a well-formed picture, whatever was recorded."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.looks import BACKGROUND
from recorder.convert.svg import as_svg
from recorder.screen import Frame, Screen

NAMESPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "</text></svg><script>alert(1)</script>\r\n"
    "<svg onload=alert(1)>]]>&lt;&#x3c;!DOCTYPE<!--\r\n"
    "\"'><image href=x onerror=alert(1)>\u2028\u202e\x1b]2;</title><script>x</script>\x07"
).encode()
ALLOWED = {
    "svg": {"width", "height", "viewBox", "font-family", "font-size"},
    "title": set(),
    "rect": {"x", "y", "width", "height", "fill", "stroke"},
    "text": {
        *("x", "y", "textLength", "lengthAdjust", "fill", "fill-opacity", "font-weight"),
        *("font-style", "text-decoration", "unicode-bidi", "direction"),
        "{http://www.w3.org/XML/1998/namespace}space",
    },
}


def frame_of(data: bytes, cols: int = 60, rows: int = 5) -> Frame:
    screen = Screen(cols, rows)
    screen.feed(data)
    return screen.frame()


def parsed(frame: Frame, title: str = "") -> ElementTree.Element:
    """The document, checked to consist of nothing but what a picture of text needs."""
    root = ElementTree.fromstring("".join(as_svg(frame, title)))
    for element in root.iter():
        name = element.tag.removeprefix(NAMESPACE)
        assert set(element.attrib) <= ALLOWED[name]
        for key, value in element.attrib.items():
            assert re.fullmatch("[-#a-zA-Z0-9., ]+", value), (key, value)
    return root


def test_text_and_colours_are_where_they_were() -> None:
    root = parsed(frame_of(b"ab\x1b[1;31;44mcd\x1b[m\r\n\x1b[2;3;4;9;53mx"))
    texts = [e.attrib | {"": e.text or ""} for e in root.iter(f"{NAMESPACE}text")]
    assert [(t["x"], t["y"], t["textLength"], t[""]) for t in texts] == [
        ("0", "14", "18", "ab"),
        ("18", "14", "18", "cd"),
        ("0", "32", "9", "x"),
    ]
    assert (texts[1]["fill"], texts[1]["font-weight"]) == ("#cd3131", "bold")
    assert texts[2]["text-decoration"] == "underline line-through overline"
    assert (texts[2]["font-style"], texts[2]["fill-opacity"]) == ("italic", "0.6")
    grounds = [e.attrib["fill"] for e in root.iter(f"{NAMESPACE}rect")]
    assert grounds[:2] == [BACKGROUND, "#3b78d2"]


def test_the_cursor_is_drawn_where_it_is_shown() -> None:
    assert "stroke=" in "".join(as_svg(frame_of(b"a")))
    assert "stroke=" not in "".join(as_svg(frame_of(b"a\x1b[?25l")))


def test_hostile_text_is_text() -> None:
    root = parsed(frame_of(HOSTILE), "</title><script>")
    assert root.findtext(f"{NAMESPACE}title") == "</title><script>"
    shown = [e.text or "" for e in root.iter(f"{NAMESPACE}text")]
    assert "".join(shown).startswith("</text></svg><script>alert(1)</script><svg onload")
    assert parsed(frame_of(HOSTILE)).findtext(f"{NAMESPACE}title") == "</title><script>x</script>"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_whatever_is_recorded_is_a_well_formed_picture(data: bytes, title: str) -> None:
    parsed(frame_of(data, 20, 3), title)
