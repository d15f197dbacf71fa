"""The demo itself, with OpenSSH's client and with ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import gatereel
from gateway.demo.run import _require
from gateway.refusals import DemoError
from recorder.store import Store
from recorder.verify_store import verify_store

pytestmark = pytest.mark.peer


def test_headless_it_records_verifies_seeks_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gatereel.main(["demo", "--headless", "--folder", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr().out
    for words in (
        "recorded  ",
        "verified  ",
        "sought    ",
        "the last screen:",
        "世界 says goodbye",
    ):
        assert words in said
    store = Store.open(tmp_path / "demo" / "recordings")
    assert all(report.ok for report in verify_store(store, store.verifiers()))
    assert not list(store.path.glob("*.journal"))
    # What policy said of it comes out again: of the sets that are kept, and of the demo's own.
    assert gatereel.main(["verify", str(store.path), "--decisions"]) == 0
    assert "2 come out the same under" in capsys.readouterr().out
    policies = str(tmp_path / "demo" / "policies")
    assert gatereel.main(["backtest", policies, str(store.path)]) == 0
    said = capsys.readouterr().out
    assert "sessions: 0 decisions would change" in said
    assert "0 left out" in said


def test_without_openssh_it_brings_its_own_client(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "sh", "stty", "uname", "ls", "sleep", "grep"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))
    words = ["demo", "--headless", "--json", "--folder", str(tmp_path / "demo")]
    assert gatereel.main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["status"] == 4
    assert found["principal"] == "visitor"
    assert found["events"] > 20


def test_what_is_not_so_ends_it() -> None:
    with pytest.raises(DemoError, match="please report it"):
        _require(False, "something")


def test_nothing_of_it_is_left_running(tmp_path: Path) -> None:
    assert gatereel.main(["demo", "--headless", "--folder", str(tmp_path)]) == 0
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(tmp_path) not in listed.stdout
    assert os.access(tmp_path, os.R_OK)
