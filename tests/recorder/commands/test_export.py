"""``gatereel export`` and ``show --format svg``, through the front door."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

import gatereel
from tests.recorder.recordings import Making, on_terminal
from tests.system.peers import need

MS = 1000


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Gate = Callable[..., Ran]


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def session(making: Making) -> str:
    one = on_terminal([(0, b"first\r\n"), (500 * MS, b"\x1b[31msecond\x1b[m\x1b[2;1H")])
    two = on_terminal([(200 * MS, b"other\r\n")], channel=2)
    with making.sealed(sorted([*one, *two], key=lambda event: event.at)) as recording:
        return recording.id


@pytest.fixture
def gate(making: Making, capfd: pytest.CaptureFixture[str]) -> Gate:
    def run(*words: str) -> Ran:
        status = gatereel.main([*words, "--store", str(making.path)])
        return Ran(status, *capfd.readouterr())

    return run


def test_the_suffix_decides(gate: Gate, session: str, tmp_path: Path) -> None:
    made = {}
    for name in ("a.cast", "a.txt", "a.json", "a.jsonl", "A.SVG"):
        assert gate("export", session, "-o", str(tmp_path / name)) == (0, "", "")
        made[name] = (tmp_path / name).read_text()
    assert json.loads(made["a.cast"].splitlines()[0])["version"] == 2
    assert made["a.txt"].startswith("# alice on root@web1, session ")
    lines = [line[16:] for line in made["a.txt"].splitlines()[3:]]
    assert lines == ["  #f0      1  first", "  #f1      2  other", "  #f2      1  second"]
    entries = [json.loads(line) for line in made["a.jsonl"].splitlines()]
    document = json.loads(made["a.json"])
    assert document["entries"] == entries[1:]
    assert {"entry": "session", **document["session"]} == entries[0]
    assert (entries[0]["id"], entries[0]["from"]) == (session, 0)
    assert "path" not in entries[0]
    assert ElementTree.fromstring(made["A.SVG"]).tag.endswith("svg")
    assert "second" in made["A.SVG"]


def test_a_format_that_is_named_counts_more_than_the_suffix(
    gate: Gate, session: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    assert gate("export", session, "-o", str(path), "--format", "svg").status == 0
    assert path.read_text().startswith("<svg ")
    assert gate("export", session, "--format", "text").out.startswith("# alice")
    assert json.loads(gate("export", session).out.splitlines()[0])["version"] == 2


def test_a_range_and_a_channel(gate: Gate, session: str) -> None:
    text = gate("export", session, "--format", "text", "--from", "100ms", "--to", "300ms").out
    lines = [line.split() for line in text.splitlines()[3:]]
    assert [(line[0], line[-1]) for line in lines] == [
        ("+00:00:00.100000", "first"),  # what stood there
        ("+00:00:00.200000", "other"),
    ]
    text = gate("export", session, "--format", "text", "--channel", "1").out
    assert [line.split()[-1] for line in text.splitlines()[3:]] == ["first", "second"]
    svg = gate("export", session, "--format", "svg", "--to", "300ms").out
    assert "first" in svg
    assert "second" not in svg
    assert "other" in gate("export", session, "--format", "svg", "--channel", "2").out
    ran = gate("export", session, "--format", "text", "--from", "300ms", "--to", "100ms")
    assert (ran.status, ran.out) == (1, "")
    ran = gate("export", session, "--format", "svg", "--channel", "9")
    assert (ran.status, ran.out, "never had a screen" in ran.err) == (1, "", True)


@pytest.mark.parametrize(
    ("start", "end"), [("200ms", "200ms"), ("#f1", "#f1"), ("-300ms", "-300ms"), ("40%", "40%")]
)
def test_a_range_is_given_in_moments_of_any_kind(
    gate: Gate, session: str, start: str, end: str
) -> None:
    ran = gate("export", session, "--format", "text", "--from", start, "--to", end)
    assert [line.split()[0] for line in ran.out.splitlines()[3:]] == ["+00:00:00.200000"] * 2
    event = json.loads(gate("export", session, "--format", "jsonl").out.splitlines()[-1])["event"]
    ran = gate("export", session, "--format", "text", "--from", f"#e{event}")
    assert ran.out.splitlines()[3].startswith("+00:00:00.500000")


def film_in(page: str) -> dict[str, Any]:
    packed = re.search(r'<pre id="recording" hidden>([^<]*)</pre>', page)
    assert packed
    film: dict[str, Any] = json.loads(zlib.decompress(b64decode(packed[1])))
    return film


def test_a_page_of_the_first_channel_or_of_one(gate: Gate, session: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert gate("export", session, "-o", str(path)) == (0, "", "")
    page = path.read_text()
    assert f"session {session}, began 2026-" in page
    film = film_in(page)
    assert [frame[1] for frame in film["frames"]] == [0, 2]
    assert (film["start"], film["cols"], film["lines"]) == (0, 80, 24)
    film = film_in(gate("export", session, "--format", "html", "--channel", "2").out)
    assert [frame[1] for frame in film["frames"]] == [1]


def test_a_page_of_a_range_begins_with_what_stood_there(gate: Gate, session: str) -> None:
    film = film_in(gate("export", session, "--format", "html", "--from", "100ms").out)
    assert [frame[:2] for frame in film["frames"]] == [[100_000, 0], [500_000, 2]]
    assert (film["start"], film["end"]) == (100_000, 500_000)


def test_one_screen_as_svg(gate: Gate, session: str) -> None:
    shown = gate("show", session, "--format", "svg", "--at", "0s").out
    assert ElementTree.fromstring(shown).tag.endswith("svg")
    assert "first" in shown
    assert "second" not in shown


def test_a_file_appears_whole_or_not_at_all(
    gate: Gate, session: str, making: Making, tmp_path: Path
) -> None:
    there = tmp_path / "there.txt"
    there.write_text("mine")
    ran = gate("export", session, "-o", str(there))
    assert (ran.status, there.read_text()) == (1, "mine")
    assert "nothing is overwritten" in ran.err
    assert gate("export", session, "-o", str(tmp_path / "x.doc")).err.startswith("gatereel: GR-107")
    assert gate("export", session, "-o", str(tmp_path / "no" / "x.txt")).status == 1
    assert gate("export", session, "-o", str(tmp_path / "x.txt"), "--channel", "9").status == 1
    assert [path.name for path in tmp_path.iterdir() if "x." in path.name] == []


FORMATS = ("cast", "txt", "json", "jsonl", "svg", "png", "html", "gif", "mp4")


@pytest.mark.parametrize("suffix", FORMATS)
def test_of_a_damaged_recording_comes_what_can_be_read_and_where_it_ends(
    gate: Gate, making: Making, tmp_path: Path, suffix: str
) -> None:
    if suffix == "mp4":
        need("ffmpeg")
    journal = making.begin()
    for part in range(3):
        # Ten minutes apart, so that each lies in a chunk of its own.
        journal.append(on_terminal([(part * 601_000 * MS, b"part %d\r\n" % part)])[-1:]).result()
    making.finish(journal)
    with making.open(journal) as recording:
        place = recording._layout.chunks[1].data
        assert place is not None
    content = bytearray(recording.path.read_bytes())
    content[place.offset + place.size // 2] ^= 1
    recording.path.write_bytes(content)
    path = tmp_path / f"x.{suffix}"
    ran = gate(
        "export", journal.id, "-o", str(path), "--speed", "1000", "--last-frame-duration", "0"
    )
    assert (ran.status, ran.out) == (1, ""), ran.err
    assert path.stat().st_size > 100
    assert ran.err.startswith("gatereel: GR-101: the recording is damaged"), ran.err
    assert ran.err.count("\n") == 1
    if suffix in ("cast", "txt", "json", "jsonl", "svg"):
        made = path.read_text()
        assert "part 0" in made
        assert "part 1" not in made
        assert "damaged" in made
