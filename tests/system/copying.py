"""A program between two others that writes down every byte before it hands it on.

``python copying.py LOG PROGRAM...``: LOG.in is what PROGRAM was given, LOG.out what it said. It
imports nothing but the standard library: it stands at a target, and at a client.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading


def main(log: str, command: list[str]) -> int:
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert program.stdin
    assert program.stdout
    feeding = threading.Thread(
        target=copy, args=(0, program.stdin.fileno(), f"{log}.in", program.stdin.close), daemon=True
    )
    feeding.start()
    copy(program.stdout.fileno(), 1, f"{log}.out", lambda: None)
    return program.wait()


def copy(source: int, sink: int, log: str, over: object) -> None:
    kept = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        while data := os.read(source, 1 << 16):
            os.write(kept, data)
            view = memoryview(data)
            while view:
                view = view[os.write(sink, view) :]
    except BrokenPipeError:
        pass
    finally:
        if callable(over):
            over()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
