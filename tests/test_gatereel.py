"""The front door: which verb is whose, and how errors become lines and exit statuses."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gatereel
from recorder.cli import Verb
from recorder.errors import NotFound

ROOT = Path(__file__).parent.parent


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gatereel", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_the_table_of_verbs_is_what_the_packages_have() -> None:
    for package in ("recorder", "gateway", "replay"):
        offered = {verb.name for verb in importlib.import_module(f"{package}.cli").verbs()}
        table = {**gatereel.VERBS, **gatereel.HIDDEN}
        assert offered == {name for name, owner in table.items() if owner == package}


def test_every_verb_says_what_it_does() -> None:
    for package in ("recorder", "gateway", "replay"):
        for verb in importlib.import_module(f"{package}.cli").verbs():
            assert verb.help.strip()


def test_help_lists_every_verb_but_the_hidden() -> None:
    done = run("--help")
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("    ")}
    assert set(gatereel.VERBS) <= listed
    assert not set(gatereel.HIDDEN) & listed


def test_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("gatereel ")


@pytest.mark.parametrize("words", [[], ["no-such-verb"], ["sessions", "--no-such-option"]])
def test_wrong_use_is_2_and_tells_on_stderr(words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "usage: gatereel" in done.stderr


def test_a_moment_before_the_end_needs_no_equals_sign() -> None:
    joined = gatereel._joined(
        ["show", "x", "--at", "-5m", "--to", "--json", "-3", "--", "--at", "-5m"]
    )
    assert joined == ["show", "x", "--at=-5m", "--to", "--json", "-3", "--", "--at", "-5m"]


def test_an_abbreviated_option_is_wrong_use() -> None:
    assert run("sessions", "--jso").returncode == 2


def test_an_error_is_one_line_with_its_code(tmp_path: Path) -> None:
    done = run("info", "0123456789", "--store", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("gatereel: GR-")


def verb_that(act: Callable[[], int]) -> Verb:
    return Verb(
        name="info",
        help="a verb of this test",
        arguments=lambda _: None,
        run=lambda _: act(),
    )


def with_verb(monkeypatch: pytest.MonkeyPatch, act: Callable[[], int]) -> int:
    import recorder.cli

    monkeypatch.setattr(recorder.cli, "verbs", lambda: [verb_that(act)])
    return gatereel.main(["info"])


def test_the_verbs_status_is_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_verb(monkeypatch, lambda: 0) == 0
    assert with_verb(monkeypatch, lambda: 1) == 1


def test_the_operators_line_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> int:
        raise NotFound("no session is called x", operator="looked in an empty folder")

    monkeypatch.delenv("GATEREEL_DEBUG", raising=False)
    assert with_verb(monkeypatch, missing) == 1
    assert capsys.readouterr().err == "gatereel: GR-105: no session is called x\n"
    monkeypatch.setenv("GATEREEL_DEBUG", "1")
    assert with_verb(monkeypatch, missing) == 1
    assert "looked in an empty folder" in capsys.readouterr().err


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert with_verb(monkeypatch, interrupted) == 130


def test_a_reader_that_has_seen_enough_gets_no_complaint() -> None:
    program = f"{sys.executable} -m gatereel --help | head -n 1"
    done = subprocess.run(
        ["sh", "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr == ""
    assert done.stdout.startswith("usage: gatereel")


def test_a_broken_pipe_is_quiet() -> None:
    program = (
        "import sys, recorder.cli, gatereel\n"
        "def flood(_):\n"
        "    for _ in range(100000): print('x' * 100)\n"
        "    return 0\n"
        "recorder.cli.verbs = lambda: [recorder.cli.Verb('info', 'x', lambda _: None, flood)]\n"
        "status = gatereel.main(['info'])\n"
        "print(status, file=sys.stderr)\n"
    )
    flood = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert flood.stdout
    assert flood.stderr
    flood.stdout.readline()
    flood.stdout.close()
    assert flood.stderr.read().strip() == b"0"
    flood.stderr.close()
    assert flood.wait(20) == 0


def test_a_verb_of_one_package_builds_without_the_others() -> None:
    parser = gatereel.build_parser(["recorder"])
    assert isinstance(parser, argparse.ArgumentParser)
    with pytest.raises(SystemExit):
        parser.parse_args(["gateway"])
