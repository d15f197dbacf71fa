"""The page as text; tests/system/test_html_page.py opens it in a browser."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from base64 import b64decode, b64encode
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.film import film_of
from recorder.convert.html import write_html
from recorder.convert.walk import Shown
from recorder.frames import FrameRef
from recorder.screen import Screen


class Seen(HTMLParser):
    """The elements of a page, and the text in each kind."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        self.text[self._in] = self.text.get(self._in, "") + data


def page(data: bytes, heading: str = "h", subject: str = "s", wall_ns: int = 0) -> str:
    screen = Screen(20, 4)
    screen.feed(data)
    ref = FrameRef(0, 1, 3, 4, 5, 6, stable=True)
    out = io.StringIO()
    write_html(
        out,
        film_of([Shown(ref, screen.frame(), [])]),
        heading=heading,
        subject=subject,
        wall_ns=wall_ns,
        span=(0, 10),
        size=(20, 4),
    )
    return out.getvalue()


def recording(seen: Seen) -> dict[str, Any]:
    packed = re.sub(r"\s", "", seen.text["pre"])
    assert re.fullmatch("[A-Za-z0-9+/]*={0,2}", packed)
    unpacked: dict[str, Any] = json.loads(zlib.decompress(b64decode(packed)))
    return unpacked


def test_the_policy_names_the_only_script_and_style_and_nothing_else() -> None:
    seen = Seen(page(b"hi"))
    metas = [attributes for tag, attributes in seen.elements if tag == "meta"]
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    hashes = {
        tag: "sha256-" + b64encode(hashlib.sha256(seen.text[tag].encode()).digest()).decode()
        for tag in ("script", "style")
    }
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src '{hashes['script']}'",
        f"style-src '{hashes['style']}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    tags = [tag for tag, _ in seen.elements]
    assert tags.index("meta") < tags.index("title") < tags.index("style") < tags.index("script")
    assert (tags.count("script"), tags.count("style")) == (1, 1)


def test_nothing_comes_from_elsewhere_and_nothing_is_made_of_markup() -> None:
    seen = Seen(page(b"hi"))
    named = {name for _, attributes in seen.elements for name in attributes}
    assert not named & {"src", "href", "srcset", "action", "style", "data", "background"}
    assert not [name for name in named if name.startswith("on")]
    script = seen.text["script"]
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "Function("):
        assert word not in script
    for word in ("fetch", "XMLHttp", "WebSocket", "import(", "import ", "location", "open("):
        assert word not in script
    assert "</" not in script
    assert "<!--" not in script
    assert "url(" not in seen.text["style"]
    assert "@import" not in seen.text["style"]


def test_what_was_recorded_is_inert() -> None:
    hostile = "</pre><script>alert(1)</script>"
    text = page(hostile.encode(), "</title><script>x</script>\x1b\u202e", '<img src="x">')
    seen = Seen(text)
    # The page has the same elements whatever is in it.
    assert [tag for tag, _ in seen.elements] == [tag for tag, _ in Seen(page(b"")).elements]
    assert "alert" not in text
    assert seen.text["h1"].strip() == "</title><script>x</script>\ufffd\ufffd"
    shown = "".join(run[2] for row in recording(seen)["rows"] for run in row)
    assert shown == hostile


def test_a_time_that_no_browser_has_is_left_out() -> None:
    assert (
        recording(Seen(page(b"", wall_ns=1_790_000_000_000_000_000)))["wall"] == 1_790_000_000_000
    )
    assert recording(Seen(page(b"", wall_ns=10**22)))["wall"] is None


@given(st.binary(max_size=100), st.text(max_size=30))
def test_whatever_is_recorded_the_page_is_the_same_page(data: bytes, heading: str) -> None:
    seen = Seen(page(data, heading, heading))
    assert [tag for tag, _ in seen.elements] == [tag for tag, _ in Seen(page(b"")).elements]
    assert recording(seen)["frames"]
