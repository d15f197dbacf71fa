"""``make samples``: records the sample sessions anew, with the real programs of this machine.

Each runs under ``gatereel record`` on a terminal of its own, in a neutral home folder, and is
sealed with a key that exists only while this runs; what verifies them is kept in `verifiers`.
The folder is a store: ``gatereel sessions --store sample_sessions`` lists it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from recorder.reader import Recording
from recorder.store import VERIFIERS, Store
from recorder.verify_store import verify_store
from sample_sessions.driver import Drive
from sample_sessions.scripts import PREPARE, SAMPLES, Sample

HERE = Path(__file__).parent


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="gatereel-samples-") as name:
        folder = Path(name)
        for sample in SAMPLES:
            record(sample, folder)
        store = Store.open(folder / "store")
        check(store, folder)
        replace(store)
    return 0


def record(sample: Sample, folder: Path) -> None:
    """One session into the store in this folder."""
    home = folder / sample.name
    for name, text in PREPARE.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "LOGNAME": "ada",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PS1": "$ ",
        "TERM": "xterm-256color",
        "TZ": "UTC",
        "XDG_DATA_HOME": str(folder / "data"),
        "LESSHISTFILE": "-",
        "GATEREEL_STORE": str(folder / "store"),
    }
    recorder = [sys.executable, "-m", "gatereel", "record", "--title", sample.about, "--"]
    command = [*recorder, *sample.command]
    drive = Drive(command, environment, str(home), cols=sample.cols, rows=sample.rows)
    status = drive.run(sample.steps)
    print(f"{sample.name}: exit status {status}", flush=True)


def check(store: Store, folder: Path) -> None:
    """Each is there, verifies, and shows nothing of the machine that made it."""
    reports = verify_store(store, store.verifiers())
    bad = [fault for report in reports for fault in report.checks if not fault.ok]
    if bad or len(store.ids()) != len(SAMPLES):
        raise SystemExit(f"not as it should be: {len(store.ids())} recordings, {bad}")
    private = [str(folder), os.uname().nodename, str(Path.home()), str(HERE.parent)]
    for session in store.ids():
        with Recording(store, session) as recording:
            for packed in recording.records():
                for word in private:
                    if word.encode() in packed.raw:
                        raise SystemExit(f"event {packed.number} of {session} shows {word!r}")


def replace(store: Store) -> None:
    """The new set in place of the old."""
    for old in HERE.iterdir():
        if old.suffix in {".reel", ".index"}:
            old.unlink()
    for session in store.ids():
        Path(shutil.copy(store.reel(session), HERE)).chmod(0o644)
    shutil.copy(store.path / VERIFIERS, HERE)


if __name__ == "__main__":
    sys.exit(main())
