"""The verbs: their arguments, and that naming them costs nothing."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from recorder import cli

ROOT = Path(__file__).parents[2]
LINES = {
    "record": ["-o", "x.reel", "--title", "t", "--", "ls", "-l"],
    "info": ["019a", "--json"],
    "show": ["019a", "--at", "50%", "--format", "json", "--channel", "1"],
    "events": ["019a", "--from", "5", "--json"],
    "export": ["019a", "-o", "x.cast", "--from", "1s", "--to", "2s", "--input"],
    "import": ["x", "-o", "x.reel", "--timing", "t", "--typed", "i"],
    "redact": ["019a", "--event", "3-5", "-o", "x.reel", "--reason", "why", "--absent", "f"],
    "preserve": ["019a", "--release", "--reason", "why"],
    "seal": ["--store", "s", "--key", "k"],
}
MODULES = {
    "record": "write",
    "import": "write",
    "seal": "write",
    "export": "export",
    "redact": "keep",
    "preserve": "keep",
}
"""Those that are not in ``read``."""


@pytest.mark.parametrize("verb", cli.verbs(), ids=lambda verb: verb.name)
def test_every_verb_takes_its_arguments_and_has_its_function(verb: cli.Verb) -> None:
    parser = argparse.ArgumentParser()
    verb.arguments(parser)
    options = parser.parse_args(LINES[verb.name])
    assert vars(options)
    assert verb.help
    module = MODULES.get(verb.name, "read")
    name = f"{verb.name}_" if verb.name in ("import", "redact", "preserve") else verb.name
    assert callable(getattr(importlib.import_module(f"recorder.commands.{module}"), name))


def test_what_is_asked_for_is_called_with_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    from recorder.commands import read

    monkeypatch.setattr(read, "info", lambda options: options.wish)
    (verb,) = [verb for verb in cli.verbs() if verb.name == "info"]
    assert verb.run(argparse.Namespace(wish=3)) == 3


def test_a_moment_is_said_in_one_way() -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    (verb,) = [verb for verb in cli.verbs() if verb.name == "show"]
    verb.arguments(parser)
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        parser.parse_args(["019a", "--at", "1s", "--event", "5"])


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, recorder.cli; recorder.cli.verbs();"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'zstandard', 'msgpack', 'cryptography', 'textual', 'asyncssh', 'asyncio'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
