"""``gatereel case`` as somebody writes one: new, add, note, edit, withdraw, sign, merge."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import gatereel
from tests.recorder.builders import Studio
from tests.recorder.openssh import agent, keygen, make_key
from tests.replay.cases import recorded


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with Studio(tmp_path / "store") as studio:
        (tmp_path / "session").write_text(recorded(studio))
    monkeypatch.setenv("GATEREEL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("GATEREEL_AUTHOR", "alice")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GATEREEL_ALLOWED_SIGNERS", raising=False)
    monkeypatch.delenv("GATEREEL_CONFIG", raising=False)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str | Path) -> int:
    return gatereel.main(["case", *map(str, words)])


def listed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert run("list", *words, "--all", "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_case_is_written(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = (desk / "session").read_text()
    assert run("new", "a.case", "--title", "Night") == 0
    assert run("add", "a.case", f"{session}#f1", "--note", "look") == 0
    assert run("add", "a.case", f"{session[-8:]}@50%") == 0
    assert run("add", "a.case", session) == 0
    found = listed(capsys, "a.case")
    assert found["title"] == "Night"
    assert [b["note"] for b in found["bookmarks"]] == ["look", "", ""]
    assert [b["frame"] for b in found["bookmarks"]] == [1, 0, 2]
    name = found["bookmarks"][0]["name"]
    assert run("edit", "a.case", name[:9], "look here") == 0
    assert run("note", "a.case", "why", "--on", name[:9]) == 0
    assert run("note", "a.case", "in all", "--as", "bob") == 0
    assert run("withdraw", "a.case", found["bookmarks"][1]["name"]) == 0
    found = listed(capsys, "a.case")
    assert found["bookmarks"][0]["note"] == "look here"
    assert [n["note"] for n in found["bookmarks"][0]["notes"]] == ["why"]
    assert [n["author"] for n in found["notes"]] == ["bob"]
    assert [b["withdrawn"] for b in found["bookmarks"]] == [False, True, False]


def test_it_is_signed_with_a_file_or_the_agent(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = make_key(desk), make_key(desk, "ecdsa256")
    run("new", "a.case")
    assert run("sign", "a.case", "--key", key) == 0
    assert run("note", "a.case", "later") == 0
    assert run("sign", "a.case") == 1
    assert "SSH_AUTH_SOCK" in capsys.readouterr().err
    with agent(desk, key, other) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        assert run("sign", "a.case") == 1
        assert "say which" in capsys.readouterr().err
        assert run("sign", "a.case", "--key", other.with_suffix(".pub")) == 0
    assert run("note", "a.case", "bob's", "--as", "bob") == 0
    assert run("sign", "a.case") == 0
    assert "bob did not sign" in capsys.readouterr().out
    assert [n["standing"] for n in listed(capsys, "a.case")["notes"]] == [
        "unknown signer", "unsigned",
    ]  # fmt: skip


def test_an_encrypted_key_asks(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(desk, "ed25519", "a secret")
    run("new", "a.case")
    monkeypatch.setattr("getpass.getpass", lambda prompt: "wrong" if key.name in prompt else "")
    assert run("sign", "a.case", "--key", key) == 1
    assert "wrong passphrase" in capsys.readouterr().err
    monkeypatch.setattr("getpass.getpass", lambda _: "a secret")
    assert run("sign", "a.case", "--key", key) == 0

    def closed(_: str) -> str:
        raise EOFError

    run("note", "a.case", "x")
    monkeypatch.setattr("getpass.getpass", closed)
    assert run("sign", "a.case", "--key", key) == 1
    assert "no terminal" in capsys.readouterr().err


def test_stock_tools_check_an_entry(desk: Path) -> None:
    key = make_key(desk)
    run("new", "a.case")
    run("sign", "a.case", "--key", key)
    entry, signature = (desk / "a.case").read_bytes().splitlines(keepends=True)
    (desk / "sig").write_text(json.loads(signature)["signature"])
    (desk / "allowed").write_text(f"alice {key.with_suffix('.pub').read_text()}")
    keygen("-Y", "verify", "-f", "allowed", "-I", "alice", "-n", "case@gatereel", "-s", "sig",
           data=entry)  # fmt: skip


def test_copies_are_merged(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("new", "a.case")
    shutil.copy("a.case", "b.case")
    run("note", "a.case", "one")
    run("note", "b.case", "two", "--as", "bob")
    assert run("merge", "a.case", "b.case") == 0
    assert {n["note"] for n in listed(capsys, "a.case")["notes"]} == {"one", "two"}


def test_what_cannot_be_done_is_said(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("note", "nothing.case", "x") == 1
    run("new", "a.case")
    assert run("new", "a.case") == 1
    assert run("edit", "a.case", "ffff", "x") == 1
    assert run("edit", "a.case", "", "x") == 1
    assert run("add", "a.case", "01234567") == 1
    assert run("add", "a.case", f"{(desk / 'session').read_text()}#e99999") == 1
    codes = [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()]
    assert codes == ["GR-320", "GR-320", "GR-320", "GR-320", "GR-105", "GR-108"]
