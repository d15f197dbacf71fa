"""Rows that an administrator writes: those that come out, and the line for each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gatereel
from gateway.config import load_config
from gateway.policies.trials import moment, tried
from tests.gateway.policies.site import lay_out

GOOD = """
[[test]]
name = "a reboot waits for two"
principal = "alice"
action = "exec"
target = "web1"
account = "root"
what = "reboot"
expect = "hold"
policies = ["two"]

[[test]]
principal = "alice"
action = "exec"
target = "web1"
account = "root"
what = "reboot"
at = "2026-11-24T22:00"
expect = "deny"
policies = ["day"]

[[test]]
principal = "carol"
kind = "person"
groups = ["leads"]
action = "shell"
target = "db9"
account = "postgres"
labels = { env = "prod" }
terminal = true
expect = "allow"
policies = ["leads"]
obligations = []

[[test]]
principal = "bob"
kind = "person"
groups = ["sre"]
action = "forward"
target = "web1"
account = "app"
what = "db:5432"
source = "192.0.2.4"
expect = "allow"
obligations = ["not the gateway's own surroundings"]
"""


def site(folder: Path, text: str) -> Path:
    path = lay_out(folder)
    (folder / "policies" / "tests.toml").write_text(text)
    return path


def wrong(folder: Path, text: str) -> list[str]:
    return [each.person for each in tried(load_config(site(folder, text)))[1]]


def test_rows_that_come_out_as_expected(tmp_path: Path) -> None:
    assert tried(load_config(site(tmp_path, GOOD))) == (4, [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('expect = "hold"', 'expect = "allow"', '2 "a reboot waits for two": expected allow by'),
        ('policies = ["two"]', 'policies = ["day"]', "hold by day, and policy says hold by two"),
        ('at = "2026-11-24T22:00"', 'at = "2026-11-24T12:00"', ":12: expected deny by day"),
        ("obligations = []", 'obligations = ["notice:x"]', "with notice:x, and policy says allow"),
        ('groups = ["leads"]', "groups = []", "leads with none, and policy says deny"),
        ('env = "prod"', 'env = "test"', "policy says deny"),
    ],
)  # fmt: skip
def test_a_row_that_comes_out_otherwise_has_a_line(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    (line,) = wrong(tmp_path, GOOD.replace(old, new, 1))
    assert said in line


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("what = ", "waht = ", 'did you mean "what"?'),
        ('expect = "hold"', 'expect = "maybe"', 'must be "allow" or "deny" or "hold"'),
        ('expect = "hold"', "", 'write expect = "deny"'),
        ('principal = "alice"', 'principal = "eve"', 'no principal "eve"'),
        ('at = "2026-11-24T22:00"', 'at = "noon"', '"noon" is no time'),
        ("[[test]]", "[[tests]]", "there is no such key"),
        ("[[test]]", "[[test", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    (line,) = wrong(tmp_path, GOOD.replace(old, new, 1))
    assert said in line
    assert "tests.toml" in line


def test_without_the_file_nothing_is_tried(tmp_path: Path) -> None:
    assert tried(load_config(lay_out(tmp_path))) == (0, [])


def test_check_runs_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site(tmp_path, GOOD.replace('expect = "hold"', 'expect = "allow"'))
    assert gatereel.main(["check", "-c", str(path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["tests"] == 4
    assert "GR-262" in [each["code"] for each in told["problems"]]


def test_times_are_of_the_gateways_own_zone() -> None:
    berlin, offset = moment("2026-07-01T08:00", "Europe/Berlin")
    assert offset == 7200
    assert moment("2026-07-01T06:00+00:00", "Europe/Berlin") == (berlin, offset)
    with pytest.raises(ValueError, match="is no time"):
        moment("later", "UTC")
