"""How small a recording of real programs is, against asciicast v2 under ``zstd -19``.

The sample sessions as they are shipped, and longer sessions that are recorded here and now, since
signatures and seek tables weigh most where there is least to record.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from recorder.store import Store
from sample_sessions.driver import Drive, Expect, Press, Rest, Step, Type
from sample_sessions.scripts import CONFIGURATION, LEAVE, ORDERS, PROMPT, SHELL, line

SAMPLES = Path(__file__).parent.parent / "sample_sessions"
BAR = "≤ 1.0×, to aim for 0.8×"

LONGER: dict[str, tuple[Step, ...]] = {
    "a listing": (
        Expect(PROMPT),
        *line("ls -lR --color=always /usr/share | head -n 20000", PROMPT),
        *LEAVE,
    ),
    "a noisy job": (
        Expect(PROMPT),
        *line("tar -cvf /dev/null /usr/share/doc 2>&1 | tail -n 8000", PROMPT),
        *LEAVE,
    ),
    "htop, half a minute": (
        Expect(PROMPT),
        Type("htop -d 3"),
        Press("Enter"),
        Rest(30),
        Type("q"),
        Expect(PROMPT),
        *LEAVE,
    ),
    "less, a long file": (
        Expect(PROMPT),
        Type("less -N orders.log"),
        Press("Enter"),
        Rest(0.5),
        Press("Space", 150),
        Type("q"),
        Expect(PROMPT),
        *LEAVE,
    ),
    "vim, a page typed": (
        Expect(PROMPT),
        Type("vim -c 'syntax on' shop.conf"),
        Press("Enter"),
        Rest(1),
        Type("Go"),
        *(
            step
            for text in CONFIGURATION.splitlines()
            for step in (Type(text.strip()), Press("Enter"))
        ),
        Press("Escape"),
        Rest(0.5),
        Type(":wq"),
        Press("Enter"),
        Expect(PROMPT),
        *LEAVE,
    ),
}


def measure(folder: Path) -> Iterator[Figure]:
    yield figure("the sample sessions, seconds each", Store.open(SAMPLES), folder)
    recorded = folder / "store"
    for number, steps in enumerate(LONGER.values()):
        record(steps, folder, recorded, seed=number)
    yield figure("longer sessions of real programs", Store.open(recorded), folder)


def record(steps: tuple[Step, ...], folder: Path, store: Path, *, seed: int) -> None:
    home = folder / f"home-{seed}"
    home.mkdir()
    (home / "shop.conf").write_text(CONFIGURATION)
    (home / "orders.log").write_text(ORDERS * 40)
    environment = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PS1": "$ ",
        "TERM": "xterm-256color",
        "XDG_DATA_HOME": str(folder / "data"),
        "GATEREEL_STORE": str(store),
    }
    command = [sys.executable, "-m", "gatereel", "record", "--", *SHELL]
    status = Drive(command, environment, str(home), cols=120, rows=40, seed=seed).run(steps)
    if status != 0:
        raise RuntimeError(f"a session ended with status {status}")


def figure(name: str, store: Store, folder: Path) -> Figure:
    ours = theirs = 0
    for session in store.ids():
        ours += store.reel(session).stat().st_size
        theirs += cast_size(store.reel(session), folder)
    return Figure(
        name=f"size of {name}",
        ours=ours / 1000,
        peer=theirs / 1000,
        unit="kB",
        bar=BAR,
        against="asciicast v2, with input, through zstd -19; not seekable",
        method=f"sums over {len(store.ids())} sessions",
    )


def cast_size(reel: Path, folder: Path) -> int:
    """Bytes of the same session as a compressed asciicast."""
    cast = folder / f"{reel.stem}.cast"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "gatereel",
            "export",
            str(reel),
            "--format",
            "cast2",
            "--input",
            "-o",
            cast,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "GATEREEL_STORE": str(folder / "store")},
    )
    packed = subprocess.run(["zstd", "-q", "-19", "-c", cast], check=True, capture_output=True)
    cast.unlink()
    return len(packed.stdout)
