"""What is plain: every shell reads it as exactly these words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.command_line import Plain, Unknown, read


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (b"uptime", ("uptime",)),
        (b"  ls  -l /tmp ", ("ls", "-l", "/tmp")),
        (b"echo 'a b' \"c d\"e''", ("echo", "a b", "c de")),
        (b"dd if=/dev/zero of=x", ("dd", "if=/dev/zero", "of=x")),
        (b"sh -c 'rm -rf /'", ("sh", "-c", "rm -rf /")),
        (b"echo ''", ("echo", "")),
    ],
)
def test_what_is_plain(command: bytes, argv: tuple[str, ...]) -> None:
    assert read(command) == Plain(argv)


@pytest.mark.parametrize(
    "command",
    [
        b"", b" ", b"a;b", b"a&", b"a|b", b"a>b", b"a<b", b"a\nb", b"a\rb", b"$A", b"a `b`", b"a*",
        b"a?", b"[a]", b"{a,b}", b"~/a", b"a #b", b"a\\ b", b"A=b c", b"=ls", b"a =ls", b"!a",
        b'"a$b"', b'"a`b`"', b'"a\\b"', b"'a", b'"a', b"a\x00b", b"\xff", b"cd /", b"eval a",
        b"if a", b"time a", b". a", b"''", b"'a\\'", b"%1", b"a\xc2\xa0b", b"(a)",
        b"a ^b", b"exec a", b"a\tb",
    ],
)  # fmt: skip
def test_what_a_shell_could_read_otherwise_is_unknown(command: bytes) -> None:
    assert read(command) == Unknown()


PIECES = st.lists(
    st.sampled_from(
        [*"ab-/.=%:@,+~$`;&|<>()*?[]{}#!^\\'\" \t\n\r\x01", "é", "'a b'", '"c d"', "\x00"]
    ),
    max_size=12,
).map("".join)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rest=PIECES)
def test_a_shell_runs_exactly_what_was_read(tmp_path: Path, rest: str) -> None:
    shown = tmp_path / "shown"
    if not shown.exists():
        code = "import os,sys;sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode,sys.argv[1:])))"
        shown.write_text(f"#!{sys.executable} -SE\n{code}\n")
        shown.chmod(0o755)
    command = f"{shown} {rest}".encode()
    found = read(command)
    if isinstance(found, Unknown):
        return
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, check=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout == b"\0".join(word.encode() for word in found.argv[1:])
    assert done.stderr == b""
    assert read(found.line.encode()) == found
