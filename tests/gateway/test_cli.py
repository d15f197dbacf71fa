from __future__ import annotations

import json
from pathlib import Path

import pytest

import gatereel
from gateway import cli


def test_every_verb_is_there() -> None:
    names = ["demo", "init", "target", "gateway", "check", "verify", "explain", "backtest"]
    assert [verb.name for verb in cli.verbs()] == names
    assert all(verb.help for verb in cli.verbs())


def test_init_then_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gatereel.main(["init", str(tmp_path / "gw")]) == 0
    assert "gatereel check -c " in capsys.readouterr().out
    config = str(tmp_path / "gw" / "gatereel.toml")
    assert gatereel.main(["check", "-c", config]) == 0
    said = capsys.readouterr().out
    assert "note: nobody can come in" in said
    assert "0 principals, 0 targets, 1 policies: all in order" in said
    assert gatereel.main(["check", "-c", config, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["problems"], len(told["notes"])) == (True, [], 1)


def test_check_says_what_is_wrong_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gatereel.main(["init", str(tmp_path)])
    config = tmp_path / "gatereel.toml"
    config.write_text(config.read_text().replace("listen =", "listn ="))
    capsys.readouterr()
    assert gatereel.main(["check", "-c", str(config)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"gatereel: GR-220: {config}:")
    assert said.err.count("\n") == 1
    assert gatereel.main(["check", "-c", str(config), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["problems"][0]["code"] == "GR-220"


def test_wrong_use_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        gatereel.main(["gateway", "--no-such"])
    assert stopped.value.code == 2
    with pytest.raises(SystemExit) as stopped:
        gatereel.main(["target", "enrol"])
    assert stopped.value.code == 2
    capsys.readouterr()


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert cli._yes(False) is False
    assert cli._yes(True) is True
