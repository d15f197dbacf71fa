"""``make bench``: every figure, or those named; printed, and with ``--write`` kept.

Usage: python -m bench [--write] [NAME...]    names as in `MODULES`
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, table

MODULES = {
    "screen": "bench.bench_screen",
    "size": "bench.size",
    "seek": "bench.seek",
    "indexing": "bench.indexing",
    "search": "bench.search",
    "throughput": "bench.throughput",
    "echo": "bench.echo",
    "masking": "bench.masking",
    "policy": "bench.policy",
    "load": "bench.load",
    "player": "bench.player",
    "dragging": "bench.dragging",
    "kills": "bench.kills",
    "faults": "bench.faults",
}
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md too")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MODULES))
    options = parser.parse_args()
    unknown = set(options.names) - MODULES.keys()
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    figures = list(run(options.names or list(MODULES)))
    text = f"{machine()}\n\n{table(figures)}"
    print(text)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0


def run(names: list[str]) -> Iterator[Figure]:
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="gatereel-bench-") as folder:
            for figure in importlib.import_module(MODULES[name]).measure(Path(folder)):
                # The table comes at the end, which may be hours away or never come.
                print(f"  {figure.name}: {figure.value()}", file=sys.stderr, flush=True)
                yield figure


def machine() -> str:
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return (
        f"{today}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )


if __name__ == "__main__":
    sys.exit(main())
