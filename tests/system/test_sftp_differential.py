"""What `sftp` sees and leaves behind through the gateway is what it does without."""

from __future__ import annotations

import random
import re
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.system.file_peers import Door
from tests.system.gateways import running_gateway
from tests.system.peers import sshd
from tests.system.sftp_interactions import SIZES, Batch, batches

TOGETHER = 4
_WHEN = re.compile(r"[A-Z][a-z]{2} +\d+ +[\d:]{4,5}")
_ROOM = re.compile(r"(?m)^ +\d[\d ]*%$")


class Seen(NamedTuple):
    status: int
    out: str
    err: str
    near: list[str]
    far: list[str]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Door, Door]]:
    folder = tmp_path_factory.mktemp("d")
    with (
        sshd(folder / "target") as target,
        running_gateway(folder / "gateway", {"web1": target}) as gateway,
    ):
        straight = Door.straight(target, folder / "known_hosts")
        yield straight, Door.through(gateway, f"{target.user}@web1")


@pytest.mark.peer
@pytest.mark.slow
def test_every_batch_looks_the_same_through_the_gateway(
    doors: tuple[Door, Door], tmp_path: Path
) -> None:
    table = batches()
    assert len(table) >= 100
    seen = []
    with ThreadPoolExecutor(TOGETHER) as pool:
        for number, door in enumerate(doors):
            # The same length of name on both ways, so that columns are as wide.
            place = tmp_path / str(number)
            work = lambda each, door=door, place=place: play(door, each, place)  # noqa: E731
            seen.append(list(pool.map(work, table)))
    assert sum(each.status == 0 for each in seen[0]) >= len(table) * 3 // 4
    differing = {
        each.name: (one, other)
        for each, one, other in zip(table, *seen, strict=True)
        if one != other
    }
    assert not differing, "\n".join(
        f"{name}\n  straight {str(one)[:600]}\n  through  {str(other)[:600]}"
        for name, (one, other) in differing.items()
    )


def play(door: Door, batch: Batch, place: Path) -> Seen:
    near, far = place / batch.name / "near", place / batch.name / "far"
    (near / "tree" / "in").mkdir(parents=True)
    far.mkdir()
    for name in ("x", "in/y", "in/z"):
        (near / "tree" / name).write_text(name)
    for size in SIZES:
        (near / f"of{size}").write_bytes(random.Random(size).randbytes(size))
    done = door.sftp(batch.lines.format(far=far), *batch.flags, cwd=near)
    out, err = same(done.stdout, place), same(done.stderr, place)
    return Seen(done.returncode, out, err, left(near), left(far))


def same(text: str, place: Path) -> str:
    """Without what is another on purpose: where it was, when, how much room there is."""
    return _ROOM.sub("", _WHEN.sub("WHEN", text.replace(str(place), "PLACE")))


def left(folder: Path) -> list[str]:
    """What is there: names, modes, contents."""
    found = []
    for path in sorted(folder.rglob("*")):
        kept = path.lstat()
        what = path.readlink() if path.is_symlink() else ""
        if path.is_file() and not path.is_symlink():
            what = sha256(path.read_bytes()).hexdigest()
        found.append(f"{path.relative_to(folder)} {stat.filemode(kept.st_mode)} {what}")
    return found
