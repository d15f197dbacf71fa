"""The unit and the container file: what they run exists, and the unit is one to systemd too."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import gatereel
from replay.commands.index import NICE
from tests.system.peers import need

FOLDER = Path(__file__).parent.parent / "docs" / "deploy"
UNIT = FOLDER / "gatereel.service"
CONTAINER = FOLDER / "Containerfile"
USERS = FOLDER / "users"
HELPERS = sorted(USERS.glob("*@.service"))


def commands() -> list[list[str]]:
    """Every command line of ours in either file, after its program."""
    found = [
        shlex.split(line)[1:]
        for line in re.findall(r"^Exec\w+=(.+)$", UNIT.read_text(), re.MULTILINE)
        if line.startswith("/usr/local/bin/gatereel ")
    ]
    (words,) = re.findall(r"^CMD (\[.+\])$", CONTAINER.read_text(), re.MULTILINE)
    return [*found, json.loads(words)]


def test_there_are_commands_in_both() -> None:
    assert [words[0] for words in commands()] == ["gateway", "check", "gateway"]


@pytest.mark.parametrize("words", commands(), ids=lambda words: words[0])
def test_what_they_run_is_a_verb_with_these_options(words: list[str]) -> None:
    options = gatereel.build_parser(["gateway"]).parse_args(words)
    assert options.config == "/etc/gatereel/gatereel.toml"


@pytest.mark.parametrize("unit", HELPERS, ids=lambda unit: unit.name)
def test_what_the_helpers_units_run_is_a_verb_with_these_options(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    options = gatereel.build_parser(["recorder", "replay"]).parse_args(shlex.split(line)[1:])
    assert options.store == Path("/var/lib/gatereel/recordings")
    socket = USERS / unit.name.replace("@.service", ".socket")
    page = (FOLDER.parent / "operations.md").read_text()
    (where,) = re.findall(r"^ListenStream=(.+)$", socket.read_text(), re.MULTILINE)
    assert f'= "unix:{where}"' in page


def test_what_the_indexer_may_not_ask_for_itself_its_unit_sets() -> None:
    """Its system call for a lower priority is among those that the filter refuses."""
    unit = (USERS / "gatereel-indexer@.service").read_text()
    assert "SystemCallFilter=~@privileged @resources" in unit
    assert f"\nNice={NICE}\n" in unit


def test_what_the_container_copies_is_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER.read_text(), re.MULTILINE):
        for name in line.split()[:-1]:
            assert (FOLDER.parent.parent / name).exists(), name


def units(folder: Path) -> list[Path]:
    """As systemd has them. Their programs are not installed here; any that is there will do for
    reading them."""
    drop_in = folder / "gatereel.service.d" / "users.conf"
    drop_in.parent.mkdir()
    drop_in.write_text((USERS / "gatereel.service.d-users.conf").read_text())
    for unit in (UNIT, *HELPERS, *USERS.glob("*.socket")):
        (folder / unit.name).write_text(
            unit.read_text().replace("/usr/local/bin/gatereel", need("true"))
        )
    return [folder / unit.name for unit in (UNIT, *HELPERS)]


@pytest.mark.peer
def test_systemd_reads_the_units_and_finds_them_as_hardened_as_the_page_says(
    tmp_path: Path,
) -> None:
    analyze = need("systemd-analyze")
    services = units(tmp_path)
    files = [*tmp_path.glob("*.socket"), *(each for each in services if "@" not in each.name)]
    read = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, files)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in read.stderr.decode().splitlines() if "gatereel" in line]
    assert (read.returncode, ours) == (0, [])
    page = (FOLDER.parent / "operations.md").read_text()
    said = re.search(r"gives the \[unit\]\([^)]+\) ([\d.]+), and .*\n([\d.]+) each", page)
    assert said is not None
    for unit, exposure in zip(services, (said[1], said[2], said[2]), strict=True):
        judged = subprocess.run(
            [
                analyze,
                "security",
                "--offline=true",
                f"--threshold={round(float(exposure) * 10)}",
                str(unit),
            ],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert judged.returncode == 0, judged.stdout.decode()
