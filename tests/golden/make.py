"""Writes the golden files anew: ``python -m tests.golden.make``.

For after ``make samples``, or where the emulator or the frame rules were changed on purpose. Look
at the difference before you keep it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from tests.golden.frames import FOLDER, samples, table


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.txt"):
        path.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for name, reel in samples():
            copy = Path(shutil.copy(reel, folder))  # an index is written beside it
            with Recording.open(copy) as recording, Index.load_or_build(recording) as index:
                lines = table(index, Playback(recording, index))
            (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
