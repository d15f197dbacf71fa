"""Whoever dies, on every kind of channel: the sealer, the target, the client (F1, F4).

Each is killed by SIGKILL in full flow: what reached an end is in the record, the session is closed
in it, and it verifies. ``-R``, X11 and agent forwards are no kinds of channel here: they are
refused, whoever asks (`test_ssh_refusals`, `test_ssh_forwards`), so no byte of them ever flows.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from recorder.store import Store
from tests.system import tap
from tests.system.channel_kinds import FILES, Field, field
from tests.system.channels_at_work import (
    WAIT,
    all_go_on,
    all_have_ended,
    all_verify,
    each_when,
    is_let_in,
    is_sealed,
    outages,
    report,
    start_all,
    told,
)
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.processes import (
    children,
    kill_children,
    kill_sealer,
    sealer_pid,
    signal_clients,
)
from tests.system.recorded import wait_until

pytestmark = [pytest.mark.peer, pytest.mark.slow]

SETTINGS = "[limits]\npatience = 600\n[disk]\nwarn_below = 0\nrefuse_below = 0\n"
KILLS = 3
"""Of the sealer, one after the other."""


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(tmp_path_factory.mktemp("field") / "field") as made:
        yield made


@pytest.fixture(scope="module")
def gateway(behind: Field, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("gateway") / "gw"
    with running_gateway(
        folder, behind.targets, extra=SETTINGS, policies=behind.policies
    ) as running:
        yield running


def test_f4_a_sealer_that_dies_is_started_again_and_every_session_goes_on(
    gateway: RunningGateway, behind: Field, tmp_path: Path
) -> None:
    channels = start_all(gateway, behind, ("subsystem", "sftp"), tmp_path)
    again = []
    for _ in range(KILLS):
        before = len(outages(gateway))
        wait_until(lambda: kill_sealer(gateway.store), WAIT)
        again.append(all_go_on(channels))
        wait_until(
            lambda seen=before: (
                {o.phase for o in outages(gateway)[seen:]}  # type: ignore[misc]
                == {"began", "ended"}
            ),
            WAIT,
        )
    report("the sealer is killed: until every channel goes on", {"": max(again)}, [])
    assert sealer_pid(gateway.store) is not None
    assert all(channel.process.poll() is None for channel in channels)
    for channel in channels:
        assert signal_clients(channel.process.pid, signal.SIGTERM)
    all_have_ended(channels)
    all_verify(gateway, channels, "sealed")


def test_f4_a_target_that_dies_ends_its_sessions_with_a_word(
    gateway: RunningGateway, behind: Field, tmp_path: Path
) -> None:
    channels = start_all(gateway, behind, ("exec-tty", "forward", "sftp"), tmp_path)
    kinds = {channel.kind for channel in channels}
    for server in {behind.targets[kind].pid for kind in kinds - {"forward"}}:
        assert kill_children(server)
    if "forward" in kinds:
        assert kill_children(os.getpid(), tap.TARGET)
    ended = all_have_ended(channels)
    report("the target dies: until every session has ended", ended, channels)
    assert {channel.kind for channel in channels if not told(channel)} <= {"forward"}
    all_verify(gateway, channels, "sealed")
    assert is_let_in(gateway)


def test_f4_a_client_that_dies_leaves_nothing_behind(
    gateway: RunningGateway, behind: Field, tmp_path: Path
) -> None:
    """No session goes on without its client, here or at the target."""
    channels = start_all(gateway, behind, ("shell", "jump", "scp"), tmp_path)
    store = Store.open(gateway.store)
    sessions = {channel.kind: channel.session(store) for channel in channels}
    for channel in channels:
        assert signal_clients(channel.process.pid, signal.SIGKILL)
    sealed = each_when(channels, lambda channel: is_sealed(store, sessions[channel.kind]))
    report("the client dies: until every recording is sealed", sealed, [])
    all_have_ended(channels)
    all_verify(gateway, channels, "sealed")
    for kind in {FILES[0], *sessions}:
        wait_until(partial(nobody_is_at, behind.targets[kind].pid), WAIT)


def nobody_is_at(server: int) -> bool:
    return not children(server)
