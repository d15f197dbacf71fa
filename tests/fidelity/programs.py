# ruff: noqa: E501 (the table has one program a line)
"""Recordings of real programs under a real PTY, driven by scripts.

`record(name)` runs one of PROGRAMS in namespaces of its own (a home that fixtures.sh fills, no
other processes to see) and gives a case in the form of snapshots.py. Output and therefore
recordings differ a little from run to run, so recordings are kept and only made anew on request
(regenerate.py --record). Needs Linux, root for the namespaces, and the programs themselves.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import termios
import time
from pathlib import Path

from tests.fidelity.paints import PAINTS
from tests.fidelity.snapshots import Case

HERE = Path(__file__).parent
ESC, ENTER, TAB, CTRL_C, CTRL_D = "\x1b", "\r", "\t", "\x03", "\x04"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
PAGE = "\x1b[6~"

# Quiet for this long means that a program has drawn what it had to draw.
QUIET = 0.12
# Starting takes longer.
STARTED = 0.8
LONGEST = 6.0
# A snapshot after this much output too, so that long output is looked at in between.
SHOW_EVERY = 6000
MOST_SHOWS = 24
MOST_BYTES = 120_000

Key = str | tuple[int, int]
PYTHON = sys.executable


def shell(*lines: str) -> list[Key]:
    return [line + ENTER for line in lines]


# fmt: off
# Name: command line and what is typed; a pair is a new window size.
PROGRAMS: dict[str, tuple[str, list[Key]]] = {
    "bash": ("bash --norc -i", shell("ls --color=always -la", "cd src && ls", "history | tail -3", "echo 'a quote' \\", "second", "for n in 1 2 3; do echo $n; done", "clear", "exit")),
    "bash-editing": ("bash --norc -i", ["echo a long command line that goes on and on until it wraps at the edge of the window, and further", "\x01", "\x1bf\x1bf", "X", "\x17", "\x05", " end", "\x15", "\x19", ENTER, UP, UP, DOWN, CTRL_C, "\x12", "ech", ENTER]),
    "bash-completion": ("bash --norc -i", ["ls em", TAB, TAB, "t", TAB, ENTER, "cat docs/", TAB, TAB, "l", TAB, ENTER, "exit" + ENTER]),
    "bash-resize": ("bash --norc -i", ["seq 40" + ENTER, (80, 12), "echo low" + ENTER, (80, 30), "echo high" + ENTER, (60, 30), (100, 20), "ls --color=always" + ENTER]),
    "bash-unicode": ("bash --norc -i", shell("cat docs/日本語.txt", "echo 漢字 | rev", "ls docs", "cat docs/latin.txt")),
    "bash-prompt": ("bash --norc -i", shell("PS1='\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[34m\\]\\w\\[\\e[0m\\]\\$ '", "cd src", "PS1='\\[\\e]0;\\w\\a\\]> '", "ls", "true")),
    "zsh": ("zsh -f -i", [*shell("PROMPT='%F{green}%n%f %~ %# ' RPROMPT='%T'", "ls --color=always", "echo $((6*7))", "print -P '%B bold %b'"), "ls em", TAB, TAB, CTRL_C, (60, 20), "echo after" + ENTER]),
    "fish": ("fish --no-config", [*shell("ls", "echo hello; and echo world"), "ls e", RIGHT, ENTER, "cat docs/", TAB, TAB, CTRL_C, "exit" + ENTER]),
    "python": (f"{PYTHON} -q", shell("1 + 1", "for n in range(5): print(n)", "", "'日本' * 3", "[x for x in range(40)]", "exit()")),
    "vim": ("vim -u NONE -N src/app.py", [":syntax on" + ENTER, ":set number" + ENTER, "10j", "dd", "p", "/values" + ENTER, "n", "cwnumbers" + ESC, ":set hlsearch" + ENTER, "G", "gg", "V5j", ">", "u", ":q!" + ENTER]),
    "vim-split": ("vim -u NONE -N src/app.py", [":syntax on" + ENTER, ":vsplit docs/read.md" + ENTER, ":split src/main.c" + ENTER, "\x17\x17", "\x17=", ":help" + ENTER, PAGE, ":q" + ENTER, (100, 30), (70, 20), ":qa!" + ENTER]),
    "vim-unicode": ("vim -u NONE -N docs/日本語.txt", ["jj", "x", "p", "A漢字" + ESC, "0", "ll", "ihe" + ESC, ":set nowrap list" + ENTER, "G", "yyp", ":wq" + ENTER]),
    "vim-insert": ("vim -u NONE -N new.txt", ["i" + "word " * 30 + ENTER + "next line", ESC, "0i    \x0e", "\x0e", ESC, "gqq", ":%s/word/WORD/g" + ENTER, "yyP", ":q!" + ENTER]),
    "vim-visual": ("vim -u NONE -N src/app.py", [":set ruler laststatus=2 cursorline" + ENTER, "5j\x16", "5j8l", "c##" + ESC, "u", "v3w~", ":set wrap! rnu" + ENTER, "zz", "\x05\x05\x05", "\x06", "\x02", ":qa!" + ENTER]),
    "vim-terminal-colours": ("vim -u NONE -N src/app.py", [":set termguicolors background=dark" + ENTER, ":syntax on" + ENTER, ":colorscheme desert" + ENTER, "\x06", ":set spell" + ENTER, ":qa!" + ENTER]),
    "emacs": ("emacs -nw -Q src/app.py", ["\x0e" * 5, "\x16", "\x182", "\x18o", "\x1bxtext-mode" + ENTER, "typed text", "\x13values", ENTER, "\x183", "\x181", "\x18\x03n"]),
    "emacs-unicode": ("emacs -nw -Q docs/日本語.txt", ["\x0e\x0e", "漢字", "\x01\x0b\x19", "\x1b>", "\x1b<", "\x18\x03n"]),
    "nano": ("nano src/app.py", ["\x16", "\x17values" + ENTER, "typed 日本", "\x0b", "\x07", "\x18", "\x18n"]),
    "joe": ("joe src/main.c", [DOWN, DOWN, "typed ", "\x0bh", "\x0bh", CTRL_C, "y"]),
    "ne": ("ne docs/read.md", [DOWN, "text", ESC + ESC, ESC + ESC, CTRL_C]),
    "less": ("less src/app.py", [" ", " ", "b", "/return" + ENTER, "n", "G", "g", "-S" + ENTER, RIGHT, LEFT, "h", "q", "q"]),
    "less-colours": ("less -R data/colours.txt", [" ", "q"]),
    "less-unicode": ("less docs/日本語.txt", [" ", "/mixed" + ENTER, "q"]),
    "less-log": ("less -N data/service.log", [" ", "50p", "&INFO" + ENTER, "G", "y" * 5, "q"]),
    "less-resize": ("less data/service.log", [" ", (60, 15), " ", (100, 30), "b", "q"]),
    "more": ("more data/service.log", [" ", ENTER, "q"]),
    "man": ("sh -c 'man bash 2>/dev/null || less docs/read.md'", [" ", "q"]),
    "top": ("top -d 0.3", ["", "c", "1", "z", "x", "h", " ", "q"]),
    "top-batch-columns": ("top -d 0.3 -E m", ["V", "t", "m", (100, 30), "q"]),
    "htop": ("htop -d 3", ["", DOWN, DOWN, "t", "\x1bOS", ESC, "\x1bOQ", ESC, "F", "q"]),
    "htop-resize": ("htop -d 3", ["", (100, 30), "H", (60, 15), "K", "q"]),
    "mc": ("mc -u", ["", DOWN, DOWN, TAB, "\x1b3", "\x1b0", "\x1b9", RIGHT, DOWN, ESC + ESC, "\x1b0", ENTER]),
    "mc-edit": ("mcedit src/app.py", [DOWN, "typed", "\x1b9", RIGHT, ESC + ESC, "\x1b0", RIGHT, ENTER]),
    "mc-view": ("mcview docs/日本語.txt", [DOWN, "\x1b4", PAGE, "\x1b0"]),
    "tmux": ("tmux -f /dev/null -L t new bash --norc", [*shell("ls --color=always", "seq 30"), "\x02%", "echo right" + ENTER, '\x02"', "ls" + ENTER, "\x02o", "\x02[", PAGE, "q", "\x02c", "\x02n", "\x02d"]),
    "tmux-vim": ("tmux -f /dev/null -L u new vim -u NONE -N src/app.py", [":syntax on" + ENTER, "\x02%", "cat docs/日本語.txt" + ENTER, "\x02z", "\x02z", (100, 30), "exit" + ENTER, ":q!" + ENTER]),
    "tmux-resize": ("tmux -f /dev/null -L v new bash --norc", ["seq 50" + ENTER, '\x02"', (60, 15), "echo x" + ENTER, (90, 28), "\x02d"]),
    "screen": ("screen -S s bash --norc", ["", "ls --color=always" + ENTER, "\x01S", "\x01" + TAB, "\x01c", "echo two" + ENTER, "\x01\\", "y"]),
    "git-log": ("git --no-pager log --graph --color=always --stat", []),
    "git-diff": ("git -c color.ui=always diff", [" ", "q"]),
    "git-add-patch": ("git -c color.ui=always add -p", ["y" + ENTER, "?" + ENTER, "s" + ENTER, "q" + ENTER]),
    "git-rebase": ("sh -c 'git stash -q; git -c core.editor=\"vim -u NONE -N\" rebase -i HEAD~1'", ["j", ":q" + ENTER]),
    "tig": ("tig", [DOWN, ENTER, DOWN, "t", "q", "q", "Q"]),
    "dialog-menu": ("dialog --menu 'Choose one of these' 15 50 6 1 first 2 second 3 '三番目' 4 fourth", [DOWN, DOWN, TAB, ENTER]),
    "dialog-gauge": ("sh -c 'for n in 10 40 70 100; do echo $n; sleep 0.1; done | dialog --gauge \"Please wait\" 8 50'", []),
    "dialog-form": ("dialog --form 'A form' 15 50 4 Name: 1 1 '' 1 10 20 0 Place: 2 1 'x' 2 10 20 0", ["someone", DOWN, "日本", TAB, ENTER]),
    "dialog-checklist": ("dialog --colors --checklist '\\Z1red\\Zn text' 15 50 4 a one on b two off c three off", [" ", DOWN, " ", TAB, ENTER]),
    "whiptail": ("whiptail --yesno 'Is this a question?' 10 40", [TAB, TAB, ENTER]),
    "w3m": ("w3m docs/page.html", [TAB, TAB, DOWN, "H", "B", "q", "y"]),
    "elinks": ("elinks -no-connect docs/page.html", [DOWN, ESC, ESC, "q", "y", ENTER]),
    "sqlite": ("sqlite3 data/shop.db", shell(".mode box", "select * from items;", ".mode column", "select * from items;", ".schema", ".quit")),
    "psql-help": ("sh -c 'psql --help | less'", [" ", "q"]),
    "fzf": ("sh -c 'ls -R | fzf --preview \"echo {}\"'", ["app", "\x7f\x7f\x7f", UP, UP, ESC]),
    "fzf-inline": ("sh -c 'seq 100 | fzf --height 40% --multi'", ["1", TAB, TAB, ENTER]),
    "ranger": ("ranger --clean", [DOWN, RIGHT, DOWN, LEFT, "zh", "q"]),
    "nnn": ("nnn", [DOWN, RIGHT, DOWN, LEFT, "?", "q", "q"]),
    "vifm": ("vifm", ["j", "l", "j", "w", ":q" + ENTER]),
    "ncdu": ("ncdu .", [DOWN, ENTER, "g", "i", "i", "q", "q"]),
    "calcurse": ("calcurse", ["", RIGHT, DOWN, TAB, "q", "y"]),
    "cmatrix": ("timeout --foreground 1.5 cmatrix -s", []),
    "sl": ("timeout --foreground 2 /usr/games/sl", []),
    "tree": ("tree -C", []),
    "grep": ("grep -rn --color=always return src", []),
    "bat": ("batcat --paging=never --color=always -r 1:40 src/app.py", []),
    "watch": ("watch -n 0.3 -c -d date +%N", ["", (60, 10), "", CTRL_C]),
    "long-log": ("cat data/service.log", []),
    "figlet": ("figlet -w 80 Terminal as it was", []),
    "column": ("sh -c 'column -t data/table.tsv; pr -2 -l 30 data/table.tsv; cal 2026 | cat'", []),
    "rich-table": (f"{PYTHON} -m rich.table", []),
    "rich-markdown": (f"{PYTHON} -m rich.markdown docs/read.md", []),
    "rich-progress": (f"timeout --foreground 3 {PYTHON} -m rich.progress", []),
    "textual": (f"timeout --foreground 9 {PYTHON} -m textual", ["", TAB, DOWN, (100, 30), "\x11"]),
}
# fmt: on
PROGRAMS |= {f"paint-{name}": (f"{PYTHON} {HERE / 'paints.py'} {name}", []) for name in PAINTS}


def record(name: str, cols: int = 80, rows: int = 24) -> Case:
    """Run a program, type its keys each time it falls quiet, and keep what it wrote."""
    command, keys = PROGRAMS[name]
    script = (
        "mount -t tmpfs none /home && mkdir /home/demo && cd /home/demo && export HOME=/home/demo"
        f" && . {HERE / 'fixtures.sh'} && clear && exec {command}"
    )
    argv = [
        "unshare",
        "--fork",
        "--kill-child",
        "--pid",
        "--uts",
        "--mount",
        "--mount-proc",
        "sh",
        "-c",
        script,
    ]
    child, master = pty.fork()
    if child == 0:
        keep = {"PATH": os.environ["PATH"] + ":/usr/games"}
        env = keep | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": "$ ", "USER": "demo"}
        os.execvpe(argv[0], argv, env | {"COLORTERM": "truecolor", "TMUX_TMPDIR": "/home"})
    _size(master, cols, rows)
    case: Case = {"name": name, "cols": cols, "rows": rows, "steps": []}
    try:
        _drive(master, keys, case["steps"])
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(master)
        os.waitpid(child, 0)
    return case


def available(name: str) -> bool:
    """Whether the program of that name is installed."""
    words = PROGRAMS[name][0].split()
    program = words[3] if words[0] == "timeout" else words[0]
    return shutil.which(program) is not None


def _size(master: int, cols: int, rows: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def _drive(master: int, keys: list[Key], steps: list[list[object]]) -> None:
    written = 0
    quiet = STARTED
    for key in [None, *keys]:
        if isinstance(key, tuple):
            steps.append(["resize", *key])
            _size(master, *key)
        elif key is not None:
            try:
                os.write(master, key.encode())
            except OSError:
                break
        output = _read(master, quiet)
        quiet = QUIET
        written += len(output)
        for start in range(0, len(output), SHOW_EVERY):
            steps.append(["feed", output[start : start + SHOW_EVERY].decode("latin-1")])
            if sum(step == ["show"] for step in steps) < MOST_SHOWS - 1:
                steps.append(["show"])
        if written > MOST_BYTES:
            break
    steps.append(["show"])


def _read(master: int, quiet: float) -> bytes:
    """What comes until the program is quiet; queries of the terminal are answered."""
    output = b""
    end = time.monotonic() + LONGEST
    wait = quiet * 4
    while time.monotonic() < end and select.select([master], [], [], wait)[0]:
        wait = quiet
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        output += data
        for query, answer in ((b"\x1b[c", b"\x1b[?1;2c"), (b"\x1b[6n", b"\x1b[1;1R")):
            if query in data:
                os.write(master, answer)
        if len(output) > MOST_BYTES:
            break
    return output
