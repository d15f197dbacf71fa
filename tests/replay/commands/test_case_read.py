"""``gatereel case`` as somebody reads one: list, show, verify, export, with and without --json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gatereel
from tests.recorder.builders import Studio
from tests.recorder.openssh import keygen, make_key
from tests.replay.cases import begun, kept, recorded


class Desk:
    def __init__(self, folder: Path) -> None:
        with Studio(folder / "store") as studio:
            self.session = recorded(studio)
            file = begun(folder)
            self.name = file.add(kept(studio, self.session), "look \x1b[31m[b]").name
        file.note("of it all")
        self.key = make_key(folder)
        self.path = str(file.path)
        (folder / "allowed").write_text(f"alice {self.key.with_suffix('.pub').read_text()}")
        assert (
            gatereel.main(["case", "sign", self.path, "--key", str(self.key), "--as", "alice"]) == 0
        )


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("GATEREEL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("GATEREEL_ALLOWED_SIGNERS", str(tmp_path / "allowed"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GATEREEL_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def run(*words: str) -> int:
    return gatereel.main(["case", *words])


def test_list_and_show(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("list", desk.path) == 0
    out = capsys.readouterr().out
    assert f"{desk.session}#e" in out
    assert "(alice, signed)" in out
    assert "look \\x1b[31m[b]" in out
    assert run("show", desk.path, desk.name[:8]) == 0
    out = capsys.readouterr().out
    assert "| $ cat /etc/shadow" in out
    assert "\x1b" not in out
    assert run("show", desk.path, desk.name, "--format", "svg") == 0
    assert capsys.readouterr().out.startswith("<svg")
    assert run("show", desk.path, desk.name, "--format", "ansi") == 0
    assert "\x1b[31mshadow" in capsys.readouterr().out
    assert run("show", desk.path, desk.name, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["session"] == desk.session
    assert facts["standing"] == "known"
    assert facts["body"]["screen"]["size"] == [40, 5]


def test_show_of_what_is_no_bookmark(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    run("list", desk.path, "--json")
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert run("show", desk.path, note["name"]) == 0
    assert "of it all" in capsys.readouterr().out


def test_verify(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", desk.path) == 0
    assert "Night: verified" in capsys.readouterr().out
    assert run("verify", desk.path, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ok"] is True
    assert {"name", "ok", "detail", "where"} == set(facts["checks"][0])
    keys = ("--recorder-key", "store/verifiers")
    assert run("verify", desk.path, "--offline", *keys) == 0
    assert run("verify", desk.path, "--offline") == 1
    Path("nobody").write_text("")
    assert run("verify", desk.path, "--allowed-signers", "nobody") == 1
    assert "nobody vouches for" in capsys.readouterr().out


def test_verify_without_a_store(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEREEL_STORE", "nowhere")
    assert run("verify", desk.path, "--recorder-key", "store/verifiers") == 0
    assert run("verify", desk.path, "--store", "nowhere") == 1


def test_the_usual_list_of_signers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEREEL_ALLOWED_SIGNERS")
    assert run("verify", desk.path) == 1
    Path(".ssh").mkdir()
    Path("allowed").rename(".ssh/allowed_signers")
    assert run("verify", desk.path) == 0


def test_damage_is_told_and_fails(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with Path(desk.path).open("ab") as file:
        file.write(b"junk\n")
    assert run("list", desk.path) == 0
    assert "line" in capsys.readouterr().err
    assert run("verify", desk.path) == 1


@pytest.mark.parametrize("name", ["out.html", "out.txt"])
def test_export(desk: Desk, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", desk.path, "-o", name) == 0
    text = Path(name).read_text()
    assert desk.session in text
    assert "alice, signed" in text
    assert "\x1b" not in text
    assert run("export", desk.path, "-o", name) == 1
    assert "there already" in capsys.readouterr().err
    assert run("export", desk.path, "-o", "out.pdf") == 1


def test_the_key_of_a_case_is_the_one_that_ssh_keygen_names(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    run("list", desk.path, "--json")
    (fingerprint,) = json.loads(capsys.readouterr().out)["keys"]
    assert fingerprint in keygen("-l", "-f", desk.key).stdout.decode()
