"""Fail closed, on every kind of channel, while the disk under the recordings fails (F4, F5).

Whatever fails: nothing reaches an end that is not in the record, sessions end and say why, nobody
new is let in, and with the disk comes everything back, the outage on record. By default each fault
hits one kind of each sort; ``GATEREEL_FAULT_KINDS=all`` takes all kinds, and
``GATEREEL_FAULT_REPORT`` names a file that gets a line of figures for each (``python -m bench
faults``).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from recorder.events import Continued, Outage, Suspended
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system.channel_kinds import BESIDE, KINDS, Channel, Field, field
from tests.system.faulty_disk import Disk, Fault, faulty_disk
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.recorded import events, only, state, wait_until

pytestmark = [pytest.mark.peer, pytest.mark.slow]

ALL = os.environ.get("GATEREEL_FAULT_KINDS") == "all"
PATIENCE = 10
MOVED = 3000
WAIT = 90
SETTINGS = f"[limits]\npatience = {PATIENCE}\n[disk]\nwarn_below = 0\nrefuse_below = 0\n"
LINE = re.compile(rb"gatereel: (GR-2\d\d): [^\r\n]{20,}")


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(tmp_path_factory.mktemp("field") / "field") as made:
        yield made


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = tmp_path_factory.mktemp("gateway")
    with faulty_disk(folder, folder / "gw" / "recordings") as made:
        yield made


@pytest.fixture(scope="module")
def gateway(behind: Field, disk: Disk) -> Iterator[RunningGateway]:
    folder = Path(disk.environment["GATEREEL_FAULTS_IN"]).parent
    with running_gateway(
        folder, behind.targets, extra=SETTINGS + behind.extra, environment=disk.environment
    ) as running:
        yield running
        disk.be(Fault.NONE)


def start_all(
    gateway: RunningGateway, behind: Field, kinds: Sequence[str], folder: Path
) -> list[Channel]:
    """One of each, all of them in full flow."""
    channels = []
    for kind in kinds:
        channels.append(behind.start(gateway, kind, folder / kind))
        wait_until(lambda at=channels[-1]: at.moved() > MOVED, WAIT)  # type: ignore[misc]
    return channels


def knock(gateway: RunningGateway) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh(BESIDE, "echo lives"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=WAIT,
        check=False,
    )


def told(channel: Channel) -> bytes:
    """The code of the line that its user got. A forward has nobody to tell: it is a socket."""
    found = LINE.search(channel.said())
    return found[1] if found else b""


def all_verify(gateway: RunningGateway, channels: Sequence[Channel], ended: str) -> None:
    store = Store.open(gateway.store)
    for channel in channels:
        assert channel.check(store) > MOVED, channel.kind
    for channel in channels:
        session = channel.session(store)
        wait_until(partial(is_sealed, store, session), WAIT)
        assert state(store.path, session) == ended
        channel.check(store)
        report = verify_reel(store.reel(session), store.verifiers())
        assert report.ok, (channel.kind, report.checks)


def is_sealed(store: Store, session: str) -> bool:
    return store.reel(session).exists() and not store.journals(session)


def report(fault: str, channels: Sequence[Channel], ended: dict[str, float], codes: object) -> None:
    path = os.environ.get("GATEREEL_FAULT_REPORT")
    if path:
        figures = {"fault": fault, "seconds": ended, "codes": codes, "kinds": len(channels)}
        with Path(path).open("a") as file:
            file.write(json.dumps(figures) + "\n")


def until_all_ended(channels: Sequence[Channel]) -> dict[str, float]:
    """After how many seconds each client had ended."""
    begun = time.monotonic()
    ended: dict[str, float] = {}

    def over() -> bool:
        for channel in channels:
            if channel.kind not in ended and channel.process.poll() is not None:
                ended[channel.kind] = round(time.monotonic() - begun, 2)
        return len(ended) == len(channels)

    wait_until(over, WAIT)
    for channel in channels:
        channel.wait(WAIT)
    return ended


def outages(gateway: RunningGateway) -> list[Outage]:
    """Of all the gateway's own recordings, the newest last: after an outage it begins another."""
    store = Store.open(gateway.store)
    found: list[Outage] = []
    for session in reversed(store.ids()):
        with Recording(store, session) as recording:
            if recording.header.facts["kind"] == "gateway":
                found += only([record.event for record in recording.records()], Outage)
    return found


FAULTS: list[tuple[Fault, tuple[str, ...]]] = [
    (Fault.FULL, ("exec", "shell-tty", "sftp")),
    (Fault.BROKEN, ("shell", "forward", "scp")),
    (Fault.READ_ONLY, ("exec-tty", "subsystem", "jump")),
    (Fault.UNSYNCED, ("exec", "sftp")),
]


@pytest.mark.parametrize(("fault", "kinds"), FAULTS, ids=[each.name for each, _ in FAULTS])
def test_f4_a_disk_that_fails_ends_every_session_and_comes_back(
    gateway: RunningGateway,
    behind: Field,
    disk: Disk,
    tmp_path: Path,
    fault: Fault,
    kinds: tuple[str, ...],
) -> None:
    channels = start_all(gateway, behind, KINDS if ALL else kinds, tmp_path)
    before = len(outages(gateway))
    disk.be(fault)
    ended = until_all_ended(channels)
    refused = knock(gateway)
    disk.be(Fault.NONE)
    assert (refused.returncode, refused.stdout) == (255, b"")
    assert LINE.search(refused.stderr), refused.stderr
    codes = {channel.kind: told(channel).decode() for channel in channels}
    report(fault.name, channels, ended, codes)
    assert {kind for kind, code in codes.items() if not code} <= {"forward"}, codes
    wait_until(lambda: knock(gateway).stdout == b"lives\n", WAIT)
    all_verify(gateway, channels, "interrupted")
    wait_until(lambda: {o.phase for o in outages(gateway)[before:]} == {"began", "ended"}, WAIT)


def test_f4_a_disk_that_stalls_pauses_and_then_ends_every_session(
    gateway: RunningGateway, behind: Field, disk: Disk, tmp_path: Path
) -> None:
    """First shorter than sessions wait, which costs them nothing but time; then longer."""
    kinds = KINDS if ALL else ("exec", "shell-tty", "sftp")
    channels = start_all(gateway, behind, kinds, tmp_path)
    disk.be(Fault.STALLED)
    time.sleep(2)
    sizes = [channel.moved() for channel in channels]
    disk.be(Fault.NONE)
    for channel, size in zip(channels, sizes, strict=True):
        wait_until(lambda at=channel, size=size: at.moved() > size, WAIT)  # type: ignore[misc]
    disk.be(Fault.STALLED)
    try:
        ended = until_all_ended(channels)
        refused = knock(gateway)
    finally:
        disk.be(Fault.NONE)
    codes = {channel.kind: told(channel).decode() for channel in channels}
    report("STALLED", channels, ended, codes)
    assert (refused.returncode, refused.stdout) == (255, b"")
    assert LINE.search(refused.stderr), refused.stderr
    assert {kind for kind, code in codes.items() if not code} <= {"forward"}, codes
    wait_until(lambda: knock(gateway).stdout == b"lives\n", WAIT)
    store = Store.open(gateway.store)
    for channel in channels:
        session = channel.session(store)
        wait_until(partial(is_sealed, store, session), WAIT)
        channel.check(store)
        found = events(gateway.store, session)
        assert only(found, Suspended), channel.kind
        assert only(found, Continued), channel.kind
        assert verify_reel(store.reel(session), store.verifiers()).ok
