"""Who may import whom, and what a light start may not load.

The static half is import-linter's contracts in pyproject.toml; the dynamic half asks a fresh
interpreter, since an import inside a function is invisible to the one and decisive here.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("recorder", "gateway", "replay")
HEAVY = {"textual", "rich", "asyncssh", "pyte", "zstandard", "msgpack", "cryptography", "uvloop"}


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after this code."""
    program = f"import sys\n{code}\nprint('\\n', *sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_imports_the_front_door() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Import(names=names):
                        imported = {name.name for name in names}
                    case ast.ImportFrom(module=str(module)):
                        imported = {module}
                    case _:
                        continue
                assert "gatereel" not in imported, path


@pytest.mark.parametrize(
    ("code", "never"),
    [
        ("import recorder.reader", {"textual", "rich", "asyncssh", "pyte", "asyncio"}),
        ("import recorder.journal", {"textual", "asyncssh", "pyte", "asyncio"}),
        ("import recorder.verify", {"textual", "asyncssh", "pyte", "asyncio"}),
        ("import gateway.relay, gateway.wire.terminal", {"asyncio", "asyncssh", "socket"}),
        ("import gateway.policy", {"asyncio", "asyncssh", "socket"}),
        ("import gateway.serve", {"textual", "rich", "pyte", "replay"}),
        ("import replay.player, replay.timeline", {"asyncio", "textual", "asyncssh", "gateway"}),
        ("import replay.tui.app", {"asyncssh", "gateway"}),
    ],
)
def test_a_module_does_not_load(code: str, never: set[str]) -> None:
    assert not loaded(code) & never


@pytest.mark.parametrize("package", PACKAGES)
def test_the_verbs_of_a_package_load_nothing_heavy(package: str) -> None:
    found = loaded(f"import {package}.cli\n{package}.cli.verbs()")
    assert not found & (HEAVY | {"asyncio"})


@pytest.mark.parametrize("verb", ["sessions", "search", "record", "gateway", "replay"])
def test_help_loads_nothing_heavy(verb: str) -> None:
    call = f"import gatereel\ntry: gatereel.main(['{verb}', '--help'])\nexcept SystemExit: pass"
    assert not loaded(call) & (HEAVY | {"asyncio"})


def test_only_the_package_of_the_verb_is_loaded() -> None:
    call = "import gatereel\ntry: gatereel.main(['info', '--help'])\nexcept SystemExit: pass"
    assert not loaded(call) & {"gateway", "replay"}
