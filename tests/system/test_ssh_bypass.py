"""Ways around policy at the gateway itself: looking where one may only list, stalling an end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Asked, Decided
from replay.catalog import open_catalog
from tests.system.control import RULES, STAFF, a_session, ask, asked, ssh
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, make_key, sshd
from tests.system.recorded import logbook, sessions, state, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer

LISTS = """
[principals.dave]
keys = ["{dave}"]
"""
COUNTS = """
@id("dave counts sessions")
permit (principal == Person::"dave", action == Action::"sessions", resource)
when { resource.owner == "alice" };
"""
SECRET = "what-dave-may-not-read"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("gateway")
    keys = {name: make_key(folder / name, name) for name in ("bob", "carol", "dave")}
    extra = (STAFF + LISTS).format(**keys)
    with running_gateway(
        folder / "gw", {"web1": target}, extra=extra, policies=RULES + COUNTS
    ) as running:
        yield running


@pytest.fixture(scope="module")
def known(gateway: RunningGateway) -> str:
    """A session of alice's that the catalog has."""
    session = a_session(gateway, f"echo {SECRET}")

    def there() -> bool:
        with contextlib.closing(open_catalog(gateway.store)) as catalog:
            return any(e.id == session and e.frames for e in catalog.entries())

    wait_until(there, 60)
    return session


def test_who_may_list_sessions_sees_no_screen_and_no_word_of_them(
    gateway: RunningGateway, known: str, tmp_path: Path
) -> None:
    command = ssh(gateway, "dave", "replay", flags=("-tt",))
    with terminal(tmp_path, command, cols=120, rows=40) as pane:
        pane.wait_for("no screen to show")
        assert SECRET not in pane.screen()
        assert known[-12:] in pane.screen()
        pane.press("/")
        time.sleep(0.5)  # until the bar has the keys
        pane.type(SECRET[:12])
        pane.press("Enter")
        pane.wait_for("nothing found in")
        assert SECRET not in pane.screen().replace(SECRET[:12], "", 1)
    denied = asked(gateway, "replay", known)
    details = {
        str(question.facts["detail"])
        for question, answer in denied
        if (question.facts["principal"], answer.verdict) == ("dave", "deny")
    }
    assert details == {"preview", "search"}
    for verb in ("export", "kill"):
        more = ("--reason", "x") if verb == "kill" else ()
        done = ask(gateway, "dave", verb, known, *more)
        assert done.returncode == 1
        assert SECRET.encode() not in done.stdout + done.stderr


def test_a_preview_is_written_down_as_looking(
    gateway: RunningGateway, known: str, tmp_path: Path
) -> None:
    command = ssh(gateway, "bob", "replay", flags=("-tt",))
    with terminal(tmp_path, command, cols=120, rows=40) as pane:
        pane.wait_for(SECRET)
    assert ("bob", "preview", "allow") in {
        (str(question.facts["principal"]), str(question.facts.get("detail")), answer.verdict)
        for question, answer in asked(gateway, "replay", known)
    }


def test_a_kill_ends_a_session_whose_both_sides_have_stopped(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    """The client reads nothing and the target reads nothing: neither can hold the end up."""
    marker = tmp_path / "pid"
    command = ssh(gateway, "alice", f"echo $PPID > {marker}; yes & cat > /dev/null", user="web1")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as client:
        assert client.stdin
        wait_until(marker.exists)
        wait_until(lambda: marker.read_text().strip())
        far = int(marker.read_text())
        session = sessions(gateway.store)[-1]
        try:
            os.kill(far, signal.SIGSTOP)
            os.set_blocking(client.stdin.fileno(), False)
            time.sleep(1)
            with contextlib.suppress(BlockingIOError):
                while os.write(client.stdin.fileno(), b"x" * 65536):
                    time.sleep(0.01)
            client.send_signal(signal.SIGSTOP)
            begun = time.monotonic()
            done = ask(gateway, "bob", "kill", session[-12:], "--reason", "hangs")
            assert done.returncode == 0, done.stderr
            assert time.monotonic() - begun < 15
            wait_until(lambda: state(gateway.store, session) == "sealed")
            wait_until(lambda: session.encode() not in ask(gateway, "bob", "kill", session).stdout)
        finally:
            os.kill(far, signal.SIGCONT)
            client.send_signal(signal.SIGCONT)
            client.kill()
    assert next(answer.verdict for _, answer in asked(gateway, "kill", session)) == "allow"


def test_a_verb_no_program_could_be_given_leaves_the_connection_and_an_event(
    gateway: RunningGateway,
) -> None:
    done = ask(gateway, "alice", "sessions " + "x" * 20_000)
    assert done.returncode == 2
    assert b"GR-209" in done.stderr
    found = logbook(gateway.store)
    asks = [e for e in found if isinstance(e, Asked) and e.action == "exec"]
    assert asks
    assert any(isinstance(e, Decided) and e.verdict == "deny" for e in found)
    assert ask(gateway, "alice", "help").returncode == 0
