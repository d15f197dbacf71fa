"""What people and programs do over SSH, as a table: a few hundred small scripted interactions.

Each says what is run, how the stock client is called and what is fed to it. Run straight against
an OpenSSH server and through the gateway, each must look the same to the client
(`tests.system.test_differential`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

SIZES = (0, 1, 2, 255, 4095, 4096, 4097, 32767, 32768, 32769, 65535, 65536, 65537, 300_001)
SIGNALS = ("HUP", "INT", "QUIT", "ABRT", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM")
STATUSES = (0, 1, 2, 3, 7, 42, 64, 100, 125, 126, 127, 128, 130, 137, 143, 200, 254, 255)
EVERY_BYTE = bytes(range(256))


@dataclass(frozen=True, slots=True)
class Interaction:
    """One call of the client."""

    name: str
    command: str
    """"" for a shell."""
    stdin: bytes = b""
    flags: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    """Of the client; SendEnv names them all."""
    keys: tuple[tuple[bytes, bytes], ...] = ()
    """On a terminal: wait for these bytes, then type those."""
    window: tuple[int, int] | None = None
    """Rows and columns of the client's own terminal; None where it has none."""


def interactions() -> list[Interaction]:
    return [
        *statuses(),
        *signals(),
        *outputs(),
        *inputs(),
        *closings(),
        *commands(),
        *environments(),
        *forced_terminals(),
        *terminals(),
    ]


def statuses() -> Iterator[Interaction]:
    for status in STATUSES:
        yield Interaction(f"status-{status}", f"exit {status}")
        yield Interaction(f"status-{status}-said", f"echo out; echo err >&2; exit {status}")
        yield Interaction(f"status-{status}-tty", f"exit {status}", flags=("-tt",))
    yield Interaction("status-not-found", "no-such-program-here")
    yield Interaction("status-not-a-program", "/etc/hostname")
    yield Interaction("status-a-folder", "/")


def signals() -> Iterator[Interaction]:
    for name in SIGNALS:
        yield Interaction(f"signal-{name}", f"ulimit -c 0; kill -{name} $$")
        yield Interaction(f"signal-{name}-said", f"ulimit -c 0; echo before; kill -{name} $$")
        yield Interaction(f"signal-{name}-trapped", f"trap 'exit 9' {name}; kill -{name} $$; :")
    yield Interaction("signal-of-a-child", "(sh -c 'kill -9 $$'; echo $?) 2> /dev/null")


def outputs() -> Iterator[Interaction]:
    for size in SIZES:
        yield Interaction(f"out-{size}", f"head -c {size} /dev/zero | tr '\\0' x")
        yield Interaction(f"err-{size}", f"head -c {size} /dev/zero | tr '\\0' x >&2")
        yield Interaction(
            f"both-{size}", f"head -c {size} /dev/zero | tee /dev/stderr; exit $(({size} % 250))"
        )
    yield Interaction("out-every-byte", f"printf '{octal(EVERY_BYTE)}'")
    yield Interaction("err-every-byte", f"printf '{octal(EVERY_BYTE)}' >&2")
    yield Interaction("out-lines", "seq 1 20000")
    yield Interaction("out-in-small-pieces", "for i in 1 2 3 4 5 6 7 8 9; do printf $i; done")
    yield Interaction("out-and-err-in-turn", "for i in 1 2 3 4; do echo $i; echo e$i >&2; done")
    yield Interaction("out-escapes", "printf '\\033[31mred\\033[0m\\033]0;title\\007\\r\\n'")
    yield Interaction("out-after-a-while", "sleep 0.2; echo late")
    yield Interaction("out-of-a-child-that-stays", "(sleep 0.2; echo late) & echo now")
    yield Interaction("err-of-a-child-that-stays", "(sleep 0.2; echo late >&2) & exit 4")


