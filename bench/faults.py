"""Every fault of the disk, and every death, on every kind of channel: how long until the last of
them has ended, or goes on.

The harness are the system tests of `tests/system/test_faults*.py`, with all kinds: whatever reached
either end has to be in the record, and every recording is closed and verifies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure

SYSTEM = Path(__file__).parent.parent / "tests" / "system"
TESTS = ("test_faults.py", "test_faults_of_processes.py")
BARS = {
    "a disk that stalls: until every session has ended": "≤ 6 s: they have 4 s of patience",
    "a disk that stalled: until every channel goes on": "",
    "the sealer is killed: until every channel goes on": "",
    "the client dies: until every recording is sealed": "",
}
"""What is not to be over within a second."""


def measure(folder: Path) -> Iterator[Figure]:
    """Raises, with what pytest said, where a promise was not kept."""
    report = folder / "report"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", *(str(SYSTEM / name) for name in TESTS)),
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
        what, told = found["what"], sorted({code for code in found["codes"].values() if code})
        yield Figure(
            name=what,
            ours=max(found["seconds"].values()),
            unit="s",
            bar=BARS.get(what, "≤ 1 s"),
            method=f"nine kinds of channel in full flow; told: {', '.join(told) or 'nobody'}",
        )
