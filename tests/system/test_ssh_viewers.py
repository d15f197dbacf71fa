"""The app over SSH, in a real terminal at the far end of a real connection, and attacked there."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Authenticated
from tests.system.control import a_session, asked, of, ssh, staffed_gateway
from tests.system.gateways import RunningGateway
from tests.system.peers import Sshd, need, sshd
from tests.system.recorded import logbook, only, sessions, wait_until
from tests.system.tmux import Terminal, terminal

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with staffed_gateway(tmp_path_factory.mktemp("gateway"), target) as running:
        yield running


def test_a_recording_is_played_back_over_ssh_and_who_watched_is_written_down(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    session = a_session(gateway, "echo something to look at")
    command = ssh(gateway, "bob", "replay", session, flags=("-tt",))
    with terminal(tmp_path, command, cols=90, rows=26) as pane:
        pane.wait_for("f")
        pane.press("G")
        pane.wait_for("something to look at")
        pane.resize(110, 30)
        pane.wait_for(lambda screen: len(screen.splitlines()) == 30)
        ((question, answer),) = asked(gateway, "replay", session)
        assert question.facts["principal"] == "bob"
        assert answer.verdict == "allow"
        pane.press("q")
        assert pane.wait_ended() == 0
    assert [e.principal for e in only(logbook(gateway.store), Authenticated)][-1] == "bob"
    wait_until(lambda: not of(gateway))


def test_a_watcher_sees_within_half_a_second_and_the_end_too(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with terminal(tmp_path / "a", ssh(gateway, "alice", user="web1", flags=("-tt",))) as pane:
        pane.wait_for("is recorded")
        session = sessions(gateway.store)[-1]
        command = ssh(gateway, "bob", "watch", session[-10:], flags=("-tt",))
        with terminal(tmp_path / "b", command, cols=100, rows=30) as viewer:
            viewer.wait_for("live")
            lags = []
            for number in range(5):
                mark = f"mark-{number}-{os.getpid()}"
                pane.type(f"echo {mark}")
                pane.wait_for(mark)
                begun = time.monotonic()
                viewer.wait_for(mark)
                lags.append(time.monotonic() - begun)
            assert sorted(lags)[2] < 0.5, lags
            assert asked(gateway, "watch", session)
            pane.press("C-u")
            pane.type("exit")
            pane.press("Enter")
            pane.wait_ended()
            viewer.press("q")
            assert viewer.wait_ended() == 0
    over = terminal(tmp_path / "c", command)
    with over as viewer:
        assert viewer.wait_ended() == 1
        assert "is over" in viewer.screen()


def test_the_viewer_goes_with_its_connection(gateway: RunningGateway, tmp_path: Path) -> None:
    session = a_session(gateway)
    wait_until(lambda: not of(gateway))
    with subprocess.Popen(
        ssh(gateway, "alice", "replay", session, flags=("-tt",)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm-256color"},
    ) as client:
        try:
            wait_until(lambda: of(gateway))
        finally:
            client.kill()
    wait_until(lambda: not of(gateway), 5)


def test_the_viewer_cannot_be_left_for_a_shell_or_a_file(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    """Every way out that a terminal program may have: suspend, quit, interrupt, the palette, the
    command line, saving a screen."""
    session = a_session(gateway)
    before = {path.name for path in gateway.store.iterdir()}
    with terminal(tmp_path, ssh(gateway, "alice", "replay", session, flags=("-tt",))) as pane:
        pane.wait_for("sealed")
        for key in ("C-z", "C-\\", "C-c"):
            pane.press(key)
        _still_there(pane)
        for words in ("shell", "save", "screenshot", "suspend", "open"):
            pane.press("C-p")
            pane.wait_for("Search for commands")
            pane.type(words)
            time.sleep(0.5)
            shown = pane.screen().casefold()
            assert "screenshot" not in shown.replace(words, "")
            assert "suspend" not in shown.replace(words, "")
            pane.press("Escape")
            pane.wait_for(lambda screen: "▔▔" not in screen)
        for words in ("!id", "open /etc/passwd", "export /tmp/x.cast", "w /tmp/x"):
            pane.type(":")
            pane.wait_for("next-frame 20, go")
            pane.type(words)
            pane.press("Enter")
            pane.wait_for(f"there is no command {words.split()[0]}")
            assert "root:x:" not in pane.screen()
            assert "uid=" not in pane.screen()
        _still_there(pane)
        (viewer,) = of(gateway)
        assert not _children_of(viewer)
    assert not Path("/tmp/x.cast").exists()
    after = {path.name for path in gateway.store.iterdir()}
    assert not {n for n in after - before if not n.startswith(("0", "catalog", "."))}


def _still_there(pane: Terminal) -> None:
    assert pane.status() is None, pane.screen()


def _children_of(line: str) -> list[str]:
    """Processes that the viewer with this command line has started."""
    shown = subprocess.run(
        [need("ps"), "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    rows = [row.split(None, 2) for row in shown.splitlines()]
    (viewer,) = [row[0] for row in rows if len(row) == 3 and row[2] == line]
    return [row[2] for row in rows if row[1] == viewer]
