"""A request that policy holds, from the stock client that waits to the command that runs, once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import (
    Asked,
    Decided,
    HoldAnswered,
    HoldEnded,
    HoldOpened,
    Notice,
    Requested,
)
from tests.system.control import PATIENCE, ask, ssh
from tests.system.gateways import RunningGateway
from tests.system.holding import Asking, holding_gateway, pending, until_gone
from tests.system.peers import Sshd, need, sshd
from tests.system.recorded import events, logbook, only, sessions, state, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with holding_gateway(tmp_path_factory.mktemp("gateway"), target) as running:
        yield running


def approve(
    gateway: RunningGateway, who: str, identity: str, *more: str
) -> subprocess.CompletedProcess[bytes]:
    return ask(gateway, who, "approve", identity, "--reason", "'it is due'", *more)


def of(gateway: RunningGateway, session: str) -> list[object]:
    wait_until(lambda: state(gateway.store, session) == "sealed")
    return list(events(gateway.store, session))


# -- the whole of it -------------------------------------------------------------------------------


def test_a_second_person_lets_exactly_this_run_once(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    mark = tmp_path / "done"
    with Asking(gateway, "alice", f"touch {mark}") as asking:
        held = asking.id()
        # She sees why, who can answer, how, and until when.
        said = asking.said
        assert b"it interrupts everybody" in said
        assert b"one of dba (bob, dora)" in said
        assert f"ssh GATEWAY approve {held} --reason".encode() in said
        assert b"UTC" in said
        # Nobody approves their own, by whichever key, group or right.
        own = approve(gateway, "alice", held)
        assert (own.returncode, own.stdout) == (1, b"")
        assert b"GR-272" in own.stderr
        other_key = ssh(gateway, "alice-too", "approve", held, "--reason", "x")
        again = subprocess.run(other_key, capture_output=True, timeout=PATIENCE, check=False)
        assert b"GR-272" in again.stderr
        # To who may not answer, it does not exist.
        unknown = approve(gateway, "eve", held).stderr
        assert unknown == approve(gateway, "eve", held[::-1]).stderr
        assert b"GR-271" in unknown
        assert pending(gateway, "eve") == []
        # A group that is not wanted does not count, whoever it is.
        assert b"GR-272" in approve(gateway, "carol", held).stderr
        assert b"reason" in ask(gateway, "bob", "approve", held).stderr
        (shown,) = [each for each in pending(gateway, "bob") if each["id"] == held]
        assert shown["facts"]["command"] == f"touch {mark}"
        assert shown["uncovered"]
        assert not mark.exists()
        assert asking.process.poll() is None
        done = approve(gateway, "bob", held)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"it goes on" in done.stdout
        assert asking.ended()[0] == 0
    assert mark.exists()
    assert b"bob approves" in asking.said
    late = approve(gateway, "dora", held)
    assert b"GR-273" in late.stderr
    # All of it is recorded: in the session, and the approver's connection in the gateway's own.
    session = sessions(gateway.store)[-1]
    found = of(gateway, session)
    kinds = (Requested, Asked, Decided, HoldOpened, HoldAnswered, HoldEnded)
    order = [type(each).__name__ for each in found if isinstance(each, kinds)]
    assert order[2:] == [
        *("Requested", "Asked", "Decided", "HoldOpened"),
        *("HoldAnswered", "HoldEnded", "Asked", "Decided"),
    ]
    (opened,) = [each for each in found if isinstance(each, HoldOpened)]
    (answered,) = [each for each in found if isinstance(each, HoldAnswered)]
    (ended,) = [each for each in found if isinstance(each, HoldEnded)]
    assert opened.hold == answered.hold == ended.hold == held
    assert opened.digest == answered.digest == bytes.fromhex(shown["digest"])
    assert (answered.by, answered.facts["reason"], ended.state) == ("bob", "it is due", "used")
    first, last = [each for each in found if isinstance(each, Decided)][-2:]
    assert (first.verdict, last.verdict) == ("hold", "allow")
    assert last.basis["approvals"] == ["dba"]
    assert first.request == last.request
    (own_record,) = [
        each for each in only(logbook(gateway.store), HoldAnswered) if each.hold == held
    ]
    assert own_record.by == "bob"
    assert own_record.facts == answered.facts
    assert own_record.facts["key"].startswith("SHA256:")
    # What was decided comes out the same.
    checked = subprocess.run(
        [sys.executable, "-m", "gatereel", "verify", session, "--decisions",
         "--store", str(gateway.store)],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert b"come out the same" in checked.stdout


def test_the_same_again_and_a_changed_byte_ask_again(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    mark = tmp_path / "m"
    commands = [f"touch {mark}", f"touch {mark}", f"touch {mark}2", f"touch  {mark}"]
    ids, digests = [], []
    for command in commands:
        with Asking(gateway, "alice", command) as asking:
            held = asking.id()
            (shown,) = [each for each in pending(gateway, "bob") if each["id"] == held]
            ids.append(held)
            digests.append(shown["digest"])
            # What was approved before is of no use.
            assert all(approve(gateway, "bob", old).returncode == 1 for old in ids[:-1])
            assert approve(gateway, "bob", held).returncode == 0
            assert asking.ended()[0] == 0
    assert len(set(ids)) == 4
    assert len(set(digests)) == 3


def test_what_somebody_asks_for_acts_on_no_approvers_terminal(gateway: RunningGateway) -> None:
    hostile = "touch /tmp/x-\u202e\x1b[2J\x1b]0;all is well\x07"
    with Asking(gateway, "eve", hostile) as asking:
        held = asking.id()
        shown = ask(gateway, "bob", "requests").stdout.decode()
        assert "\\u202e\\x1b[2J\\x1b]0;all is well\\x07" in shown
        assert all(each.isprintable() or each == "\n" for each in shown)
        (told,) = [each for each in pending(gateway, "bob") if each["id"] == held]
        assert told["digest"] in shown
        assert "standard input" in shown
        assert ask(gateway, "bob", "deny", held, "--reason", "'what is this'").returncode == 0
        status, _, said = asking.ended()
    assert status == 126
    assert b"GR-274" in said
    assert b"denied by bob: what is this" in said


# -- how else it ends ------------------------------------------------------------------------------


def test_a_quorum_is_two_people_of_two_groups(gateway: RunningGateway, tmp_path: Path) -> None:
    mark = tmp_path / "file"
    mark.write_text("full")
    with Asking(gateway, "alice", f"truncate -s 0 {mark}") as asking:
        held = asking.id()
        assert b"still lacking: one of security" in approve(gateway, "bob", held).stdout
        assert b"GR-272" in approve(gateway, "bob", held).stderr
        assert b"GR-272" in approve(gateway, "dora", held).stderr
        assert mark.read_text() == "full"
        assert b"GR-272" in approve(gateway, "carol", held, "--for", "sre").stderr
        assert approve(gateway, "carol", held, "--for", "security").returncode == 0
        assert asking.ended()[0] == 0
    assert mark.read_text() == ""


def test_time_ends_it(gateway: RunningGateway, tmp_path: Path) -> None:
    with Asking(gateway, "alice", f"mkdir {tmp_path / 'late'}") as asking:
        held = asking.id()
        status, _, said = asking.ended()
    assert (status, b"nobody approved it in time" in said) == (126, True)
    assert b"GR-273" in approve(gateway, "bob", held).stderr
    assert not (tmp_path / "late").exists()
    ended = [e for e in of(gateway, sessions(gateway.store)[-1]) if isinstance(e, HoldEnded)]
    assert [each.state for each in ended] == ["expired"]


def test_whoever_asked_takes_it_back_and_nobody_else(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with Asking(gateway, "alice", f"touch {tmp_path / 'x'}") as asking:
        held = asking.id()
        assert b"GR-272" in ask(gateway, "bob", "withdraw", held).stderr
        assert b"GR-271" in ask(gateway, "eve", "withdraw", held).stderr
        assert ask(gateway, "alice", "withdraw", held).returncode == 0
        status, _, said = asking.ended()
    assert (status, b"alice withdrew it" in said) == (126, True)
    assert b"GR-273" in approve(gateway, "bob", held).stderr


def test_it_dies_with_its_connection(gateway: RunningGateway, tmp_path: Path) -> None:
    with Asking(gateway, "alice", f"touch {tmp_path / 'x'}") as asking:
        held = asking.id()
        asking.process.kill()
    until_gone(gateway, held)
    assert b"GR-273" in approve(gateway, "bob", held).stderr
    found = of(gateway, sessions(gateway.store)[-1])
    ended = [each for each in found if isinstance(each, HoldEnded)]
    assert [(each.state, each.reason) for each in ended] == [
        ("withdrawn", "its connection is gone")
    ]


# -- what else can be held -------------------------------------------------------------------------


def test_a_connection_waits_at_the_door(gateway: RunningGateway) -> None:
    with Asking(gateway, "bob", user="vault", flags=("-T",)) as asking:
        held = asking.id()
        assert b"guests are announced" in asking.said
        assert b"(alice, dora)" in asking.said
        assert b"GR-272" in approve(gateway, "bob", held).stderr
        assert approve(gateway, "dora", held).returncode == 0
        assert asking.ended()[0] == 0
    session = sessions(gateway.store)[-1]
    found = of(gateway, session)
    verdicts = [each.verdict for each in found if isinstance(each, Decided)]
    assert verdicts[:2] == ["hold", "allow"]
    assert [each.hold for each in found if isinstance(each, HoldOpened)] == [held]
    assert [
        each.by for each in only(logbook(gateway.store), HoldAnswered) if each.hold == held
    ] == [
        "dora",
        "dora",
    ]
    with Asking(gateway, "bob", user="vault", flags=("-T",)) as asking:
        held = asking.id()
        assert ask(gateway, "dora", "deny", held, "--reason", "no").returncode == 0
        status, _, said = asking.ended()
    assert (status, b"GR-274" in said) == (255, True)
    assert sessions(gateway.store)[-1] == session


def test_a_shell_at_a_terminal_waits_and_an_interrupt_takes_it_back(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with terminal(tmp_path, ssh(gateway, "dora", user="web1", flags=("-tt",))) as pane:
        pane.wait_for("this needs approval")
        assert "one of dba (alice, bob)" in " ".join(pane.screen().split())
        (held,) = pending(gateway, "bob")
        assert (held["action"], held["uncovered"]) == (
            "shell",
            ["what is typed in this shell, and whatever that runs"],
        )
        pane.press("C-c")
        assert pane.wait_ended() == 130
    until_gone(gateway, held["id"])
    with terminal(tmp_path / "again", ssh(gateway, "dora", user="web1", flags=("-tt",))) as pane:
        pane.wait_for("this needs approval")
        (held,) = pending(gateway, "bob")
        assert approve(gateway, "bob", held["id"]).returncode == 0
        pane.wait_for("is recorded")
        pane.type("exit")
        pane.press("Enter")
        pane.wait_ended()


def test_a_forward_waits_where_there_is_no_place_for_words(
    gateway: RunningGateway, target: Sshd
) -> None:
    words = ssh(gateway, "eve", user="web1", flags=("-W", f"192.0.2.77:{target.port}"))
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as client:
        wait_until(lambda: pending(gateway, "eve"))
        (held,) = pending(gateway, "eve")
        assert (held["own"], held["action"]) == (True, "forward")
        assert held["facts"]["address"] == f"192.0.2.77:{target.port}"
        assert ask(gateway, "bob", "deny", held["id"], "--reason", "no").returncode == 0
        client.communicate(timeout=PATIENCE)
        assert client.returncode == 255
    found = of(gateway, sessions(gateway.store)[-1])
    (said,) = [each.data for each in found if isinstance(each, Notice)]
    assert b"GR-274" in said
    assert b"denied by bob: no" in said


def test_one_file_operation_waits_and_the_others_behind_it(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.write_text("x")
    batch = tmp_path / "batch"
    batch.write_text(f"rm {gone}\nget {tmp_path}/there {tmp_path}/here\n")
    (tmp_path / "there").write_text("content")
    _, *options, _, user, host = ssh(gateway, "alice", user="web1")
    options[options.index("-p")] = "-P"
    with subprocess.Popen(
        [need("sftp"), *options, "-o", f"User={user}", "-b", str(batch), host],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        wait_until(lambda: pending(gateway, "bob"))
        (held,) = pending(gateway, "bob")
        assert held["action"] == "change-files"
        assert held["facts"]["path"] == str(gone)
        assert gone.exists()
        assert approve(gateway, "bob", held["id"]).returncode == 0
        _, error = client.communicate(timeout=PATIENCE)
        assert client.returncode == 0, error
    assert not gone.exists()
    assert (tmp_path / "here").read_text() == "content"


def test_what_was_approved_goes_on_when_the_configuration_is_read_again(
    gateway: RunningGateway,
) -> None:
    """And what waits goes on waiting."""
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.PIPE}
    with (
        subprocess.Popen(ssh(gateway, "eve", "echo in; cat", user="web1"), **quiet) as command,  # type: ignore[call-overload]
        subprocess.Popen(ssh(gateway, "bob", user="vault", flags=("-T",)), **quiet) as shell,  # type: ignore[call-overload]
        Asking(gateway, "eve", "true") as waits,
    ):
        waits.id()
        wait_until(lambda: len(pending(gateway, "alice")) == 3)
        for each in pending(gateway, "dora"):
            if each["facts"].get("command") != "true":
                assert approve(gateway, "dora", each["id"]).returncode == 0
        assert command.stdout.readline() == b"in\n"
        shell.stdin.write(b"echo in\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == b"in\n"
        before = gateway.log().count("read again")
        gateway.policies.write_text(gateway.policies.read_text() + "// more\n")
        wait_until(lambda: gateway.log().count("read again") > before)
        (left,) = pending(gateway, "dora")
        shell.stdin.write(b"echo still\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == b"still\n"
        out, _ = command.communicate(b"still\n", timeout=PATIENCE)
        assert (out, command.returncode) == (b"still\n", 0)
        assert shell.communicate(timeout=PATIENCE)[0] == b""
        assert approve(gateway, "dora", left["id"]).returncode == 0
        assert waits.ended()[0] == 0
