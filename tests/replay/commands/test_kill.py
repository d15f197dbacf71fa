"""``gatereel kill``: what is asked of the gateway, by an ssh that says what it was given."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from replay.commands.kill import kill
from replay.errors import NoGateway, NotAllowed

OPTIONS = argparse.Namespace(
    session="01a2", reason="it's late", gateway="alice@bastion:2222", config=None
)


def fake_client(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An ``ssh`` in front of all others: what it is called with is what is tested here."""
    path = folder / "ssh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_the_gateway_is_asked_with_nobody_to_answer_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_client(tmp_path, monkeypatch, 'printf "%s|" "$@"; printf "\\033[2J"')
    assert kill(OPTIONS) == 0
    said = capsys.readouterr().out
    expected = "-T|-o|BatchMode=yes|-p|2222|-l|alice|--|bastion|kill 01a2 --reason "
    assert said.startswith(expected)
    assert "\x1b" not in said


def test_a_refusal_is_the_gateways_own_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_client(tmp_path, monkeypatch, 'echo noise >&2; echo "gatereel: GR-210: no" >&2; exit 1')
    with pytest.raises(NotAllowed, match="GR-210: no"):
        kill(OPTIONS)


def test_no_client_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoGateway):
        kill(OPTIONS)
