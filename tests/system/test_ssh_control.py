"""The gateway itself over SSH: lists, kills, viewers, exports, with the stock client.

The app runs in a real terminal at the other end of a real connection, and is attacked there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Asked, End, Notice, SessionClosed
from recorder.store import Store
from tests.system.control import PATIENCE, a_session, ask, asked, client_of, ssh, staffed_gateway
from tests.system.gateways import RunningGateway
from tests.system.peers import Sshd, sshd
from tests.system.recorded import events, logbook, only, sessions, state, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with staffed_gateway(tmp_path_factory.mktemp("gateway"), target) as running:
        yield running


# -- killing ---------------------------------------------------------------------------------------


def test_kill_ends_both_sides_at_once_and_says_who_and_why(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    mark = tmp_path / "alive"
    script = f"echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 300"
    with subprocess.Popen(
        ssh(gateway, "alice", script, user="web1", flags=("-tt",)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        wait_until(mark.exists)
        there = int(mark.read_text())
        session = sessions(gateway.store)[-1]
        begun = time.monotonic()
        done = ask(gateway, "bob", "kill", session[-8:], "--reason", "'wrong \"place\"'")
        assert done.returncode == 0, done.stderr
        out, error = client.communicate(timeout=PATIENCE)
        assert time.monotonic() - begun < 5
    assert b'GR-208: bob ended this session: wrong "place"' in out + error
    assert session.encode() in done.stdout
    wait_until(lambda: not _runs(there))
    found = events(gateway.store, session)
    assert isinstance(found[-1], End)
    assert found[-1].reason == 'ended by bob: wrong "place"'
    assert b"bob ended" in only(found, Notice)[-1].data
    ((question, answer),) = asked(gateway, "kill", session)
    assert question.facts["principal"] == "bob"
    assert question.facts["owner"] == "alice"
    assert question.facts["reason"] == 'wrong "place"'
    assert (answer.verdict, list(answer.rules)) == ("allow", ["leads look after alice"])

    def closed() -> list[str]:
        known = only(logbook(gateway.store), SessionClosed)
        return [each.reason for each in known if each.session == session]

    wait_until(closed)
    assert closed() == ['ended by bob: wrong "place"']


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:1]


def test_nobody_ends_a_session_without_a_rule_nor_learns_that_it_is_there(
    gateway: RunningGateway,
) -> None:
    with subprocess.Popen(
        ssh(gateway, "alice", "echo in; cat", user="web1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"in\n"
        session = sessions(gateway.store)[-1]
        refused = ask(gateway, "carol", "kill", session, "--reason", "x")
        nothing = ask(gateway, "carol", "kill", session[::-1], "--reason", "x")
        assert refused.returncode == nothing.returncode == 1
        assert b"GR-211" in refused.stderr
        assert refused.stderr.replace(session.encode(), b"?") == nothing.stderr.replace(
            session[::-1].encode(), b"?"
        )
        assert [a.verdict for _, a in asked(gateway, "kill", session)] == ["deny"]
        assert client.poll() is None
        # One's own needs no rule.
        assert ask(gateway, "alice", "kill", session, "--reason", "'done here'").returncode == 0
        assert client.wait(PATIENCE) == 255


def test_the_local_verb_asks_the_gateway_with_the_callers_own_key(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    """Reading the store's files gives nobody the right to act: the key decides."""
    with subprocess.Popen(
        ssh(gateway, "alice", "echo in; cat", user="web1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"in\n"
        session = sessions(gateway.store)[-1]
        for who, status in (("carol", 1), ("bob", 0)):
            done = subprocess.run(
                [sys.executable, "-m", "gatereel", "kill", session, "--reason", "two words",
                 "-c", str(gateway.config)],
                env={**os.environ, "PATH": f"{client_of(gateway, who, tmp_path)}:/usr/bin:/bin"},
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )  # fmt: skip
            assert done.returncode == status, done.stderr
        assert client.wait(PATIENCE) == 255
    assert events(gateway.store, session)[-1].reason == "ended by bob: two words"  # type: ignore[union-attr]


# -- who sees what ---------------------------------------------------------------------------------


def test_others_sessions_are_invisible_without_a_rule(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    session = a_session(gateway)
    shown = {
        who: [row["id"] for row in json.loads(ask(gateway, who, "sessions", "--json").stdout)]
        for who in ("alice", "bob", "carol")
    }
    assert session in shown["alice"]
    assert session in shown["bob"]
    assert shown["carol"] == []
    own = set(Store.open(gateway.store).ids()) - set(sessions(gateway.store))
    assert not own & {*shown["alice"], *shown["bob"]}
    refused = ask(gateway, "carol", "export", session)
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert b"no session" in refused.stderr
    with terminal(tmp_path, ssh(gateway, "carol", "replay", session, flags=("-tt",))) as pane:
        assert pane.wait_ended() == 1
        assert "no session" in pane.screen()
    with terminal(tmp_path / "library", ssh(gateway, "carol", "replay", flags=("-tt",))) as pane:
        shown_there = pane.wait_for(lambda screen: "session" in screen)
        time.sleep(1)
        assert "web1" not in shown_there + pane.screen()
        pane.press("q")
        assert pane.wait_ended() == 0


def test_an_export_over_ssh_is_the_local_one_byte_for_byte_and_written_down(
    gateway: RunningGateway,
) -> None:
    session = a_session(gateway, "echo one; printf '\\033[31mred\\033[0m'; echo \u00e9")
    for form in ("cast2", "cast3", "text", "json"):
        there = ask(gateway, "bob", "export", session, "--format", form)
        assert there.returncode == 0, there.stderr
        here = subprocess.run(
            [sys.executable, "-m", "gatereel", "export", session, "--format", form,
             "--store", str(gateway.store)],
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )  # fmt: skip
        assert there.stdout == here.stdout
        assert there.stdout
    found = asked(gateway, "export", session)
    assert [q.facts["detail"] for q, _ in found] == ["cast2", "cast3", "text", "json"]
    assert {q.facts["principal"] for q, _ in found} == {"bob"}
    assert {a.verdict for _, a in found} == {"allow"}


# -- the list --------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["gatereel", "alice", "whoever"])
def test_a_pick_from_the_list_is_a_session_like_any_other(
    gateway: RunningGateway, target: Sshd, tmp_path: Path, user: str
) -> None:
    before = sessions(gateway.store)
    with terminal(tmp_path, ssh(gateway, "alice", user=user, flags=("-tt",))) as pane:
        pane.wait_for(f"2  {target.user}@web2")
        pane.type("webb")
        pane.press("Enter")
        pane.wait_for("webb is none of them")
        pane.resize(91, 27)
        pane.type("2")
        pane.press("Enter")
        pane.wait_for("is recorded")
        pane.type("echo $((6 * 7)) $(stty size)")
        pane.press("Enter")
        pane.wait_for("42 27 91")
        pane.type("exit")
        pane.press("Enter")
        assert pane.wait_ended() == 0
    (session,) = [name for name in sessions(gateway.store) if name not in before]
    wait_until(lambda: state(gateway.store, session) == "sealed")
    rows = json.loads(ask(gateway, "alice", "sessions", "--json", session).stdout)
    assert [(row["target"], row["account"]) for row in rows] == [("web2", target.user)]


def test_the_list_can_be_left_and_is_empty_for_who_may_reach_nothing(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with terminal(tmp_path / "a", ssh(gateway, "alice", flags=("-tt",))) as pane:
        pane.wait_for("number or name")
        pane.press("C-d")
        assert pane.wait_ended() == 0
    with terminal(tmp_path / "c", ssh(gateway, "carol", flags=("-tt",))) as pane:
        assert pane.wait_ended() == 1
        assert "No rule lets you reach" in pane.screen()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("uptime",), 2, b"GR-209"),
        (("kill x",), 2, b"GR-209"),
        (("sessions; id",), 2, b"GR-209"),
        (("sessions", "--all"), 2, b"GR-209"),
        (("export", "../../etc/passwd"), 2, b"GR-209"),
        (("export", "-o/tmp/x", "0"), 2, b"GR-209"),
        (("replay",), 2, b"needs a terminal"),
    ],
)
def test_what_is_no_verb_is_refused_with_an_event(
    gateway: RunningGateway, words: tuple[str, ...], status: int, said: bytes
) -> None:
    done = ask(gateway, "carol", *words)
    assert (done.returncode, done.stdout) == (status, b"")
    assert said in done.stderr
    command = " ".join(words).encode()
    found = [e for e in only(logbook(gateway.store), Asked) if e.facts.get("command") == command]
    assert found
    assert found[-1].facts["principal"] == "carol"


def test_the_gateway_gives_nobody_its_files(gateway: RunningGateway) -> None:
    done = subprocess.run(
        [*ssh(gateway, "alice", flags=("-s",)), "sftp"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 255
    assert b"GR-233" in done.stderr


def test_known_hosts_prints_what_the_client_needs(gateway: RunningGateway) -> None:
    done = ask(gateway, "carol", "known-hosts")
    assert done.stdout.decode().splitlines()[:1] == gateway.known_hosts.read_text().splitlines()
