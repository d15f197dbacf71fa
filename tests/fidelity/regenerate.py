"""Plays the whole corpus through xterm.js again and prints how far we agree, by cause.

`python -m tests.fidelity.regenerate` needs Node and npm; the packages go into .cache/fidelity.
With `--record [NAME ...]` programs are recorded anew first (all that are installed, or those).
Expected results are written only if the reference played every case.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from tests.fidelity import corpus
from tests.fidelity.programs import PROGRAMS, available, record
from tests.fidelity.snapshots import Case, Snapshot, differences, play

PACKAGES = {"@xterm/headless": "6.0.0", "@xterm/addon-unicode11": "0.9.0"}
CACHE = Path(".cache/fidelity")
WHAT = ("text", "attributes", "cursor", "alternate", "title")


def install() -> None:
    """Put the reference into the cache, unless it is there."""
    if not (CACHE / "node_modules/@xterm/addon-unicode11").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(CACHE)]
        subprocess.run([*command, *wanted], check=True)


def reference(cases: list[Case]) -> dict[str, list[Snapshot] | None]:
    """What xterm.js shows, by case name."""
    done = subprocess.run(
        ["node", str(corpus.HERE / "reference.mjs"), str(CACHE.resolve())],
        input="\n".join(map(json.dumps, cases)),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.rstrip("\n").split("\n")
    return {case["name"]: json.loads(line) for case, line in zip(cases, lines, strict=True)}


def record_programs(names: list[str]) -> None:
    kept = {case["name"]: case for case in corpus.read(corpus.RECORDINGS)} if names else {}
    for name in names or PROGRAMS:
        if available(name):
            kept[name] = record(name)
            fed = sum(len(step[1]) for step in kept[name]["steps"] if step[0] == "feed")
            print(f"recorded {name}: {fed} bytes, {len(kept[name]['steps'])} steps")
        else:
            print(f"skipped {name}: not installed")
    corpus.write(corpus.RECORDINGS, list(kept.values()))


def report(cases: list[Case], expected: dict[str, list[Snapshot] | None]) -> int:
    """Print agreement by cause; the answer is how many cases differ that are not named."""
    shown: Counter[str] = Counter()
    by_area: dict[str, Counter[str]] = defaultdict(Counter)
    differing: list[str] = []
    for case in cases:
        area = case["name"].partition("/")[0] if "/" in case["name"] else "programs"
        theirs = expected[case["name"]]
        for ours, their in zip(play(case), theirs or [], strict=theirs is not None):
            shown[area] += 1
            found = differences(ours, their)
            by_area[area].update(found)
            by_area[area]["any"] += bool(found)
            if found and case["name"] not in differing:
                differing.append(case["name"])
    print(f"{'area':<10}{'snapshots':>10}{'agree':>8}  " + "".join(f"{name:>12}" for name in WHAT))
    for area, count in shown.items():
        wrong = by_area[area]
        agree = f"{100 * (count - wrong['any']) / count:.1f}%"
        print(f"{area:<10}{count:>10}{agree:>8}  " + "".join(f"{wrong[name]:>12}" for name in WHAT))
    for name in differing:
        print(f"differs: {name}: {corpus.NAMED.get(name, 'NOT NAMED')}")
    return sum(name not in corpus.NAMED for name in differing)


def main(arguments: list[str]) -> int:
    install()
    if arguments[:1] == ["--record"]:
        record_programs(arguments[1:])
    cases = corpus.cases()
    snapshots = reference(cases)
    corpus.write(corpus.EXPECTED, {"versions": PACKAGES, "snapshots": snapshots})
    failed = [name for name, shown in snapshots.items() if shown is None]
    print(f"{len(cases)} cases; the reference itself failed on {failed or 'none'}")
    return 1 if report(cases, snapshots) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
