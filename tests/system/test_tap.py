"""F1: every byte delivered in either direction is in the record, whatever is killed, whenever.

A few dozen kills by default, of the gateway and of its sealer; ``GATEREEL_KILLS`` asks for more of
each.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder.reader import Recording
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system import tap
from tests.system.gateways import running_gateway
from tests.system.peers import sshd
from tests.system.processes import kill_sealer, sealer_pid

KILLS = int(os.environ.get("GATEREEL_KILLS", "12"))
TOGETHER = 4
"""Sessions that one kill hits."""


def seal_what_is_left(folder: Path) -> None:
    """As the next start of a gateway would: its sealer looks at the store first of all."""
    key = folder / "keys" / "gateway_signing"
    subprocess.run(
        [sys.executable, "-m", "gatereel", "seal", "--store", folder / "recordings", "--key", key],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )


@pytest.mark.peer
@pytest.mark.slow
def test_f1_no_delivered_byte_is_missing_after_the_gateway_is_killed(tmp_path: Path) -> None:
    chance = random.Random(1)
    with sshd(tmp_path / "target") as target:
        for round_ in range(KILLS):
            folder = tmp_path / f"gateway{round_}"
            with running_gateway(folder, {"web1": target}) as gateway:
                taps = [
                    tap.start(
                        gateway,
                        f"{target.user}@web1",
                        tmp_path / f"{round_}-{number}",
                        round_ * TOGETHER + number,
                        terminal=number == 0,
                    )
                    for number in range(TOGETHER)
                ]
                for each in taps:
                    tap.until(lambda each=each: len(each.out) > 2000)  # type: ignore[misc]
                time.sleep(chance.random() * 0.5)
                gateway.process.send_signal(signal.SIGKILL)
                for each in taps:
                    each.wait()
            store = Store.open(folder / "recordings")
            for each in taps:
                assert tap.check(store, each) > 2000
            # The killed gateway's own sealer finishes what it was at and ends by itself.
            tap.until(lambda at=store.path: sealer_pid(at) is None)  # type: ignore[misc]
            seal_what_is_left(folder)
            for each in taps:
                tap.check(store, each)
                session = tap.session_of(store, each)
                report = verify_reel(store.reel(session), store.verifiers())
                assert report.ok, report.checks
                with Recording(store, session) as recording:
                    assert recording.state == "interrupted"


@pytest.mark.peer
@pytest.mark.slow
def test_f1_killing_the_sealer_loses_nothing_and_sessions_go_on(tmp_path: Path) -> None:
    chance = random.Random(2)
    with (
        sshd(tmp_path / "target") as target,
        running_gateway(tmp_path / "gateway", {"web1": target}) as gateway,
    ):
        taps = [
            tap.start(
                gateway,
                f"{target.user}@web1",
                tmp_path / f"s{number}",
                number,
                terminal=number == 0,
            )
            for number in range(TOGETHER)
        ]
        for each in taps:
            tap.until(lambda each=each: len(each.out) > 2000)  # type: ignore[misc]
        for _ in range(KILLS):
            time.sleep(chance.random() * 0.3)
            tap.until(lambda: kill_sealer(gateway.store))
            before = [len(each.out) for each in taps]
            for each, size in zip(taps, before, strict=True):
                tap.until(lambda each=each, size=size: len(each.out) > size)  # type: ignore[misc]
        for each in taps:
            each.process.terminate()
            each.wait()
        store = Store.open(gateway.store)
        tap.until(lambda: not any(store.journals(tap.session_of(store, each)) for each in taps))
        for each in taps:
            assert tap.check(store, each) > 2000
            report = verify_reel(store.reel(tap.session_of(store, each)), store.verifiers())
            assert report.ok, report.checks
