from __future__ import annotations

import stat
from pathlib import Path

import pytest

from replay.clipboard import keep, takes_text


@pytest.mark.parametrize(
    ("environment", "takes"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, False),
        ({}, False),
    ],
)
def test_which_terminals_take_text(environment: dict[str, str], takes: bool) -> None:
    assert takes_text(environment) is takes


def test_what_is_kept_is_the_owners_and_replaces_what_was(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    path = keep("one é\n", folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    path.unlink()
    path.symlink_to(elsewhere)
    assert keep("two", folder) == path
    assert path.read_text("utf-8") == "two"
    assert elsewhere.read_text() == "untouched"
