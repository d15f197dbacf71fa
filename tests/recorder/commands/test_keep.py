"""``gatereel redact`` and ``preserve``, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gatereel
from recorder.commands import keep
from recorder.commands.keep import still_readable
from recorder.events import Output
from recorder.keeping import held
from recorder.store import Store
from tests.recorder.builders import Studio
from tests.recorder.test_redact import SECRET, story


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GATEREEL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GATEREEL_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    with Studio(tmp_path / "store") as studio:
        return studio.whole(story())


def run(*words: str) -> int:
    return gatereel.main(list(words))


def test_a_copy_is_made_and_verifies(session: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--event", "5-7", "--event", "8", "-o", "copy", "--reason", "a password")
    assert run("redact", session[-9:], *words) == 0
    assert "copy.reel: " in capsys.readouterr().out
    assert run("verify", "copy.reel") == 0
    out = capsys.readouterr().out
    assert f"a copy of {session}" in out
    assert "without events 5-8" in out
    assert run("info", "copy.reel", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["header"]["redacted"].keys() == {"session", "by", "reason"}
    assert run("show", "copy.reel", "-o", "screen.txt") == 0
    assert Path("screen.txt").read_text() == "and on\n"
    assert SECRET not in Path("copy.reel").read_bytes()


def test_exports_say_what_was_done(session: str) -> None:
    words = ("--event", "5-8", "-o", "copy.reel", "--reason", "a password")
    assert run("redact", session, *words) == 0
    assert run("preserve", session, "--reason", "a lawsuit") == 0
    for name, suffix, said in (
        ("copy.reel", "txt", f"a redacted copy of {session}"),
        ("copy.reel", "json", f"a redacted copy of {session}"),
        (session, "txt", "under a legal hold: a lawsuit"),
        (session, "json", '"preserved": "a lawsuit"'),
    ):
        out = Path(f"{name[:4]}.{suffix}")
        assert run("export", name, "-o", str(out)) == 0
        assert said in out.read_text()


def test_what_is_still_readable_stops_it(session: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("secret").write_bytes(SECRET + b"\n")
    words = ("-o", "copy.reel", "--reason", "a password", "--absent", "secret")
    assert run("redact", session, "--event", "5-7", *words) == 1
    assert "in event 8" in capsys.readouterr().err
    assert not Path("copy.reel").exists()
    assert not list(Path().glob(".copy*"))
    assert run("redact", session, "--event", "5-8", *words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["struck"] == 5
    assert not Path("copy.index").exists()
    assert not list(Path().glob(".copy*"))


def test_a_copy_has_its_name_only_after_it_was_looked_through(
    session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("secret").write_bytes(SECRET + b"\n")
    looked: list[bool] = []

    def look(copy: Path, secret: str) -> str:
        looked.append(Path("copy.reel").exists())
        return still_readable(copy, secret)

    monkeypatch.setattr(keep, "still_readable", look)
    words = ("-o", "copy.reel", "--reason", "a password", "--absent", "secret")
    assert run("redact", session, "--event", "5-8", *words) == 0
    assert looked == [False]
    assert Path("copy.reel").exists()


@pytest.mark.parametrize(
    ("pieces", "where"),
    [
        ([b"hunt", b"er2"], "across events up to 5"),
        ([b"hu\x1b[31mnter2"], "on frame 0"),
        ([b"hXnter2\x1b[1;2Hu"], "on frame 0"),
        ([b"hunter3"], ""),
    ],
)
def test_a_text_is_found_however_it_was_written(
    tmp_path: Path, pieces: list[bytes], where: str
) -> None:
    with Studio(tmp_path) as studio:
        shown = [Output(at, 1, piece) for at, piece in enumerate(pieces)]
        session = studio.whole(shown)
    assert still_readable(studio.store.reel(session), "hunter2") == where


@pytest.mark.parametrize(
    "words",
    [
        ("--event", "x"),
        ("--event", "5-900"),
        ("--event", "5", "--absent", "nothing"),
        ("--event", "5", "--absent", "empty"),
    ],
)
def test_what_cannot_be_redacted_is_said(
    session: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").write_text("\n")
    assert run("redact", session, *words, "-o", "copy.reel", "--reason", "x") == 1
    assert "GR-116" in capsys.readouterr().err
    assert not Path("copy.reel").exists()


def test_a_copy_without_its_header_says_so(
    session: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("redact", session, "--event", "0", "-o", "copy", "--reason", "its command") == 0
    assert run("verify", "copy.reel") == 0
    out = capsys.readouterr().out
    assert "without events 0, by " in out
    assert "its header was struck" in out


def test_a_session_is_preserved_listed_and_released(
    session: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(Path("store"))
    assert run("preserve") == 0
    assert "no session is preserved" in capsys.readouterr().out
    assert run("preserve", session) == 1
    assert "say why" in capsys.readouterr().err
    assert run("preserve", session[:20], "--reason", "lawsuit \x1b[31m") == 0
    assert "it is not pruned" in capsys.readouterr().out
    assert held(store, session) is not None
    assert run("preserve") == 0
    out = capsys.readouterr().out
    assert session in out
    assert "\x1b" not in out
    assert run("preserve", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["session"] == session
    assert run("info", session, "--json") == 0
    assert json.loads(capsys.readouterr().out)["preserved"]["reason"].startswith("lawsuit")
    assert run("verify") == 0
    assert "preserved since" in capsys.readouterr().out
    assert run("preserve", session, "--release", "--reason", "over", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"session": session, "held": False}
    assert run("verify") == 0
