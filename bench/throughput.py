"""100 MB each way through an SSH session that is recorded, against one that is not; as a stream and
over SFTP.

Wall time of the stock client's whole run, connection and all; the first run of each side checks
that every byte arrived.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench import workload
from bench.doors import Door, two_doors
from bench.figures import Figure, median, seconds, taking_turns
from tests.system.peers import need

SIZE = 100_000_000
ROUNDS = 5


def measure(folder: Path) -> Iterator[Figure]:
    payload = folder / "payload"
    write_payload(payload)
    expected = hashlib.sha256(payload.read_bytes()).hexdigest()
    with two_doors(folder) as (ours, theirs, _):
        for door in (ours, theirs):
            check(door, payload, expected)
        down = taking_turns([lambda: fetch(ours, payload), lambda: fetch(theirs, payload)], ROUNDS)
        up = taking_turns([lambda: send(ours, payload), lambda: send(theirs, payload)], ROUNDS)
        get = taking_turns(
            [
                lambda: sftp(ours, "get", payload, folder),
                lambda: sftp(theirs, "get", payload, folder),
            ],
            ROUNDS,
        )
        put = taking_turns([lambda: sftp(ours, "put", payload, folder),
                            lambda: sftp(theirs, "put", payload, folder)], ROUNDS)  # fmt: skip
    for name, (mine, other) in (
        ("from the target", down),
        ("to the target", up),
        ("from the target by sftp", get),
        ("to the target by sftp", put),
    ):
        yield Figure(
            name=f"100 MB {name}, recorded",
            ours=median(mine),
            peer=median(other),
            unit="s",
            bar="≤ 1.15×, to aim for 0.9×",
            against=theirs.name,
            method=f"medians of {ROUNDS}, taking turns",
        )


def write_payload(path: Path) -> None:
    """Terminal text, as a log that somebody fetches."""
    left = SIZE
    with path.open("wb") as file:
        for piece in itertools.chain(workload.output(random.Random(7))):
            file.write(piece[:left])
            left -= len(piece[:left])
            if not left:
                return


def check(door: Door, payload: Path, expected: str) -> None:
    """Both directions bring every byte; raises where one does not."""
    got = subprocess.run(
        door.command(f"cat {payload}"), stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    if hashlib.sha256(got.stdout).hexdigest() != expected:
        raise RuntimeError(f"{door.name} changed what came from the target")
    with payload.open("rb") as file:
        said = subprocess.run(
            door.command("sha256sum"), stdin=file, capture_output=True, text=True, check=True
        )
    if said.stdout.split()[0] != expected:
        raise RuntimeError(f"{door.name} changed what went to the target")


def fetch(door: Door, payload: Path) -> float:
    command = door.command(f"cat {payload}")
    return seconds(
        lambda: subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )
    )


def send(door: Door, payload: Path) -> float:
    command = door.command("cat > /dev/null")
    with payload.open("rb") as file:
        return seconds(
            lambda: subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL, check=True)
        )


def sftp(door: Door, verb: str, payload: Path, folder: Path) -> float:
    """OpenSSH's own client; through the bastion its ssh runs the inner one."""
    moved = folder / "moved"
    moved.unlink(missing_ok=True)
    wrapper = folder / f"ssh-{verb}"
    wrapper.write_text(f"#!/bin/sh\nexec {door.subsystem('sftp')}\n")
    wrapper.chmod(0o755)
    command = [need("sftp"), "-q", "-S", str(wrapper), "-b", "-", "target"]
    took = seconds(
        lambda: subprocess.run(
            command,
            input=f"{verb} {payload} {moved}\n".encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
    )
    if moved.stat().st_size != payload.stat().st_size:
        raise RuntimeError(f"{door.name} did not bring all")
    return took
