"""Foreign recordings as ours, and there and back."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.attest import Signer
from recorder.channel_screen import looks_different
from recorder.convert import export_cast, import_file
from recorder.convert.asciicast import Version
from recorder.errors import ConversionError
from recorder.events import (
    ChannelClosed,
    ChannelOpened,
    End,
    Event,
    Exit,
    Gap,
    Input,
    Marker,
    Output,
    Requested,
    Resize,
    Terminal,
)
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.screen import Frame
from recorder.store import Store
from recorder.verify import verify_reel
from tests.recorder.recordings import Making, on_terminal

CAST = (
    '{"version": 3, "term": {"cols": 90, "rows": 20, "type": "xterm"}, "timestamp": 1504467315, '
    '"title": "A demo", "command": "vim", "idle_time_limit": 2}\n'
    "# a comment\n"
    '[0.25, "o", "h\\u00e9llo"]\n'
    '[1.0, "i", "x"]\n'
    '[0.5, "m", "here"]\n'
    '[0.5, "r", "100x30"]\n'
    '[0.5, "Z", "of a later version"]\n'
    '[0.25, "x", "7"]\n'
)


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Making(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "imported", create=True)


def imported(store: Store, text: str | bytes) -> Recording:
    path = store.path / "some.cast"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Recording(store, import_file(path, store, Signer.generate("tests")))


def events_of(recording: Recording) -> list[Event]:
    return [record.event for record in recording.records()][3:]


def test_every_event_is_kept_with_its_time(store: Store) -> None:
    with imported(store, CAST) as recording:
        assert recording.state == "sealed"
        facts = recording.header.facts
        assert (facts["kind"], facts["protocol"], facts["target"]) == (
            "import",
            "asciicast",
            "A demo",
        )
        assert (facts["cols"], facts["rows"], facts["term"]) == (90, 20, "xterm")
        assert facts["wall"] == 1504467315 * 10**9
        assert facts["claims"]["idle_limit"] == 2_000_000
        assert facts["claims"]["file"] == "some.cast"
        assert events_of(recording) == [
            ChannelOpened(0, 1, "session", "client"),
            Terminal(0, 1, "xterm", 90, 20, 0, 0, b""),
            Requested(0, 1, "exec", b"vim"),
            Output(250_000, 1, "héllo".encode()),
            Input(1_250_000, 1, b"x"),
            Marker(1_750_000, 0, "here"),
            Resize(2_250_000, 1, 100, 30, 0, 0),
            Exit(3_000_000, 1, 7),
            Gap(3_000_000, 0, "events of unknown kinds were left out: 1 of 'Z'"),
            ChannelClosed(3_000_000, 1, "the file ends"),
            End(3_000_000, 0, "imported"),
        ]


def test_what_was_imported_verifies(store: Store) -> None:
    with imported(store, CAST) as recording:
        report = verify_reel(recording.path, store.verifiers())
        assert report.ok


@pytest.mark.parametrize(
    "damage",
    [
        b"nonsense",
        b'{"version": 9}',
        CAST.encode() + b'[0, "o", "late damage"\n',
        CAST.encode() + b'[0, "r", "0x0"]\n',
        CAST.encode() + b'[0, "x", "seven"]\n',
        CAST.encode() + b"\xff\xfe\n",
    ],
)
def test_a_damaged_file_leaves_nothing_behind(store: Store, damage: bytes) -> None:
    with pytest.raises(ConversionError):
        imported(store, damage)
    assert store.ids() == []


def test_a_file_that_is_not_there(store: Store) -> None:
    with pytest.raises(ConversionError, match="No such file"):
        import_file(store.path / "none.cast", store, Signer.generate("tests"))


@pytest.mark.parametrize("name", ["a-folder", "a-pipe", "/dev/zero"])
def test_only_files_are_read(store: Store, name: str) -> None:
    (store.path / "a-folder").mkdir()
    os.mkfifo(store.path / "a-pipe")
    with pytest.raises(ConversionError, match="is no file"):
        import_file(store.path / name, store, Signer.generate("tests"))


def test_the_other_formats_become_recordings_too(store: Store) -> None:
    folder = store.path / "files"
    folder.mkdir()
    (folder / "v1.json").write_bytes(
        b'{"version": 1, "width": 70, "height": 20, "stdout": [[0.5, "text"]]}'
    )
    (folder / "t.ttyrec").write_bytes(b"\1\0\0\0\0\0\0\0\4\0\0\0text")
    (folder / "session").write_bytes(b"Script started on 2026-01-02 03:04:05+00:00 []\ntext")
    (folder / "session.timing").write_bytes(b"0.5 4\n")
    (folder / "typescript").write_bytes(b"Skript gestartet\nxtext")
    (folder / "typed").write_bytes(b"Skript gestartet\nx")
    (folder / "times").write_bytes(b"O 0.0 1\nI 0.0 1\nO 0.5 4\n")
    signer = Signer.generate("tests")
    sessions = [
        import_file(folder / name, store, signer) for name in ("v1.json", "t.ttyrec", "session")
    ]
    sessions.append(
        import_file(
            folder / "typescript",
            store,
            signer,
            timing=folder / "times",
            typed=folder / "typed",
        )
    )
    said = []
    for session in sessions:
        assert verify_reel(store.reel(session), store.verifiers()).ok
        with Recording(store, session) as recording:
            said.append(recording.header.facts)
            shown = [e.data for e in events_of(recording) if isinstance(e, Output)]
            assert b"".join(shown).endswith(b"text")
    assert [facts["protocol"] for facts in said] == ["asciicast", "ttyrec", "script", "script"]
    assert [facts["wall"] // 10**9 for facts in said[1:3]] == [1, 1_767_323_045]
    assert said[2]["claims"].keys() == {"file", "sha256", "timing_sha256", "first_line"}
    assert "typed_sha256" in said[3]["claims"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("v1.json", b'{"version": 1, "width": 70, "height": 20, "stdout": [[0.5, "text"], [1]]}'),
        ("v1.json", b'{"version": 1, "width": 0, "height": 20, "stdout": [[0.5, "text"]]}'),
        ("t.ttyrec", b"\1\0\0\0\0\0\0\0\4\0\0\0texttorn"),
        ("late.cast", b'{"version": 2, "width": 9, "height": 9, "timestamp": 9999999999}\n'),
        ("session", b"Script started on 2026-01-02 03:04:05+00:00 []\ntex"),
    ],
)
def test_damage_of_the_other_formats_leaves_nothing_behind(
    store: Store, name: str, data: bytes
) -> None:
    path = store.path / name
    path.write_bytes(data)
    (store.path / "session.timing").write_bytes(b"0.5 4\n")
    with pytest.raises(ConversionError):
        import_file(path, store, Signer.generate("tests"))
    assert store.ids() == []


def test_a_long_output_becomes_records_of_one_instant(store: Store) -> None:
    text = "漢" * 100_000
    line = f'[1, "o", "{text}"]\n'
    with imported(store, '{"version": 2, "width": 80, "height": 24}\n' + line) as recording:
        outputs = [event for event in events_of(recording) if isinstance(event, Output)]
        assert len(outputs) > 1
        assert {event.at for event in outputs} == {1_000_000}
        assert b"".join(event.data for event in outputs).decode() == text


def frames_of(recording: Recording) -> list[tuple[int, int, Frame]]:
    with Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        return [(f.opened, f.closed, playback.at_frame(f.number).screen) for f in index.frames]


texts = st.sampled_from(
    [
        "a",
        "漢字 ",
        "\r\n",
        "\x1b[31m",
        "\x1b[2J\x1b[H",
        "\x1b[?1049h",
        "\x1b[?1049l",
        "e\u0301",
        "\x1b[?25l",
        "\x1b]2;t\x07",
    ]
)
steps = st.lists(
    st.tuples(st.sampled_from([0, 1, 16_000, 60_000, 400_000]), texts, st.integers(0, 9)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.sampled_from([2, 3]))
def test_there_and_back_the_frames_are_the_same(
    making: Making, store: Store, drawn: list[tuple[int, str, int]], version: Version
) -> None:
    now, events = 0, on_terminal([], cols=20, rows=6)
    for later, text, what in drawn:
        now += later
        if what == 0:
            events.append(Resize(now, 1, 15 + now % 7, 6, 0, 0))
        else:
            events.append(Output(now, 1, text.encode()))
    with making.sealed(events) as original:
        if not any(isinstance(event, Output) for event in events):
            return
        out = io.StringIO()
        export_cast(original, out, version=version)
        before = frames_of(original)
        with imported(store, out.getvalue()) as again:
            after = frames_of(again)
    assert [frame[:2] for frame in after] == [frame[:2] for frame in before]
    assert not any(
        looks_different(one, two) for (_, _, one), (_, _, two) in zip(before, after, strict=True)
    )
