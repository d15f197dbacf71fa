"""The exported page in a real browser: it plays, and nothing recorded happens."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import gatereel
from recorder.convert.film import film_of
from recorder.convert.html import write_html
from recorder.convert.looks import writable
from recorder.convert.walk import Shown, walk
from recorder.index import Index
from tests.recorder.recordings import Making, on_terminal
from tests.system.browser import Page, browser

pytestmark = pytest.mark.peer

MS = 1000
HOSTILE = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=2</script>",
    "</pre></div><img src=http://127.0.0.1:9/x onerror=window.hit=3>",
    "]]><svg onload=window.hit=4>",
    "\"'`${window.hit=5}{{window.hit=6}}",
    "<!--<style>@import 'http://127.0.0.1:9/y'</style>-->",
    "\x1b]2;</title><script>window.hit=7</script>\x07\x1b]8;;javascript:window.hit=8\x07link\x1b]8;;\x07",
    "a\u2028b\u2029c\u202ed\u200be",
    "<iframe src=javascript:window.hit=9></iframe><a href=javascript:window.hit=10 autofocus>",
    "&lt;script&gt;&#60;&amp; \x1b[31mred\x1b[m __proto__ constructor",
)


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path) as opened:
        yield opened


def exported(making: Making, pieces: list[tuple[int, bytes]], path: Path) -> list[Shown]:
    """The page of this output; its frames."""
    made = making.sealed(on_terminal(pieces, cols=100, rows=12))
    with made as recording, Index.load_or_build(recording) as index:
        shown = [step for step in walk(recording, index) if isinstance(step, Shown)]
        out = io.StringIO()
        write_html(
            out,
            film_of(shown),
            heading="alice</title><script>window.hit=11</script>",
            subject="session <img src=x onerror=window.hit=12>",
            wall_ns=1_790_000_000_000_000_000,
            span=(0, index.duration),
            size=(100, 12),
        )
    path.write_text(out.getvalue(), encoding="utf-8")
    return shown


def screen(page: Page) -> list[str]:
    """The rows as the page shows them: each run in its column."""
    rows = json.loads(
        page.value(
            "JSON.stringify([...document.querySelectorAll('.row')].map((row) => "
            "[...row.children].map((run) => [parseInt(run.style.left), run.textContent])))"
        )
    )
    said = []
    for row in rows:
        text = ""
        for x, run in row:
            text = text.ljust(x) + run
        said.append(text)
    return said


def at(page: Page) -> str:
    clock: str = page.value("document.getElementById('clock').textContent")
    return clock


def press(page: Page, key: str) -> None:
    page.value(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: {json.dumps(key)}}}))")


def test_it_plays_pauses_seeks_and_steps(making: Making, page: Page, tmp_path: Path) -> None:
    pieces = [(n * 250 * MS, b"\x1b[3%dmline %d\x1b[m\r\n" % (n % 7 + 1, n)) for n in range(230)]
    shown = exported(making, pieces, tmp_path / "page.html")
    assert len(shown) == 230
    page.open(f"file://{tmp_path}/page.html")
    page.until("document.body.dataset.state === 'paused'")
    assert at(page) == "+00:00:00.000 / +00:00:57.250  #f0  #e5  2026-09-21T14:13:20.000Z"

    def expect(number: int) -> None:
        assert f"#f{number} " in at(page)
        frame = shown[number].screen
        assert [row.rstrip() for row in screen(page)] == [frame.text(y) for y in range(12)]

    expect(0)
    for _ in range(3):
        press(page, ".")
    expect(3)
    press(page, ",")
    expect(2)
    page.value("document.getElementById('forward').click()")
    expect(3)
    press(page, "End")
    expect(229)
    press(page, "5")
    expect(114)
    press(page, "ArrowRight")
    expect(134)
    page.value(
        "(() => { const bar = document.getElementById('seek'); bar.value = '50000000'; "
        "bar.dispatchEvent(new Event('input')); })()"
    )
    expect(200)
    press(page, "Home")
    page.value("document.getElementById('speed').value = '16'")
    press(page, " ")
    assert page.value("document.body.dataset.state") == "playing"
    page.until("document.getElementById('clock').textContent.includes('#f1')")
    press(page, " ")
    assert page.value("document.body.dataset.state") == "paused"
    stood = at(page)
    page.value("new Promise((done) => setTimeout(done, 100))")
    assert at(page) == stood
    press(page, " ")
    page.until("document.getElementById('clock').textContent.startsWith('+00:00:57.250')")
    page.until("document.body.dataset.state === 'paused'")
    expect(229)
    assert page.value("getComputedStyle(document.querySelector('.row span')).color") != ""
    assert not page.events("Runtime.exceptionThrown")
    assert not page.events("Log.entryAdded")


def test_pauses_are_cut_short(making: Making, page: Page, tmp_path: Path) -> None:
    exported(making, [(0, b"one"), (3_600_000 * MS, b"two")], tmp_path / "page.html")
    page.open(f"file://{tmp_path}/page.html")
    page.until("document.body.dataset.state === 'paused'")
    page.value("document.getElementById('speed').value = '16'")
    press(page, " ")
    page.until("document.getElementById('clock').textContent.startsWith('+01:00:00.000')")
    assert screen(page)[0] == "onetwo"


def test_nothing_recorded_happens(making: Making, page: Page, tmp_path: Path) -> None:
    pieces = [(n * 300 * MS, f"{text}\r\n".encode()) for n, text in enumerate(HOSTILE)]
    shown = exported(making, pieces, tmp_path / "page.html")
    page.open(f"file://{tmp_path}/page.html")
    page.until("document.body.dataset.state === 'paused'")
    for _ in shown:
        press(page, ".")
    text = "".join(screen(page))
    for hostile in HOSTILE[:6]:
        assert hostile in text
    assert "a\ufffdb\ufffdc\ufffdd" in text
    window = page.value("document.getElementById('window').textContent")
    assert window == "</title><script>window.hit=7</script>"
    assert page.value("document.title") == "alice</title><script>window.hit=11</script>"
    assert page.value("window.hit === undefined")
    kinds = page.value("[...new Set([...document.querySelectorAll('*')].map((e) => e.localName))]")
    assert set(kinds) == {
        *("html", "head", "meta", "title", "style", "body", "h1", "p", "span", "div", "input"),
        *("button", "select", "option", "label", "pre", "script"),
    }
    assert page.value("document.scripts.length") == 1
    # The page itself is all that was ever asked for.
    asked = [told["request"]["url"] for told in page.events("Network.requestWillBeSent")]
    assert [url for url in asked if url != f"file://{tmp_path}/page.html"] == []
    assert not page.events("Page.javascriptDialogOpening")
    assert not page.events("Runtime.exceptionThrown")
    assert not page.events("Log.entryAdded")


def test_the_page_forbids_what_it_does_not_do(making: Making, page: Page, tmp_path: Path) -> None:
    exported(making, [(0, b"x")], tmp_path / "page.html")
    page.open(f"file://{tmp_path}/page.html")
    page.until("document.body.dataset.state === 'paused'")
    refused = page.value("fetch('http://127.0.0.1:9/').then(() => 'let through', () => 'refused')")
    assert refused == "refused"
    page.value(
        "(() => { const made = document.createElement('img'); made.src = 'http://127.0.0.1:9/i'; "
        "document.body.append(made); })()"
    )
    markup = (
        "(() => { try { document.body.innerHTML = '<b>'; return 'made'; } "
        "catch { return 'refused'; } })()"
    )
    assert page.value(markup) == "refused"
    page.value("new Promise((done) => setTimeout(done, 200))")
    said = " ".join(told["entry"]["text"] for told in page.events("Log.entryAdded"))
    assert said.count("Content Security Policy") >= 2
    assert "default-src 'none'" in said


def test_the_exported_file_plays_to_its_end_without_a_network(
    making: Making, page: Page, tmp_path: Path
) -> None:
    """As an auditor does it: the file that the verb wrote, a machine that is offline, play."""
    pieces = [(n * 300 * MS, f"{text}\r\n".encode()) for n, text in enumerate(HOSTILE)]
    with making.sealed(on_terminal(pieces, cols=100, rows=12)) as recording:
        session, path = recording.id, tmp_path / "out.html"
        with Index.load_or_build(recording) as index:
            frames = [step.screen for step in walk(recording, index) if isinstance(step, Shown)]
    words = ["export", session, "-o", str(path), "--store", str(making.path), "--from", "1s"]
    assert gatereel.main(words) == 0
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    page.open("about:blank")
    page.call("Network.emulateNetworkConditions", **offline)
    page.call("Target.setDiscoverTargets", discover=True)
    before = page.value("performance.timeOrigin")
    page.call("Page.navigate", url=f"file://{path}")
    page.until("document.body.dataset.state === 'paused'")
    assert page.value("performance.timeOrigin") != before
    assert at(page).startswith("+00:00:01.000 / ")
    assert screen(page)[0].startswith("<script>")  # what stood there when the range begins
    page.value("document.getElementById('speed').value = '16'")
    press(page, " ")
    page.until("document.body.dataset.state === 'playing'")
    page.until("document.body.dataset.state === 'paused'")
    last = [writable(frames[-1].text(y)) for y in range(12)]
    assert [row.rstrip() for row in screen(page)] == last
    page.value("document.querySelectorAll('*').forEach((each) => each.click && each.click())")
    page.value("new Promise((done) => setTimeout(done, 200))")
    asked = [told["request"]["url"] for told in page.events("Network.requestWillBeSent")]
    assert [url for url in asked if url != "about:blank"] == [f"file://{path}"]
    assert not page.events("Network.webSocketCreated")
    kinds = [told["targetInfo"]["type"] for told in page.events("Target.targetCreated")]
    assert kinds.count("page") <= 2  # this one, and what the browser opened with
    assert page.value("window.hit === undefined")
    assert page.value("document.cookie + Object.keys(window).filter((k) => k === 'hit')") == ""
    assert page.value(
        "navigator.serviceWorker === undefined || !navigator.serviceWorker.controller"
    )
    assert not page.events("Page.javascriptDialogOpening")
    assert not page.events("Page.frameRequestedNavigation")
    assert not page.events("Page.downloadWillBegin")
    assert not page.events("Runtime.exceptionThrown")
    assert not page.events("Log.entryAdded")
