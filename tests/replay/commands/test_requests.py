"""``gatereel requests`` and ``withdraw``: what is asked of the gateway, and that nothing acts."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from replay.commands.requests import requests, withdraw
from replay.errors import NotAllowed
from tests.replay.commands.test_kill import fake_client

PLACE = {"gateway": "alice@bastion:2222", "config": None}


@pytest.mark.parametrize(("as_json", "asked"), [(False, "requests"), (True, "requests --json")])
def test_the_list_is_the_gateways(
    as_json: bool,
    asked: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_client(tmp_path, monkeypatch, 'printf "%s|" "$@"; printf "\\033[2J"')
    assert requests(argparse.Namespace(json=as_json, **PLACE)) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"-T|-o|BatchMode=yes|-p|2222|-l|alice|--|bastion|{asked}|")
    assert "\x1b" not in said


def test_what_was_asked_for_is_taken_back_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_client(tmp_path, monkeypatch, 'printf "%s|" "$@"')
    assert withdraw(argparse.Namespace(id="k7m2q9xp", **PLACE)) == 0
    assert "|bastion|withdraw k7m2q9xp|" in capsys.readouterr().out
    fake_client(tmp_path, monkeypatch, 'echo "gatereel: GR-271: no" >&2; exit 1')
    with pytest.raises(NotAllowed, match="GR-271"):
        withdraw(argparse.Namespace(id="k7m2q9xp", **PLACE))
