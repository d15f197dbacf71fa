from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.errors import MomentError
from recorder.moments import AtEvent, AtFrame, AtTime, Moment
from replay.cli import split, verbs

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "name", "moment"),
    [
        ("01a2", "01a2", None),
        ("01a2#e1842", "01a2", AtEvent(1842)),
        ("01a2#f977", "01a2", AtFrame(977)),
        ("01a2@12:03", "01a2", AtTime(723_000_000)),
        ("a@b/x.reel@1h", "a@b/x.reel", AtTime(3_600_000_000)),
        ("x.reel#f1", "x.reel", AtFrame(1)),
        ("#f1", "#f1", None),
    ],
)
def test_a_session_and_where_to_begin(text: str, name: str, moment: Moment | None) -> None:
    assert split(text) == (name, moment)


def test_a_file_that_is_there_is_a_name_as_a_whole(tmp_path: Path) -> None:
    odd = tmp_path / "me@noon.reel#f1"
    odd.write_bytes(b"")
    assert split(str(odd)) == (str(odd), None)


def test_no_moment_after_the_at_is_said() -> None:
    with pytest.raises(MomentError, match="'noon' is not a moment"):
        split("01a2@noon")


def test_the_verbs() -> None:
    assert {"replay", "case", "index"} <= {verb.name for verb in verbs()}


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gatereel", "replay", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_a_terminal_it_says_what_to_do_instead() -> None:
    done = replay()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("gatereel: GR-301: the app needs a terminal")
    assert "`gatereel show SESSION" in done.stderr
    assert done.stderr.count("\n") == 1


def on_a_terminal(*arguments: str, term: str = "xterm-256color") -> tuple[int, bytes]:
    """Exit status and output of the verb on a pseudo-terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.environ["TERM"] = term
        os.execv(sys.executable, [sys.executable, "-m", "gatereel", "replay", *arguments])
    output = b""
    try:
        while piece := os.read(fd, 65536):
            output += piece
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output


@pytest.mark.parametrize(
    ("arguments", "term", "code"),
    [
        (("nobody",), "xterm", b"GR-105"),
        (("nobody@soon",), "xterm", b"GR-108"),
        (("/nowhere/x.reel",), "xterm", b"GR-105"),
        ((), "dumb", b"GR-301"),
    ],
)
def test_what_is_not_so_is_one_line_before_any_screen(
    tmp_path: Path, arguments: tuple[str, ...], term: str, code: bytes
) -> None:
    status, output = on_a_terminal("--store", str(tmp_path), *arguments, term=term)
    assert status == 1
    assert output.startswith(b"gatereel: " + code)
    assert b"\x1b" not in output


def test_a_store_that_is_not_there() -> None:
    status, output = on_a_terminal("--store", "/nowhere/at/all")
    assert status == 1
    assert b"GR-104: there is no store at /nowhere/at/all" in output


def test_a_search_without_a_query_asks_for_the_query_alone() -> None:
    command = [sys.executable, "-m", "gatereel", "search"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.rstrip().endswith("the following arguments are required: QUERY")
