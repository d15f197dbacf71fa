"""The verbs as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gatereel
from tests.gateway.policies.site import lay_out


@pytest.fixture
def config(tmp_path: Path) -> str:
    return str(lay_out(tmp_path))


def test_explain_tells_a_person(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "alice", "exec", "root@web1", "reboot", "--at", "2026-11-24T22:00"]
    assert gatereel.main([*words, "-c", config]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["deny: alice, exec on root@web1", "  by day", "by day, access.cedar:5"]
    assert "were that not forbidden: hold by two" in said


def test_explain_tells_a_program(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "alice", "exec", "root@web1", "reboot", "--json", "-c", config]
    assert gatereel.main([*words, "--at", "2026-11-24T12:00"]) == 1
    held = json.loads(capsys.readouterr().out)
    assert (held["verdict"], held["approvers"]) == ("hold", {"leads": 2})
    approved = ["--approved", "leads", "--approved", "leads"]
    assert gatereel.main([*words, "--at", "2026-11-24T12:00+00:00", *approved]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["id"] for each in found["policies"]] == ["sre", "two", "all"]
    assert [each["line"] for each in found["policies"]] == [2, 10, 15]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["carol", "connect", "root@web1"], "no principal"),
        (["alice", "connect", "root@web1", "--at", "noon"], "is no time"),
        (["alice", "connect", "root@web1", "--source", "home"], "is no IP address"),
    ],
)
def test_what_cannot_be_asked_is_said(
    words: list[str], said: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gatereel.main(["explain", *words, "-c", config]) == 1
    err = capsys.readouterr().err
    assert "GR-261" in err
    assert said in err
