"""The unit and the container file: what they run exists, and the unit is one to systemd too."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import gatereel
from tests.system.peers import need

FOLDER = Path(__file__).parent.parent / "docs" / "deploy"
UNIT = FOLDER / "gatereel.service"
CONTAINER = FOLDER / "Containerfile"


def commands() -> list[list[str]]:
    """Every command line of ours in either file, after its program."""
    found = [
        shlex.split(line)[1:]
        for line in re.findall(r"^Exec\w+=(.+)$", UNIT.read_text(), re.MULTILINE)
    ]
    (words,) = re.findall(r"^CMD (\[.+\])$", CONTAINER.read_text(), re.MULTILINE)
    return [*found, json.loads(words)]


def test_there_are_commands_in_both() -> None:
    assert [words[0] for words in commands()] == ["gateway", "check", "gateway"]


@pytest.mark.parametrize("words", commands(), ids=lambda words: words[0])
def test_what_they_run_is_a_verb_with_these_options(words: list[str]) -> None:
    options = gatereel.build_parser(["gateway"]).parse_args(words)
    assert options.config == "/etc/gatereel/gatereel.toml"


def test_what_the_container_copies_is_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER.read_text(), re.MULTILINE):
        for name in line.split()[:-1]:
            assert (FOLDER.parent.parent / name).exists(), name


@pytest.mark.peer
def test_systemd_reads_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    analyze = need("systemd-analyze")
    # Its programs are not installed here; any that is there will do for reading it.
    text = UNIT.read_text().replace("/usr/local/bin/gatereel", need("true"))
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    read = subprocess.run(
        [analyze, "verify", "--man=no", str(unit)], capture_output=True, timeout=60, check=False
    )
    ours = [line for line in read.stderr.decode().splitlines() if UNIT.name in line]
    assert (read.returncode, ours) == (0, [])
    judged = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=30", str(unit)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout.decode()
