"""Every fault of the disk on every kind of channel: how long until the last user is told.

The harness are the system tests of `tests/system/test_faults.py`, with all kinds: whatever reached
either end has to be in the record, nobody new is let in, everything comes back and verifies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure

TESTS = Path(__file__).parent.parent / "tests" / "system" / "test_faults.py"


def measure(folder: Path) -> Iterator[Figure]:
    """Raises, with what pytest said, where a promise was not kept."""
    report = folder / "report"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", str(TESTS)),
            *("--basetemp", str(folder / "tests"), "-o", f"cache_dir={folder / 'cache'}"),
        ],
        env={
            **os.environ,
            "GATEREEL_FAULT_KINDS": "all",
            "GATEREEL_FAULT_REPORT": str(report),
            "GATEREEL_REQUIRE_PEERS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"a promise was not kept:\n{done.stdout[-4000:]}")
    for line in report.read_text().splitlines():
        found = json.loads(line)
        fault = found["fault"].lower().replace("_", "-")
        yield Figure(
            name=f"a disk that is {fault}: until every session has ended",
            ours=max(found["seconds"].values()),
            unit="s",
            bar="≤ 10 s" if fault == "stalled" else "≤ 1 s",
            method=f"{found['kinds']} kinds of channel at once, all in full flow",
        )
