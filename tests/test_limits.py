"""The page of limits is the code's: every key with its usual value, every fixed number, codes,
events, and tests that are there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from gateway import approvals, desk, doorstep, health, init
from gateway.config import parse_config
from gateway.disk import DiskSettings
from gateway.limits import Bounds, Limits
from gateway.ssh import bridge, in_vain, pacing, visit

ROOT = Path(__file__).parents[1]
FIXED = {
    "keys tried on a connection": visit.OFFERS,
    "viewers of everybody": desk.MOST,
    "of these, one principal's": desk.MOST_EACH,
    "requests before a channel begins": bridge.EARLY,
    "requests for what is not offered": in_vain.REFUSALS,
    "wait for the disk at the door": int(doorstep.ANSWER),
    "answers that a peer does not read": pacing.TRANSPORT_FLOOD >> 20,
    "requests for metrics at one time": health.MOST,
    "requests that wait for approval": approvals.MOST,
    "of them, one principal's": approvals.MOST_EACH,
}


def rows() -> list[list[str]]:
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def usual() -> dict[str, int]:
    """Of every key that bounds something, as it is where the configuration says nothing."""
    text = re.search(
        r"^```toml\n(.*?)^```",
        (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert text
    ssh = parse_config(ROOT / "gatereel.toml", text[1].encode()).ssh
    found = {
        "[ssh] login_timeout": ssh.login_timeout,
        "[ssh] max_channels": ssh.max_channels,
        "[disk] refuse_below": DiskSettings().refuse_below,
    }
    for settings in (Limits(), Bounds()):
        for each in fields(settings):
            found[f"[limits] {each.name}"] = getattr(settings, each.name)
    return found


def test_every_key_is_there_once_with_its_usual_value() -> None:
    keyed = [(key.group(1), row[2]) for row in rows() if (key := re.match(r"`(.+?)`", row[1]))]
    assert len(keyed) == len(dict(keyed))
    assert {name: int(re.split(r"\D", value)[0]) for name, value in keyed} == usual()


def test_fixed_numbers_are_those_of_the_code() -> None:
    fixed = {row[0]: int(row[2].split()[0]) for row in rows() if row[1] == "fixed"}
    assert fixed == FIXED


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_codes_events_and_tests_exist(row: list[str]) -> None:
    _, _, _, heard, written, shown = row
    errors = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for code in re.findall(r"GR-\d+", heard + written):
        assert f"| {code} |" in errors
    events = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    for event in re.findall(r"`([a-z-]+)`", written):
        assert f"| `{event}` |" in events
    (test,) = re.findall(r"`(test_\w+)`", shown)
    there = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if f"def {test}(" in path.read_text(encoding="utf-8")
    ]
    assert there, test


def test_a_new_configuration_names_no_other_bounds() -> None:
    """What `gatereel init` writes as usual is usual."""
    source = Path(init.__file__).read_text(encoding="utf-8")
    for key, value in re.findall(r"^# (login_timeout|max_channels) = (\d+)", source, re.MULTILINE):
        assert usual()[f"[ssh] {key}"] == int(value)
