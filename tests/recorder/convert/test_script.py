"""Typescripts, as the real program writes them and as nobody should."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.convert.foreign import About
from recorder.convert.script import Script
from recorder.errors import ConversionError
from recorder.events import Event, Exit, Gap, Input, Output, Resize, Signal, Typed, Withheld
from tests.system.peers import need

FIRST = (
    b'Script started on 2026-11-23 18:04:40+00:00 [COMMAND="printf "hi"" TERM="xterm" '
    b'TTY="/dev/pts/1" COLUMNS="90" LINES="20"]\n'
)
LAST = b'\nScript done on 2026-11-23 18:04:41+00:00 [COMMAND_EXIT_CODE="3"]\n'
CLASSIC = (FIRST + b"hi\r\nthere" + LAST, b"0.5 4\n0.25 5\n")
FACTS = (
    b"H 0.000000 START_TIME 2026-11-23 18:04:40+01:00\nH 0.000000 TERM vt100\n"
    b"H 0.000000 COLUMNS 70\nH 0.000000 LINES 30\nH 0.000000 COMMAND top -b\n"
    b"H 0.000000 OUTPUT_LOG io\nH 0.000000 INPUT_LOG io\n"
)
ENTRIES = (
    b"I 0.5 3\nO 0.25 4\nS 0.25 SIGWINCH ROWS=31 COLS=71\nS 0.0 SIGTERM\nQ 0.0 x\n"
    b"H 0.000000 EXIT_CODE 4\n"
)
ADVANCED = (FIRST + b"ls\rout\n" + LAST, FACTS + ENTRIES)


def read(
    folder: Path, script: bytes, timing: bytes, typed: bytes | None = None
) -> tuple[About, list[Event]]:
    for name, data in (("io", script), ("timing", timing), ("in", typed or b"")):
        (folder / name).write_bytes(data)
    with (
        (folder / "io").open("rb") as output,
        (folder / "timing").open("rb") as times,
        (folder / "in").open("rb") as log,
    ):
        source = Script(output, times, log if typed is not None else None)
        events = list(source.events())
        assert list(source.events()) == events
        return source.about(), events


def test_the_classic_format(tmp_path: Path) -> None:
    about, events = read(tmp_path, *CLASSIC)
    assert events == [
        Output(500_000, 1, b"hi\r\n"),
        Output(750_000, 1, b"there"),
        Exit(750_000, 1, 3),
    ]
    assert (about.cols, about.rows, about.term) == (90, 20, "xterm")
    assert about.command == 'printf "hi"'
    assert about.began_ns == 1_795_457_080 * 10**9
    assert about.claims["first_line"] == FIRST.decode().strip()
    assert about.claims["last_line"] == LAST.decode().strip()


def test_the_advanced_format_with_one_log_of_both_ways(tmp_path: Path) -> None:
    about, events = read(tmp_path, *ADVANCED)
    assert events == [
        Input(500_000, 1, b"ls\r"),
        Output(750_000, 1, b"out\n"),
        Resize(1_000_000, 1, 71, 31, 0, 0),
        Signal(1_000_000, 1, "TERM"),
        Exit(1_000_000, 1, 4),
        Gap(1_000_000, 0, "entries of unknown kinds were left out: 1 of Q"),
    ]
    assert (about.cols, about.rows, about.term) == (70, 30, "vt100")
    assert (about.command, about.began_ns) == ("top -b", 1_795_453_480 * 10**9)
    assert about.claims["facts"]["INPUT_LOG"] == "io"


def test_typed_bytes_of_another_log_only_where_it_is_given(tmp_path: Path) -> None:
    timing = FACTS.replace(b"INPUT_LOG io", b"INPUT_LOG /etc/passwd") + ENTRIES
    output = FIRST + b"out\n" + LAST
    _, events = read(tmp_path, output, timing)
    assert events[:2] == [Typed(500_000, 1, 3), Withheld(500_000, 1, 3)]
    _, events = read(tmp_path, output, timing, FIRST + b"ls\r" + LAST)
    assert events[0] == Input(500_000, 1, b"ls\r")


def test_bytes_without_a_time_are_told(tmp_path: Path) -> None:
    _, events = read(tmp_path, CLASSIC[0], b"0.5 4\n")
    said = f"{5 + len(LAST)} bytes of the typescript have no time and were left out"
    assert events[-1] == Gap(500_000, 0, said)


def test_nothing_has_to_be_said_of_the_session(tmp_path: Path) -> None:
    about, events = read(tmp_path, b"Skript gestartet: gestern\nab", b"0.5 2\n")
    assert events == [Output(500_000, 1, b"ab")]
    assert (about.cols, about.rows, about.term, about.began_ns) == (0, 0, "", None)
    odd = FIRST.replace(b"2026-11-23", b"2026-13-99").replace(b'"90"', b'"99999"')
    about, _ = read(tmp_path, odd + b"ab", b"0.5 2\n")
    assert (about.cols, about.began_ns) == (1000, None)


@pytest.mark.parametrize(
    ("script", "timing"),
    [
        (b"", CLASSIC[1]),
        (b"no line end", CLASSIC[1]),
        (b"x" * (1 << 17) + b"\n", CLASSIC[1]),
        (FIRST + b"hi", CLASSIC[1]),
        (CLASSIC[0], b""),
        (CLASSIC[0], b"0.5 999999999999999\n"),
        (CLASSIC[0], b"1000000001 1\n"),
        (CLASSIC[0], b"S 0.1 SIGWINCH\n"),
        (FIRST, FACTS + b"I 0.5 3\n"),
    ],
)
def test_what_is_none_has_one_error(tmp_path: Path, script: bytes, timing: bytes) -> None:
    with pytest.raises(ConversionError) as caught:
        read(tmp_path, script, timing)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("files", [CLASSIC, ADVANCED])
def test_every_cut_and_every_changed_byte_is_read_or_refused(
    tmp_path: Path, files: tuple[bytes, bytes]
) -> None:
    script, timing = files
    trials = [(script[:end], timing) for end in range(len(script))]
    trials += [(script, timing[:end]) for end in range(len(timing))]
    for at in range(len(timing)):
        trials += [
            (script, timing[:at] + bytes([byte]) + timing[at + 1 :]) for byte in b"\x00\xff9 OZ"
        ]
    for one, other in trials:
        try:
            read(tmp_path, one, other)
        except ConversionError:
            continue


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path: Path, script: bytes, timing: bytes) -> None:
    for one, other in ((script, timing), (FIRST + script, timing), (FIRST, FACTS + timing)):
        try:
            read(tmp_path, one, other)
        except ConversionError:
            continue


def recorded(folder: Path, *options: str, command: str, typed: bytes = b"") -> None:
    """A session of the real program."""
    subprocess.run(
        [need("script"), "-q", "-e", "-c", command, *options],
        cwd=folder,
        input=typed,
        stdout=subprocess.DEVNULL,
        check=False,
        timeout=30,
    )


@pytest.mark.peer
def test_what_the_real_program_wrote_in_the_classic_format(tmp_path: Path) -> None:
    recorded(
        tmp_path,
        *("--log-out", "out", "--log-timing", "times", "--echo", "never"),
        command="printf 'one\\n'; sleep 0.3; printf '\\033[31mtwo'; exit 3",
    )
    about, events = read(
        tmp_path, (tmp_path / "out").read_bytes(), (tmp_path / "times").read_bytes()
    )
    outputs = [event for event in events if isinstance(event, Output)]
    assert b"".join(event.data for event in outputs) == b"one\r\n\x1b[31mtwo"
    assert 300_000 <= outputs[-1].at < 20_000_000
    assert events[-1] == Exit(outputs[-1].at, 1, 3)
    assert about.began_ns is not None
    assert about.command.startswith("printf 'one")


@pytest.mark.peer
@pytest.mark.parametrize("both", [True, False])
def test_what_the_real_program_wrote_in_the_advanced_format(tmp_path: Path, both: bool) -> None:
    logs = ("--log-io", "out") if both else ("--log-out", "out", "--log-in", "typed")
    recorded(
        tmp_path,
        *(*logs, "--log-timing", "times"),
        command="read x; echo got $x; exit 4",
        typed=b"words\n",
    )
    log = None if both else (tmp_path / "typed").read_bytes()
    about, events = read(
        tmp_path, (tmp_path / "out").read_bytes(), (tmp_path / "times").read_bytes(), log
    )
    assert b"got words\r\n" in b"".join(e.data for e in events if isinstance(e, Output))
    assert b"".join(e.data for e in events if isinstance(e, Input)) == b"words\n"
    assert [e.status for e in events if isinstance(e, Exit)] == [4]
    assert about.command == "read x; echo got $x; exit 4"
    assert not [e for e in events if isinstance(e, Gap)]
