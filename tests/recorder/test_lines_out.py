from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
from recorder.lines_out import closed, tell
tell({"first": 1})
while not closed(0.01):
    pass
tell({"last": [2]})
"""


def test_it_speaks_until_its_input_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"first": 1}
        process.stdin.close()
        assert [json.loads(line) for line in process.stdout] == [{"last": [2]}]
    assert process.returncode == 0


def test_nobody_has_to_listen() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=writing
    ) as process:
        os.close(writing)
    assert process.returncode == 0
