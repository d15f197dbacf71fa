"""Live sessions in the app, by a real gateway: followed, scrubbed, switched, ended with K."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import End, Notice
from tests.system.control import asked, client_of, ssh, staffed_gateway
from tests.system.gateways import RunningGateway
from tests.system.peers import sshd
from tests.system.recorded import events, only, sessions, state, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    make = tmp_path_factory.mktemp
    with sshd(make("sshd")) as target, staffed_gateway(make("gateway"), target) as running:
        yield running


def app(gateway: RunningGateway, session: str) -> list[str]:
    """The app at home, which reads the store and acts through the gateway."""
    return [sys.executable, "-m", "gatereel", "replay", session, "-c", str(gateway.config)]


def paths(gateway: RunningGateway, who: str, folder: Path) -> dict[str, str]:
    """An environment in which ``ssh`` goes with this person's key."""
    return {"PATH": f"{client_of(gateway, who, folder)}:{os.environ['PATH']}"}


def test_it_is_followed_scrubbed_while_it_goes_on_and_ended_by_who_may(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with terminal(tmp_path / "a", ssh(gateway, "alice", user="web1", flags=("-tt",))) as pane:
        pane.wait_for("is recorded")
        session = sessions(gateway.store)[-1]
        pane.type("echo first-$((1))")
        pane.press("Enter")
        pane.wait_for("first-1")
        carol = paths(gateway, "carol", tmp_path)
        with terminal(tmp_path / "c", app(gateway, session), cols=100, environment=carol) as viewer:
            viewer.wait_for("first-1", 30)
            viewer.press("K")
            viewer.wait_for("End the session of alice on")
            viewer.type("because")
            viewer.press("Enter")
            viewer.wait_for("GR-", 30)
            assert state(gateway.store, session) == "live"
            viewer.press("q")
            viewer.wait_ended()
        bob = paths(gateway, "bob", tmp_path)
        with terminal(tmp_path / "b", app(gateway, session), cols=100, environment=bob) as viewer:
            viewer.wait_for("first-1", 30)
            lags = []
            for number in range(5):
                mark = f"mark-{number}"
                pane.type(f"echo {mark}")
                pane.wait_for(mark)
                begun = time.monotonic()
                viewer.wait_for(mark)
                lags.append(time.monotonic() - begun)
            assert sorted(lags)[2] < 0.5, lags
            viewer.press("0")
            viewer.wait_for(lambda shown: "mark-0" not in shown)
            pane.type("; echo away-$((1))")
            pane.press("Enter")
            pane.wait_for("away-1")
            assert "away-1" not in viewer.screen()
            viewer.press("f")
            viewer.wait_for("away-1")
            viewer.press("K")
            viewer.wait_for("End the session of alice on")
            viewer.press("Enter")
            viewer.wait_for("a reason is recorded with it")
            viewer.press("Escape")
            viewer.wait_for(lambda shown: "End the session" not in shown)
            assert state(gateway.store, session) == "live"
            viewer.press("K")
            viewer.wait_for("End the session of alice on")
            viewer.type("wrong [@click=app.quit]host[/]")
            viewer.press("Enter")
            pane.wait_ended(30)
            viewer.wait_for("the session has ended: ended by bob", 30)
            viewer.press("q")
            viewer.wait_ended()
        assert "bob ended this session" in pane.screen()
    reason = "ended by bob: wrong [@click=app.quit]host[/]"
    wait_until(lambda: state(gateway.store, session) == "sealed")
    found = events(gateway.store, session)
    assert isinstance(found[-1], End)
    assert found[-1].reason == reason
    assert b"bob ended" in only(found, Notice)[-1].data
    verdicts = {
        question.facts["principal"]: answer.verdict
        for question, answer in asked(gateway, "kill", session)
    }
    assert verdicts == {"carol": "deny", "bob": "allow"}


def test_several_terminals_of_one_live_session_are_switched(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    shared = ("-o", f"ControlPath={tmp_path / 'm'}", "-o", "ControlMaster=auto", "-tt")
    shell = ssh(gateway, "alice", user="web1", flags=shared)
    with terminal(tmp_path / "a", shell) as one:
        one.wait_for("is recorded")
        session = sessions(gateway.store)[-1]
        one.type("echo here-is-one")
        with terminal(tmp_path / "b", shell) as two:
            two.wait_for(lambda shown: bool(shown.strip()))
            two.type("echo here-is-two")
            two.wait_for("here-is-two")
            one.wait_for("here-is-one")
            watching = ssh(gateway, "bob", "watch", session, flags=("-tt",))
            with terminal(tmp_path / "c", watching, cols=100) as viewer:
                viewer.wait_for("here-is-", 30)
                viewer.press("s")
                viewer.wait_for(lambda shown: "is-one" in shown and "is-two" not in shown)
                viewer.press("s")
                viewer.wait_for(lambda shown: "is-two" in shown and "is-one" not in shown)
                viewer.press("S")
                viewer.wait_for(lambda shown: "is-one" in shown and "is-two" not in shown)
                viewer.press("K")
                viewer.wait_for("End the session of alice on")
                viewer.type("both of them")
                viewer.press("Enter")
                one.wait_ended(30)
                two.wait_ended(30)
                viewer.wait_for("the session has ended: ended by bob", 30)
    found = events(gateway.store, session)
    assert isinstance(found[-1], End)
    assert found[-1].reason == "ended by bob: both of them"
