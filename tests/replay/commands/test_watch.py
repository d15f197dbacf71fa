"""``gatereel watch``: asks the gateway, on a terminal, or says why not."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from replay.commands import watch as module
from replay.commands.watch import watch
from replay.errors import NoGateway, NoTerminal

OPTIONS = argparse.Namespace(session="01a2", gateway="bastion", config=None)


def test_without_a_terminal_there_is_nothing_to_watch_on() -> None:
    with pytest.raises(NoTerminal):
        watch(OPTIONS)


def test_a_place_that_is_none_is_said_first() -> None:
    with pytest.raises(NoGateway):
        watch(argparse.Namespace(session="01a2", gateway="-oProxyCommand=x", config=None))


def test_ssh_takes_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    became: list[tuple[str, list[str]]] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "check_terminal", lambda: None)
    monkeypatch.setattr(os, "execv", lambda path, words: became.append((path, words)))
    watch(OPTIONS)
    ((path, words),) = became
    assert path == str(program)
    assert words == ["ssh", "-t", "-l", "gatereel", "--", "bastion", "watch 01a2"]
