"""Fail closed, on every kind of channel, while the disk under the recordings fails (F4, F5).

Whatever fails: nothing reaches an end that is not in the record, sessions end and say why, nobody
new is let in, and with the disk comes everything back, the outage on record.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from recorder.events import Continued, Suspended
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system.channel_kinds import Field, Line, field
from tests.system.channels_at_work import (
    LINE,
    WAIT,
    all_go_on,
    all_have_ended,
    all_verify,
    is_let_in,
    is_sealed,
    knock,
    outages,
    report,
    start_all,
    told,
)
from tests.system.faulty_disk import Disk, Fault, faulty_disk
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.processes import signal_clients
from tests.system.recorded import events, only, wait_until

pytestmark = [pytest.mark.peer, pytest.mark.slow]

LONG, SHORT = "patience = 600", "patience = 4"
SETTINGS = f"[limits]\n{LONG}\n[disk]\nwarn_below = 0\nrefuse_below = 0\n"
HELD = 64 * 1024 * 1024
"""Bytes that all buffers between a program and a gateway that does not read it never reach."""


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
        folder,
        behind.targets,
        extra=SETTINGS,
        policies=behind.policies,
        environment=disk.environment,
    ) as running:
        yield running
        disk.be(Fault.NONE)


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
    channels = start_all(gateway, behind, kinds, tmp_path)
    before = len(outages(gateway))
    disk.be(fault)
    try:
        ended = all_have_ended(channels)
        new = knock(gateway)
        out, error = new.communicate(timeout=WAIT)
    finally:
        disk.be(Fault.NONE)
    assert (new.returncode, out) == (255, b"")
    assert LINE.search(error), error
    kind = fault.name.lower().replace("_", "-")
    report(f"a disk that is {kind}: until every session has ended", ended, channels)
    assert {channel.kind for channel in channels if not told(channel)} <= {"forward"}
    wait_until(lambda: is_let_in(gateway), WAIT)
    all_verify(gateway, channels, "interrupted")
    wait_until(lambda: {o.phase for o in outages(gateway)[before:]} == {"began", "ended"}, WAIT)


def test_f4_while_the_disk_stalls_nothing_more_is_read_and_then_all_goes_on(
    gateway: RunningGateway, behind: Field, disk: Disk, tmp_path: Path
) -> None:
    """Programs that would write for ever are stopped, as by a slow terminal; it costs only time."""
    channels = start_all(gateway, behind, ("exec", "shell-tty"), tmp_path)
    programs = [channel for channel in channels if isinstance(channel, Line)]
    disk.be(Fault.STALLED)
    try:
        for program in programs:
            program.hurry(True)
        for program in programs:
            program.wait_until_held(WAIT)
            assert program.written() < HELD
    finally:
        for program in programs:
            program.hurry(False)
        disk.be(Fault.NONE)
    again = all_go_on(channels)
    report("a disk that stalled: until every channel goes on", {"": again}, [])
    assert all(channel.process.poll() is None for channel in channels)
    for channel in channels:
        signal_clients(channel.process.pid, signal.SIGTERM)
    all_have_ended(channels)
    all_verify(gateway, channels, "sealed")
    store = Store.open(gateway.store)
    for channel in channels:
        found = events(gateway.store, channel.session(store))
        assert only(found, Suspended), channel.kind
        assert only(found, Continued), channel.kind


def test_f4_a_disk_that_stalls_for_too_long_ends_every_session(
    gateway: RunningGateway, behind: Field, disk: Disk, tmp_path: Path
) -> None:
    have_patience(gateway, SHORT)
    channels = start_all(gateway, behind, ("exec", "sftp"), tmp_path)
    disk.be(Fault.STALLED)
    try:
        new = knock(gateway)
        ended = all_have_ended(channels)
        out, error = new.communicate(timeout=WAIT)
    finally:
        disk.be(Fault.NONE)
    report("a disk that stalls: until every session has ended", ended, channels)
    assert (new.returncode, out) == (255, b"")
    assert LINE.search(error), error
    assert {channel.kind for channel in channels if not told(channel)} <= {"forward"}
    wait_until(lambda: is_let_in(gateway), WAIT)
    have_patience(gateway, LONG)
    store = Store.open(gateway.store)
    for channel in channels:
        session = channel.session(store)
        wait_until(partial(is_sealed, store, session), WAIT)
        channel.check(store)
        assert verify_reel(store.reel(session), store.verifiers()).ok


def have_patience(gateway: RunningGateway, setting: str) -> None:
    """For sessions from now on."""
    text = gateway.config.read_text()
    done = gateway.log().count("configuration was read again")
    gateway.config.write_text(text.replace(LONG, setting).replace(SHORT, setting))
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: gateway.log().count("configuration was read again") > done, WAIT)
