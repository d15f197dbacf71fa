"""Feeds every target what a coverage-guided fuzzer (atheris) makes of its corpus.

`make fuzz` installs atheris into an environment of its own and runs `python -m tests.fuzz.run
[TARGET ...]` there. GATEREEL_FUZZ_SECONDS is the time for all targets together. Inputs met are
kept in .cache/fuzz/corpus; one that fails lies in .cache/fuzz/failed, and its traceback is shown.
With `--keep`, some of them go into tests/fuzz/corpus; add by hand what failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz import corpus

CACHE = Path(".cache/fuzz")
SECONDS = 240
# A longer input finds little more, and a corpus of such inputs does not read.
LONGEST = 1024
KEPT_LONGEST = 256
KEPT_MOST = 50


def child(target: str, arguments: list[str]) -> None:
    """In a process of its own: imports what is fuzzed under instrumentation, and never returns."""
    import atheris

    with atheris.instrument_imports(include=["recorder", "gateway", "replay"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def fuzz(target: str, seconds: int) -> bool:
    """Whether the target stood all that was found in that time."""
    folder = _unpack(target)
    failed = CACHE / "failed"
    failed.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={failed}/{target}-",
        # Seconds for one input, and MB of memory.
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    print(f"fuzzing {target} for {seconds} s", flush=True)
    return _run(target, [*options, str(folder)]) == 0


def keep(target: str) -> None:
    """Take some of what was found, of every size up to KEPT_LONGEST, into what the tests use.

    The fuzzer keeps an input only if it reaches something new, and the shortest that does.
    """
    read = (path.read_bytes() for path in _unpack(target).iterdir())
    found = sorted({data for data in read if len(data) <= KEPT_LONGEST}, key=lambda d: (len(d), d))
    kept = set(corpus.load(target))
    kept.update(found[:: max(1, len(found) // KEPT_MOST)])
    corpus.save(target, kept)
    print(f"{target}: {len(kept)} inputs kept")


def _unpack(target: str) -> Path:
    folder = CACHE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus.load(target)):
        (folder / f"kept-{number}").write_bytes(data)
    return folder


def _run(target: str, options: list[str]) -> int:
    command = [sys.executable, "-m", "tests.fuzz.run", "--child", target, *options]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": "."}, check=False)
    return done.returncode


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--child"]:
        child(arguments[1], arguments[2:])
        return 0
    keeping = "--keep" in arguments
    names = [name for name in arguments if name != "--keep"] or [
        path.stem for path in sorted(corpus.FOLDER.glob("*.txt"))
    ]
    each = max(1, int(os.environ.get("GATEREEL_FUZZ_SECONDS", SECONDS)) // len(names))
    failed = [name for name in names if not fuzz(name, each)]
    if keeping:
        for name in names:
            keep(name)
    print(f"failed: {', '.join(failed)}" if failed else "nothing failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
