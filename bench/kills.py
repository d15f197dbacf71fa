"""``kill -9`` of the gateway and of its sealer at random instants, with taps at both ends.

The harness is the system test `tests/system/test_tap.py`, with more kills: every byte that reached
the client or the target's program has to be in the record, every recording has to open again and
to verify. ``GATEREEL_KILLS`` says how many; a thousand take most of an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, seconds

HARNESS = Path(__file__).parent.parent / "tests" / "system" / "test_tap.py"
TESTS = {"the gateway": "gateway_is_killed", "its sealer": "killing_the_sealer"}


def measure(folder: Path) -> Iterator[Figure]:
    kills = os.environ.get("GATEREEL_KILLS", "1000")
    for what, name in TESTS.items():
        took = seconds(lambda name=name: run(name, kills, folder))  # type: ignore[misc]
        yield Figure(
            name=f"{int(kills):,} × kill -9 of {what}: delivered bytes not in the record",
            ours=0,
            unit="",
            bar="0",
            method=f"all recordings opened again and verified; {took / 60:.0f} minutes",
        )


def run(name: str, kills: str, folder: Path) -> None:
    """Raises, with what pytest said, where the harness found anything."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", str(HARNESS), "-k", name),
            *("--basetemp", str(folder / name), "-p", "no:cacheprovider"),
        ],
        env={**os.environ, "GATEREEL_KILLS": kills, "GATEREEL_REQUIRE_PEERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed:\n{done.stdout[-4000:]}")
