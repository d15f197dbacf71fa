"""``kill -9`` of the gateway and of its sealer at random instants, with taps at both ends.

The harness are the system tests whose names hold ``f1``, with more kills: every byte that reached
the client or the target's program has to be in the record, every recording has to open again and
to verify. ``GATEREEL_KILLS`` says how many; a thousand of each take about two hours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench.figures import Figure, seconds

SYSTEM = Path(__file__).parent.parent / "tests" / "system"


def measure(folder: Path) -> Iterator[Figure]:
    kills = os.environ.get("GATEREEL_KILLS", "1000")
    took = seconds(partial(run, kills, folder))
    yield Figure(
        name="delivered bytes that are not in the record",
        ours=0,
        unit="",
        bar="0",
        method=f"{int(kills):,} × kill -9 of the gateway, as many of its sealer; all recordings "
        f"opened again and verified; {took / 60:.0f} minutes",
    )


def run(kills: str, folder: Path) -> None:
    """Raises, with what pytest said, where the harness found anything. Both victims at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as victims:
        list(victims.map(partial(kill, kills, folder), ("gateway", "sealer")))


def kill(kills: str, folder: Path, victim: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", str(SYSTEM)),
            *("-k", f"f1 and {victim}", "--basetemp", str(folder / victim)),
            *("-o", f"cache_dir={folder / 'cache'}"),
        ],
        env={**os.environ, "GATEREEL_KILLS": kills, "GATEREEL_REQUIRE_PEERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"not every byte is accounted for:\n{done.stdout[-4000:]}")
