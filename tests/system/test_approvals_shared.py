"""Requests that wait at one gateway, and are answered at another on the same state."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import HoldAnswered
from tests.system.control import PATIENCE, ask
from tests.system.holding import Asking, holding_gateway, pending
from tests.system.peers import Sshd, sshd
from tests.system.recorded import logbook, only, wait_until

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def test_two_gateways_on_one_state_and_one_that_is_killed(target: Sshd, tmp_path: Path) -> None:
    """Answered at the other one; what waits at one that dies is withdrawn when it is back."""
    where = f"sqlite:///{tmp_path}/both.db"
    mark = tmp_path / "mark"
    with (
        holding_gateway(tmp_path / "one", target, state=where) as one,
        holding_gateway(tmp_path / "two", target, state=where, staff=tmp_path / "one") as two,
    ):
        with Asking(one, "alice", f"touch {mark}") as asking:
            held = asking.id()
            assert [each["id"] for each in pending(two, "bob")] == [held]
            own = ask(two, "bob", "approve", held, "--reason", "x")
            assert own.returncode == 0, own.stderr
            assert asking.ended()[0] == 0
        assert mark.exists()
        assert held in [each.hold for each in only(logbook(two.store), HoldAnswered)]
        with (
            Asking(one, "alice", f"touch {mark}2") as dies,
            Asking(two, "bob", f"touch {mark}3") as stays,
        ):
            lost, kept = dies.id(), stays.id()
            one.process.kill()
            one.process.wait(PATIENCE)
            with (one.config.parent / "again.log").open("wb") as log:
                again = subprocess.Popen(
                    [sys.executable, "-m", "gatereel", "gateway", "-c", str(one.config)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "PYTHONUNBUFFERED": "1"},
                )
            try:
                wait_until(
                    lambda: b"listening on" in (one.config.parent / "again.log").read_bytes()
                )
                assert [each["id"] for each in pending(two, "dora")] == [kept]
                assert b"GR-273" in ask(two, "bob", "approve", lost, "--reason", "x").stderr
                assert ask(one, "dora", "approve", kept, "--reason", "x").returncode == 0
                assert stays.ended()[0] == 0
                assert not Path(f"{mark}2").exists()
                assert Path(f"{mark}3").exists()
                # One that is told to stop takes back what waits there before it is gone.
                with Asking(one, "alice", f"touch {mark}4") as told:
                    ends = told.id()
                    again.terminate()
                    status, _, said = told.ended()
                    assert (status, b"GR-208" in said) == (255, True)
                    again.wait(PATIENCE)
                    assert b"withdrawn" in ask(two, "bob", "deny", ends, "--reason", "x").stderr
            finally:
                if again.poll() is None:
                    again.terminate()
                    again.wait(PATIENCE)
