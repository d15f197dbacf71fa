"""The verb that the gateway starts: lists, finds and exports only what it is told may be seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recorder import control
from recorder.errors import NotFound
from recorder.store import Store
from replay.commands.served import find
from replay.scope import ServedScope
from tests.replay.test_scope import front, own_only, record


def served(
    store: Store, *words: str, answer: bytes | None = None
) -> tuple[subprocess.CompletedProcess[bytes], list[control.Question]]:
    """The process, as the front starts it, without a terminal."""
    with front(own_only if answer is None else lambda _: answer) as (line, asked):
        done = subprocess.run(
            [
                *(sys.executable, "gatereel.py", "served", "--line", str(line.fileno())),
                *("--store", str(store.path.resolve()), *words),
            ],
            pass_fds=(line.fileno(),),
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    return done, asked


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def test_a_list_holds_only_what_may_be_seen(store: Store) -> None:
    mine = record(store, "alice")
    record(store, "bob")
    done, _ = served(store, "sessions", "--json", "--")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["id"], row["principal"], row["path"]) == (mine, "alice", f"{mine}.reel")
    done, _ = served(store, "sessions", "--", "bob")
    assert (done.returncode, done.stdout) == (1, b"")
    done, _ = served(store, "sessions", "--json", "--", "bob")
    assert (done.returncode, done.stdout) == (1, b"[]\n")
    done, _ = served(store, "sessions", "--", "screen:x")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"GR-315" in done.stderr


def test_an_export_is_asked_for_before_its_first_byte(store: Store) -> None:
    mine, theirs = record(store, "alice"), record(store, "bob")
    done, asked = served(store, "export", "--format", "jsonl", "--", mine)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])
    assert isinstance(asked[-1], control.Act)
    assert (asked[-1].action, asked[-1].session, asked[-1].detail) == ("export", mine, "jsonl")
    done, asked = served(store, "export", "--", theirs)
    assert (done.returncode, done.stdout) == (1, b"")
    assert not [question for question in asked if isinstance(question, control.Act)]


def test_a_gateway_that_says_nothing_sensible_gets_nothing_shown(store: Store) -> None:
    mine = record(store, "alice")
    for words in (("sessions", "--"), ("export", "--", mine)):
        done, _ = served(store, *words, answer=b"what?\n")
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"GR-341" in done.stderr


def test_the_app_needs_a_terminal(store: Store) -> None:
    done, _ = served(store, "replay")
    assert done.returncode == 1
    assert b"GR-301" in done.stderr


def test_what_may_not_be_seen_is_not_found_like_what_is_not_there(store: Store) -> None:
    mine, theirs = record(store, "alice"), record(store, "bob")
    with front(own_only) as (line, _):
        scope = ServedScope(store, line)
        assert find(store, scope, mine[-6:]).id == mine
        said = []
        for name in (theirs, theirs[:-1] + "?"):
            with pytest.raises(NotFound) as raised:
                find(store, scope, name)
            said.append(str(raised.value).replace(name, "NAME"))
        assert said[0] == said[1]
        # One that is hers, among several that begin alike, is the one that is meant.
        assert find(store, scope, mine[:6]).id == mine
