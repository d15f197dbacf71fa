"""What happens in each sample session: real programs, the keys that a person would press.

Pure data. `PREPARE` writes the files of the neutral home folder in which all of them run, so
that no name, path or account of the machine that made them is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sample_sessions.driver import Expect, Press, Rest, Step, Type, Window

PROMPT = r"\$ $"
SHELL = ("bash", "--norc", "--noprofile", "-i")

VIMRC = """\
syntax on
set number ruler laststatus=2 nocompatible viminfo= noswapfile
set ttimeout ttimeoutlen=20
"""

CONFIGURATION = """\
# what the front answers to
server {
    listen      443 ssl;
    server_name shop.example.org;
    root        /srv/shop;

    location / {
        proxy_pass http://127.0.0.1:8080;
        proxy_read_timeout 30s;
    }

    location /health {
        return 200 "ok\\n";
    }
}
"""

ORDERS = "".join(
    f"2026-11-{day:02d}T{hour:02d}:{(day * hour) % 60:02d}:00Z order={4000 + day * 24 + hour} "
    f"amount={(day * 37 + hour * 11) % 400}.{hour:02d} status={status}\n"
    for day in range(1, 15)
    for hour, status in enumerate(["paid", "paid", "open", "failed", "paid", "refunded"], start=8)
)

WIDE = """\
中文：会话已被记录。
日本語：セッションは記録されています。
한국어: 세션이 기록됩니다.
emoji: 🎬 🔐 🚪 🧑‍💻 👩🏽‍🔬 🇯🇵 🇪🇺 ❤️ ✅
combining: e\u0301 a\u0308 n\u0303 \u0915\u094d\u0937\u093f
│ 名前 │ 数量 │
├──────┼──────┤
│ りんご│    3 │
│ 🍊🍊  │   12 │
"""

PROGRESS = r"""
import sys, time
for done in range(0, 101, 2):
    bar = "#" * (done * 40 // 100)
    print(f"\r\033[32mfetching\033[0m [{bar:<40}] {done:3d} %", end="", flush=True)
    time.sleep(0.05)
print("\r\033[Kfetched 128 packages")
for name in ("unpacking", "configuring", "verifying"):
    for turn in range(12):
        print(f"\r{'|/-' [turn % 3]} {name} ...", end="", flush=True)
        time.sleep(0.06)
    print(f"\r\033[32m✓\033[0m {name}    ")
"""

GIT = """\
[user]
    name = Ada Example
    email = ada@example.org
[init]
    defaultBranch = main
"""

PREPARE: Mapping[str, str] = {
    ".gitconfig": GIT,
    ".vimrc": VIMRC,
    "shop.conf": CONFIGURATION,
    "orders.log": ORDERS,
    "wide.txt": WIDE,
    "install.py": PROGRESS,
    "notes/todo.txt": "renew the certificate\nrotate the keys\n",
    "notes/done.txt": "moved the logs\n",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One session: what it shows, in which program, and what is typed."""

    name: str
    about: str
    command: Sequence[str]
    steps: Sequence[Step]
    cols: int = 80
    rows: int = 24


def line(text: str, shown: str = PROMPT) -> tuple[Step, ...]:
    """A command typed at a prompt, and what it is done with."""
    return (Type(text), Press("Enter"), Expect(shown), Rest(0.4))


LEAVE: tuple[Step, ...] = (Type("exit"), Press("Enter"))

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "shell",
        "shell: colours, completion, a hidden password",
        SHELL,
        (
            Expect(PROMPT),
            *line("ls --color=always -F"),
            Type("cat no"),
            Press("Tab"),
            Type("to"),
            Press("Tab"),
            *line(""),
            *line("grep -c failed orders.log"),
            *line("grep --color=always failed orders.log | head -5"),
            *line("rm /no/such/file; echo status=$?", r"status=1"),
            *line("for i in 1 2 3; do echo step $i; sleep 0.3; done", "step 3"),
            *line("read -s -p 'Password: ' secret; echo", "Password: "),
            Type("correct horse"),
            Press("Enter"),
            Rest(0.4),
            *line("echo ${#secret} characters, never shown", "13 characters, never shown"),
            *LEAVE,
        ),
    ),
    Sample(
        "vim",
        "vim: edit, search, replace, save",
        SHELL,
        (
            Expect(PROMPT),
            *line("vim shop.conf", "shop.conf"),
            Rest(1),
            Type("/proxy_read"),
            Press("Enter"),
            Rest(0.8),
            Type("f3cw60s"),
            Press("Escape"),
            Rest(0.6),
            Type("Oproxy_buffering off;"),
            Press("Escape"),
            Rest(0.6),
            Type(":%s/shop/store/g"),
            Press("Enter"),
            Rest(1),
            Type("gg"),
            Press("C-d"),
            Type("u"),
            Rest(0.8),
            Type(":wq"),
            Press("Enter"),
            Expect(PROMPT),
            *line("grep -n timeout shop.conf", "60s"),
            *LEAVE,
        ),
    ),
    Sample(
        "less",
        "less: pages, a search, the end and back",
        SHELL,
        (
            Expect(PROMPT),
            *line("less -N orders.log", "orders.log"),
            Rest(0.6),
            Press("Space", 2),
            Rest(0.5),
            Type("/refunded"),
            Press("Enter"),
            Rest(0.8),
            Type("nn"),
            Rest(0.5),
            Type("G"),
            Rest(0.6),
            Type("g"),
            Rest(0.6),
            Type("q"),
            Expect(PROMPT),
            *LEAVE,
        ),
    ),
    Sample(
        "htop",
        "htop: meters, a tree, two processes",
        SHELL,
        (
            Expect(PROMPT),
            *line("sh -c 'while :; do :; done' & busy=$!; sleep 60 & idle=$!"),
            *line("htop -d 5 -p $busy,$idle", "PID"),
            Rest(2.5),
            Press("F5"),
            Rest(1.2),
            Press("Down"),
            Rest(1.2),
            Type("q"),
            Expect(PROMPT),
            *line("kill $busy $idle; wait 2>/dev/null"),
            *LEAVE,
        ),
        cols=100,
        rows=30,
    ),
    Sample(
        "git",
        "git: a branch, a graph, a difference",
        SHELL,
        (
            Expect(PROMPT),
            *line("git init -q shop && cp shop.conf shop/ && cd shop"),
            *line("git add . && git commit -qm 'Serve the shop'"),
            *line("git switch -qc timeout"),
            *line("sed -i 's/timeout .*/timeout 90s;/' shop.conf && git diff --color=always | cat"),
            *line("git commit -qam 'Wait longer for slow answers'"),
            *line("git switch -q - && git merge -q --no-ff -m 'Merge timeout' timeout"),
            *line("git --no-pager log --graph --oneline --color=always"),
            *LEAVE,
        ),
    ),
    Sample(
        "progress",
        "progress: a bar and spinners",
        SHELL,
        (Expect(PROMPT), *line("python3 install.py", "verifying    "), *LEAVE),
    ),
    Sample(
        "wide",
        "wide: CJK, emoji, flags, combining marks",
        SHELL,
        (
            Expect(PROMPT),
            *line("cat wide.txt", "12"),
            *line("echo 你好，世界 🌏", "🌏"),
            *line("printf '\\033[1;35m強調\\033[0m と \\033[4m下線\\033[0m\\n'", "下線"),
            *LEAVE,
        ),
    ),
    Sample(
        "resize",
        "resize: at the prompt and inside vim",
        SHELL,
        (
            Expect(PROMPT),
            *line("stty size", "24 80"),
            Window(120, 36),
            *line("stty size", "36 120"),
            *line("vim -R orders.log", "orders.log"),
            Rest(0.8),
            Window(60, 18),
            Rest(0.8),
            Press("C-d"),
            Window(100, 30),
            Rest(0.8),
            Type(":q"),
            Press("Enter"),
            Expect(PROMPT),
            *line("stty size", "30 100"),
            *LEAVE,
        ),
    ),
)