def inputs() -> Iterator[Interaction]:
    for size in SIZES:
        data = (EVERY_BYTE * (size // 256 + 1))[:size]
        yield Interaction(f"in-{size}", "cat", data)
        yield Interaction(f"in-{size}-counted", "wc -c", data)
        yield Interaction(f"in-{size}-not-read", "echo done; exit 3", data)
        yield Interaction(f"in-{size}-first-bytes", "head -c 10; exit 2", data)
    yield Interaction("in-lines", 'while read -r line; do echo "<$line>"; done', b"a\nb \\n\nc")
    yield Interaction("in-to-err", "cat >&2", b"to the other side\n")
    yield Interaction("in-nothing-n", "cat; echo end", flags=("-n",))
    yield Interaction("in-shell-script", "sh -s a b", b"echo $1 $2 $#\nexit 6\n")
    yield Interaction("in-shell-without-a-command", "", b"echo from a script\nexit 5\n")
    yield Interaction("in-shell-every-status", "", b"sh -c 'exit 77'\nexit $?\n")
    yield Interaction("in-tar", "tar -cf - -C /etc hostname | tar -tf -")


def closings() -> Iterator[Interaction]:
    yield Interaction("close-out-early", "exec 1>&-; echo err >&2; sleep 0.1; exit 3")
    yield Interaction("close-err-early", "exec 2>&-; echo out; sleep 0.1; exit 3")
    yield Interaction("close-both-early", "exec 1>&- 2>&-; sleep 0.1; exit 3")
    yield Interaction("close-in-early", "exec 0<&-; sleep 0.1; echo out; exit 3", b"x" * 100_000)
    yield Interaction("close-all-early", "exec 0<&- 1>&- 2>&-; sleep 0.1; exit 3", b"x" * 70_000)
    yield Interaction("close-in-then-out", "cat > /dev/null; echo got all; exit 1", b"x" * 200_000)
    yield Interaction("close-yes-head", "yes | head -n 1000 | tail -n 1")
    yield Interaction("close-child-holds-in", "sleep 0.2 & exit 8", b"never read")


def commands() -> Iterator[Interaction]:
    for number, words in enumerate(
        (
            "echo 'single' \"double\" back\\\\slash",
            "echo $HOME/* | wc -w | tr -d ' ' > /dev/null; echo ok",
            "printf '%s|' a 'b c' \"d  e\" ''",
            "echo ünïcödé 漢字 😀 'é'",
            "  echo leading and trailing   ",
            "echo one; echo two\necho three",
            "echo \t tab",
            "true && echo yes || echo no",
            "false || echo no; (exit 12)",
            "cat <<'END'\nhere\n$document\nEND",
            "echo $((6 * 7)) `echo ticks` $(echo parens)",
            "echo '~' ~root; echo '!' ! ; echo \\#",
            'set -- a b; echo $# "$@"',
            "echo \"$0\" | sed 's/.*sh/sh/'",
            "id -u; pwd; umask",
            "echo ${SSH_ORIGINAL_COMMAND-none}",
            "test -t 0; echo $?; test -t 1; echo $?; test -t 2; echo $?",
            "ulimit -n > /dev/null && echo limits",
            ":",
            "#",
            ";",
            "(",
            "'",
            "echo " + "x" * 30_000 + " | wc -c",
            "printf '%s' '" + "ü" * 5_000 + "' | wc -c",
            ": " + " ".join(str(number) for number in range(3000)) + "; echo $?",
        )
    ):
        yield Interaction(f"command-{number}", words)
        yield Interaction(f"command-{number}-tty", words, flags=("-tt",))
    for number, flags in enumerate(
        (
            ("-C",),
            ("-o", "RekeyLimit=64K"),
            ("-o", "RequestTTY=no"),
            ("-T",),
            ("-x",),
            ("-a",),
            ("-o", "ServerAliveInterval=1"),
            ("-o", "IPQoS=throughput"),
            ("-o", "ControlMaster=no"),
            ("-e", "none"),
            ("-q",),
        )
    ):
        command = "seq 1 30000; echo err >&2; exit 9"
        yield Interaction(f"flags-{number}", command, flags=(*flags, "-S", "none"))
    yield Interaction("subsystem-unknown", "nothing", flags=("-s",))


def environments() -> Iterator[Interaction]:
    show = "env | grep -E '^(LANG|LC_|COLORTERM|EDITOR|PATH_X|TERM)' | sort"
    for number, given in enumerate(
        (
            {},
            {"LANG": "C.UTF-8"},
            {"LC_ALL": "C"},
            {"LC_ALL": "de_DE.UTF-8", "LANG": "en_US.UTF-8"},
            {"LC_EMPTY": ""},
            {"LC_SPACES": "a  b "},
            {"LC_UNICODE": "漢字"},
            {"LC_NEWLINE": "a\nLC_FAKE=1"},
            {"LC_LONG": "x" * 4000},
            {"EDITOR": "vi"},
            {"PATH_X": "/tmp"},
            {f"LC_N{count}": str(count) for count in range(30)},
        )
    ):
        yield Interaction(f"environment-{number}", show, environment=given)
        yield Interaction(f"environment-{number}-tty", show, environment=given, flags=("-tt",))


def forced_terminals() -> Iterator[Interaction]:
    """``-tt``: a terminal there, none here."""
    for number, (command, typed) in enumerate(
        (
            ("tty | cut -c1-8", b""),
            ("stty -a", b""),
            ("stty size", b""),
            ("echo $TERM", b""),
            ('read x; echo "<$x>"', b"hello\n"),
            ('stty -echo; read x; echo "<$x>"', b"hidden\n"),
            ("stty raw -echo; head -c 6 | od -c", b"\x01\x02\x03\x04\r\n"),
            ("printf 'a\\nb\\n'; printf 'c\\n' >&2", b""),
            ("head -c 50000 /dev/zero | tr '\\0' x | wc -c", b""),
            ("seq 1 3000", b""),
            ("exec 1>&-; exit 4", b""),
            ("(sleep 0.1; echo late) & exit 5", b""),
            ("kill -TERM $$", b""),
            ("dd bs=1 count=3 2>/dev/null", b"abcdef\n"),
        )
    ):
        yield Interaction(f"forced-{number}", command, typed, flags=("-tt",))


def terminals() -> Iterator[Interaction]:
    """A terminal on both sides."""
    for rows, cols in ((24, 80), (1, 1), (50, 200), (5, 300), (999, 999)):
        yield Interaction(f"window-{rows}-{cols}", "stty size", flags=("-t",), window=(rows, cols))
    for number, (command, keys) in enumerate(
        (
            ("echo ready; read x; echo got $x", ((b"ready", b"word\r"),)),
            ("echo ready; read x; echo got $x", ((b"ready", b"wo\x7frd\r"),)),
            ("echo ready; read x; echo got $x", ((b"ready", b"dropped\x15kept\r"),)),
            ("echo ready; cat", ((b"ready", b"a\r"), (b"a\r\na", b"\x04"))),
            ("trap 'echo caught; exit 7' INT; echo ready; read x", ((b"ready", b"\x03"),)),
            ("echo ready; cat > /dev/null", ((b"ready", b"\x03"),)),
            ("stty -echo; printf 'Password: '; read x; stty echo; echo; echo ${#x}",
             ((b"word: ", b"secret\r"),)),
            ("echo ready; read x; exit 6", ((b"ready", "ünï漢\r".encode()),)),
            ("printf '\\033[?1049h\\033[2Jfull\\033[?1049l'; read x", ((b"full", b"q\r"),)),
            ("echo ready; stty raw; head -c 3 | od -An -tx1", ((b"ready", b"\x1b[A"),)),
            ("PS1='>> ' bash --norc --noprofile -i",
             ((b">> ", b"echo h''i\r"), (b"hi\r\n\x1b[?2004h>> ", b"exit 3\r"))),
            ("echo ready; cat -v", ((b"ready", b"a\x01b\r"), (b"a^Ab\r\na", b"\x04"))),
            ("trap 'echo got; exit 3' QUIT; echo ready; read x", ((b"ready", b"\x1c"),)),
            ("echo ready; for i in 1 2 3; do read x; echo \"$i:$x\"; done",
             ((b"ready", b"a\r"), (b"1:a", b"b\r"), (b"2:b", b"c\r"))),
        )
    ):  # fmt: skip
        yield Interaction(f"keys-{number}", command, flags=("-t",), keys=keys, window=(24, 80))
    for number, (names, window) in enumerate(product(("vt100", "xterm", "dumb"), ((24, 80),))):
        yield Interaction(
            f"terminal-{number}",
            "echo $TERM; tput cols 2>/dev/null; stty size",
            flags=("-t",),
            environment={"TERM": names},
            window=window,
        )


def octal(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)
