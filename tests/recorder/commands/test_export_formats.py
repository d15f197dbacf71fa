"""Every export of every kind of session, whole and in part: what all of them promise alike."""

from __future__ import annotations

import contextlib
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageSequence

import gatereel
from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    ErrorOutput,
    Event,
    Exit,
    Input,
    Output,
    Requested,
    SftpOpened,
)
from recorder.header import make_header
from recorder.store import new_id
from tests.recorder.convert.test_mp4 import apart, decoded
from tests.recorder.recordings import Making, on_terminal
from tests.system.peers import need

MS = 1000
FORMATS = ("cast2", "cast3", "text", "json", "jsonl", "svg", "png", "html", "gif", "mp4")
TEXTUAL = ("cast2", "cast3", "text", "json", "jsonl", "svg", "html")
HOSTILE = (
    b"</pre><script>alert(1)</script>\x1b]2;</title><script>\x07\x1b[31m"
    b"\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07\xff\xfe\x00]]>&amp;\xe2\x80\xae\r\n"
)

Export = Callable[..., bytes]


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def export(making: Making, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Export:
    numbers = iter(range(1000))

    def run(session: str, kind: str, *words: str) -> bytes:
        if kind == "mp4":
            need("ffmpeg")
        path = tmp_path / f"made-{next(numbers)}"
        arguments = ["export", session, "--format", kind, "-o", str(path), *words]
        status = gatereel.main([*arguments, "--store", str(making.path)])
        assert (status, *capfd.readouterr()) == (0, "", "")
        return path.read_bytes()

    return run


def told(kind: str, data: bytes) -> str:
    """All that a reader of the export is told: text, beside what is drawn."""
    if kind == "html":
        page = data.decode()
        packed = re.search(r'<pre id="recording" hidden>([^<]*)</pre>', page)
        assert packed
        film = json.loads(zlib.decompress(b64decode(packed[1])))
        rows = ["".join(run[2] for run in row) for row in film["rows"]]
        return page[: packed.start()] + "\n".join(rows)
    if kind == "svg":
        return "\n".join(ElementTree.fromstring(data).itertext())
    if kind in ("png", "gif", "mp4"):
        return data.decode("latin-1")
    return data.decode()


def sealed(making: Making, events: list[Event], **facts: Any) -> str:
    """A recording of these events whose header has these facts."""
    making.clock.ns += 1_000_000_000
    header = {
        "principal": "alice", "kind": "person", "target": "web1", "account": "root",
        "protocol": "ssh", "build": "test", **facts,
    }  # fmt: skip
    journal = making.writer.open(
        make_header(
            session=new_id(making.clock, making.entropy), wall_ns=making.clock.wall_ns(), **header
        )
    )
    journal.append(events).result()
    making.finish(journal)
    return journal.id


def exec_session() -> list[Event]:
    return [
        ChannelOpened(0, 1, "session", "client"),
        Requested(0, 1, "exec", b"make all"),
        Input(5 * MS, 1, b"yes\n"),
        Output(200 * MS, 1, b"building\n"),
        ErrorOutput(800 * MS, 1, b"broken\n"),
        Exit(900 * MS, 1, 2),
        ChannelClosed(901 * MS, 1, "done"),
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_command_without_a_terminal_is_exported_like_any_session(
    making: Making, export: Export, kind: str
) -> None:
    session = sealed(making, exec_session(), weaker=("legacy-target", "input-kept"))
    whole = told(kind, export(session, kind))
    assert "legacy-target, input-kept" in whole or '"legacy-target", "input-kept"' in whole
    if kind in TEXTUAL:
        for said in ("make all", "building", "broken", "standard input: 4 bytes", "exit 2"):
            assert said in whole, said
    part = told(kind, export(session, kind, "--from", "300ms", "--to", "850ms"))
    if kind in TEXTUAL:
        for said in ("make all", "building", "broken"):
            assert said in part, said  # the first two stood there
        assert "[exit 2]" not in part
    assert "legacy-target" in part


@pytest.mark.parametrize("kind", FORMATS)
def test_of_several_channels_one_is_shown_or_all_are_told(
    making: Making, export: Export, kind: str
) -> None:
    one = on_terminal([(0, b"alpha"), (900 * MS, b" last")], cols=40, rows=5)
    two = on_terminal([(300 * MS, b"other")], channel=2, cols=40, rows=5)
    session = sealed(making, sorted([*one, *two], key=lambda event: event.at))
    whole = export(session, kind)
    second = export(session, kind, "--channel", "2")
    assert whole != second
    if kind in TEXTUAL:
        assert ("alpha" in told(kind, whole), "alpha" in told(kind, second)) == (True, False)
        assert "other" in told(kind, second)
        assert ("other" in told(kind, whole)) is (kind in ("text", "json", "jsonl"))
    elif kind in ("gif", "mp4"):
        assert "channel 2 of 1, 2" in told(kind, second)


@pytest.mark.parametrize("kind", FORMATS)
def test_files_over_sftp_are_exported_too(making: Making, export: Export, kind: str) -> None:
    events: list[Event] = [
        ChannelOpened(0, 1, "session", "client"),
        Requested(0, 1, "subsystem", b"sftp"),
        SftpOpened(100 * MS, 1, 1, b"/etc/pass\xffwd", ("read",), 0, ""),
        Output(100 * MS, 1, b"\0\0\0\x0a\x66\0\0\0\1\0\0\0\1h"),
    ]
    data = export(sealed(making, events), kind)
    if kind in ("cast2", "cast3", "text", "svg", "html"):
        assert "/etc/pass" in told(kind, data)


@pytest.mark.parametrize("kind", FORMATS)
def test_hostile_text_acts_in_none_of_them(making: Making, export: Export, kind: str) -> None:
    name = "a</title><script>alert(2)</script>\x1b[2J\u202e"
    events = on_terminal([(0, HOSTILE), (100 * MS, HOSTILE)], cols=60, rows=8)
    session = sealed(making, events, principal=name, target=name, weaker=(name,))
    data = export(session, kind)
    if kind in TEXTUAL:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", data.decode())
    if kind in ("html", "svg"):
        assert data.decode().count("<script") == (kind == "html")
    if kind == "svg":
        tags = {element.tag.partition("}")[2] for element in ElementTree.fromstring(data).iter()}
        assert tags <= {"svg", "title", "rect", "text"}


def test_pictures_and_films_show_the_same_screen(
    making: Making, export: Export, tmp_path: Path
) -> None:
    pieces = [(0, b"\x1b[32mgreen\x1b[m \x1b[7mback\x1b[m\r\n"), (700 * MS, "─┼─ 漢".encode())]
    session = sealed(making, on_terminal(pieces, cols=30, rows=4))
    for name in ("png", "gif", "mp4"):
        (tmp_path / f"x.{name}").write_bytes(export(session, name))
    with Image.open(tmp_path / "x.png") as png, Image.open(tmp_path / "x.gif") as gif:
        still = png.convert("RGB")
        *_, last = (frame.convert("RGB") for frame in ImageSequence.Iterator(gif))
        assert last.tobytes() == still.tobytes()
        assert session.encode() in gif.info["comment"]
        assert session in png.info["Comment"]
    assert apart(decoded(tmp_path / "x.mp4", still.size)[-1], still) < 4


def test_a_session_in_which_nothing_was_shown_is_one_clear_line(
    making: Making, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    session = sealed(making, [ChannelOpened(0, 1, "direct-tcpip", "client")])
    for kind in ("cast2", "svg", "png", "html", "gif", "mp4"):
        path = tmp_path / f"x.{kind}"
        words = ["export", session, "--format", kind, "-o", str(path)]
        assert gatereel.main([*words, "--store", str(making.path)]) == 1
        assert re.fullmatch(r"gatereel: GR-107: nothing .* shown.*\n", capfd.readouterr().err)
        assert not path.exists()


def test_show_draws_one_screen(making: Making, tmp_path: Path) -> None:
    session = sealed(making, on_terminal([(0, b"x")], cols=20, rows=3))
    path = tmp_path / "x.png"
    words = ["show", session, "-o", str(path), "--store", str(making.path)]
    assert gatereel.main(words) == 0
    with Image.open(path) as png:
        assert png.size == (180, 54)
        assert "#e" in png.info["Comment"]
    assert gatereel.main(words) == 1  # nothing is overwritten


@pytest.mark.parametrize(
    ("words", "durations"),
    [
        ([], [500, 5000, 3000]),
        (["--speed", "2", "--idle-cap", "4"], [250, 2000, 3000]),
        (["--idle-time-limit", "1", "--last-frame-duration", "0.5"], [500, 1000, 500]),
    ],
)
def test_films_take_the_options_of_other_recorders(
    making: Making, export: Export, tmp_path: Path, words: list[str], durations: list[int]
) -> None:
    session = sealed(making, on_terminal([(500 * MS, b"a"), (60_000 * MS, b"b")], cols=9, rows=2))
    path = tmp_path / "x.gif"
    path.write_bytes(export(session, "gif", *words))
    with Image.open(path) as gif:
        seen = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert seen == durations


def test_what_breaks_off_leaves_no_file(
    making: Making, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sealed(making, on_terminal([(0, b"x")], cols=20, rows=3))
    folder = tmp_path / "out"
    folder.mkdir()

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("recorder.convert.painter.Painter.paint", stop)
    for kind in ("png", "gif", "mp4"):
        words = ["export", session, "--format", kind, "-o", str(folder / "x")]
        with contextlib.suppress(KeyboardInterrupt):
            assert gatereel.main([*words, "--store", str(making.path)]) != 0
        assert list(folder.iterdir()) == []


def test_where_ffmpeg_is_missing_one_line_says_so(
    making: Making,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    session = sealed(making, on_terminal([(0, b"x")], cols=20, rows=3))
    monkeypatch.setenv("PATH", str(tmp_path))
    words = ["export", session, "-o", str(tmp_path / "x.mp4"), "--store", str(making.path)]
    assert gatereel.main(words) == 1
    assert capfd.readouterr().err == (
        "gatereel: GR-109: an MP4 is encoded by ffmpeg, which is not installed here: install it, "
        "or export a GIF\n"
    )
    assert not (tmp_path / "x.mp4").exists()
