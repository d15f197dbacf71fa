"""Stock OpenSSH on both ends, the gateway in between: everything works, everything is recorded."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import (
    Asked,
    Authenticated,
    ChannelClosed,
    ChannelOpened,
    Checkpointed,
    Decided,
    Disclosed,
    Environment,
    ErrorOutput,
    Exit,
    ExitSignal,
    Input,
    Notice,
    Output,
    Refused,
    Requested,
    Resize,
    SessionClosed,
    SessionOpened,
    TargetReached,
    Terminal,
    Withheld,
)
from recorder.index import Index
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, need, sshd
from tests.system.person import at_a_terminal
from tests.system.recorded import events, logbook, newest, only, sessions, state, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer

MEGA = 1_000_000


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), {"web1": target}) as running:
        yield running


def run(
    gateway: RunningGateway,
    user: str,
    *words: str,
    given: bytes = b"",
    flags: tuple[str, ...] = (),
    seconds: float = 60,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        gateway.ssh(user, *words, flags=flags),
        input=given,
        capture_output=True,
        timeout=seconds,
        check=False,
    )


def test_a_command_has_its_status_and_both_its_outputs(
    gateway: RunningGateway, target: Sshd
) -> None:
    done = run(gateway, f"{target.user}@web1", "printf out; printf err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == (b"out", b"err", 7)
    found = newest(gateway.store)
    assert b"".join(event.data for event in only(found, Output)) == b"out"
    assert b"".join(event.data for event in only(found, ErrorOutput)) == b"err"
    assert [event.status for event in only(found, Exit)] == [7]
    assert only(found, Notice) == []
    (asked,) = only(found, Requested)
    assert (asked.kind, asked.command) == ("exec", b"printf out; printf err >&2; exit 7")


def test_who_came_in_and_by_what_rule_is_written_down(
    gateway: RunningGateway, target: Sshd
) -> None:
    assert run(gateway, "web1", "true").returncode == 0
    session = sessions(gateway.store)[-1]
    found = events(gateway.store, session)
    with Recording(Store.open(gateway.store), session) as recording:
        facts = recording.header.facts
    assert (facts["principal"], facts["kind"]) == ("alice", "person")
    assert (facts["target"], facts["account"], facts["protocol"]) == ("web1", target.user, "ssh")
    assert facts["client"].startswith("SSH-2.0-OpenSSH")
    assert facts["weaker"] == []
    (proof,) = only(found, Authenticated)
    assert proof.facts["key"].startswith("SHA256:")
    assert [event.action for event in only(found, Asked)] == ["connect", "exec"]
    assert [event.verdict for event in only(found, Decided)] == ["allow", "allow"]
    (reached,) = only(found, TargetReached)
    assert reached.facts["strict_key_exchange"] is True
    wait_until(lambda: session in [e.session for e in only(logbook(gateway.store), SessionClosed)])
    assert session in [event.session for event in only(logbook(gateway.store), SessionOpened)]
    wait_until(lambda: session in [e.session for e in only(logbook(gateway.store), Checkpointed)])


@pytest.mark.slow
def test_a_hundred_megabytes_each_way_arrive_and_are_recorded(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    block = os.urandom(MEGA)
    source, back = tmp_path / "source", tmp_path / "back"
    with source.open("wb") as file:
        for _ in range(100):
            file.write(block)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    with source.open("rb") as given, back.open("wb") as taken:
        done = subprocess.run(
            gateway.ssh("web1", "cat"), stdin=given, stdout=taken, timeout=300, check=False
        )
    assert done.returncode == 0
    assert hashlib.sha256(back.read_bytes()).hexdigest() == digest
    session = sessions(gateway.store)[-1]
    wait_until(lambda: state(gateway.store, session) == "sealed", 60)
    recorded = {Input: hashlib.sha256(), Output: hashlib.sha256()}
    with Recording(Store.open(gateway.store), session) as recording:
        for record in recording.records():
            if isinstance(record.event, Input | Output):
                recorded[type(record.event)].update(record.event.data)
    assert {kind.__name__: made.hexdigest() for kind, made in recorded.items()} == {
        "Input": digest,
        "Output": digest,
    }


def test_the_end_of_input_is_passed_on_and_output_still_comes(gateway: RunningGateway) -> None:
    done = run(gateway, "web1", "wc -c; printf after", given=b"x" * 70_000)
    assert done.stdout.split() == [b"70000", b"after"]


def test_new_keys_in_the_middle_change_nothing(gateway: RunningGateway) -> None:
    sent = os.urandom(6 * MEGA)
    done = run(gateway, "web1", "cat", given=sent, flags=("-o", "RekeyLimit=1M"))
    assert done.stdout == sent


def test_output_behind_the_exit_status_is_not_lost(gateway: RunningGateway) -> None:
    done = run(gateway, "web1", "(sleep 0.3; head -c 5000000 /dev/zero) & exit 3")
    assert (len(done.stdout), done.returncode) == (5_000_000, 3)
    found = newest(gateway.store)
    assert sum(len(event.data) for event in only(found, Output)) == 5_000_000
    assert [event.status for event in only(found, Exit)] == [3]


def test_a_program_that_a_signal_ends_says_so(gateway: RunningGateway) -> None:
    run(gateway, "web1", "kill -TERM $$")
    assert [event.signal for event in only(newest(gateway.store), ExitSignal)] == ["TERM"]


def test_ssh_14_of_the_environment_only_what_is_listed_goes_on(
    gateway: RunningGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_GATEREEL", "kept")
    monkeypatch.setenv("LD_PRELOAD_X", "dropped")
    done = run(
        gateway,
        "web1",
        "echo $LC_GATEREEL $LD_PRELOAD_X",
        flags=("-o", "SendEnv=LC_GATEREEL LD_PRELOAD_X"),
    )
    assert done.stdout == b"kept\n"
    seen = {event.name: event.passed for event in only(newest(gateway.store), Environment)}
    assert seen == {b"LC_GATEREEL": True, b"LD_PRELOAD_X": False}
    assert b"dropped" not in b"".join(
        event.value for event in only(newest(gateway.store), Environment)
    )


def test_a_command_on_a_terminal(gateway: RunningGateway) -> None:
    done = run(gateway, "web1", "tty; printf err >&2; exit 5", flags=("-tt",))
    assert done.stdout.startswith(b"/dev/pts/")
    assert b"err" in done.stdout
    assert done.returncode == 5
    found = newest(gateway.store)
    assert len(only(found, Terminal)) == 1
    assert only(found, Notice) == []


def test_ssh_16_a_command_that_is_not_text_is_refused_and_the_connection_lives(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with master(gateway, tmp_path) as flags:
        command: list[str | bytes] = [*gateway.ssh("web1", flags=flags), b"echo \xff"]
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False
        )
        assert done.returncode == 255
        assert done.stdout == b""
        assert b"GR-234" in done.stderr
        assert run(gateway, "web1", "echo lives", flags=flags).stdout == b"lives\n"
        (refused,) = only(newest(gateway.store), Refused)
        assert (refused.error, refused.detail) == ("GR-234", b"echo \xff")


class master:
    """One connection that several commands share."""

    def __init__(self, gateway: RunningGateway, folder: Path) -> None:
        self._gateway = gateway
        self._path = f"ControlPath={folder}/m"

    def __enter__(self) -> tuple[str, ...]:
        flags = ("-N", "-f", "-o", "ControlMaster=yes", "-o", self._path)
        subprocess.run(
            self._gateway.ssh("web1", flags=flags),
            check=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return ("-o", self._path)

    def __exit__(self, *_: object) -> None:
        flags = ("-O", "exit", "-o", self._path)
        subprocess.run(
            self._gateway.ssh("web1", flags=flags), check=True, timeout=30, capture_output=True
        )


def test_several_channels_on_one_connection_are_one_session(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    before = len(sessions(gateway.store))
    with master(gateway, tmp_path) as flags:
        slow = subprocess.Popen(
            gateway.ssh("web1", "echo up; read word; echo got $word", flags=flags),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert slow.stdout is not None
        assert slow.stdout.readline() == b"up\n"
        quick = run(gateway, "web1", "echo quick", flags=flags)
        assert quick.stdout == b"quick\n"
        assert slow.poll() is None
        out, _ = slow.communicate(b"it\n", timeout=30)
        assert out == b"got it\n"
    assert len(sessions(gateway.store)) == before + 1
    found = newest(gateway.store)
    assert [event.channel for event in only(found, ChannelOpened)] == [1, 2]
    assert {event.channel: event.data for event in only(found, Output)} == {
        1: b"got it\n",
        2: b"quick\n",
    }
    assert len(only(found, TargetReached)) == 1
    wait_until(lambda: len(only(newest(gateway.store), ChannelClosed)) == 2)


def test_a_client_that_vanishes_ends_its_session(gateway: RunningGateway) -> None:
    client = subprocess.Popen(
        gateway.ssh("web1", "echo $$; while :; do sleep 0.1; echo tick; done"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert client.stdout is not None
    program = int(client.stdout.readline())
    assert client.stdout.readline() == b"tick\n"
    client.send_signal(signal.SIGKILL)
    client.wait(10)
    client.stdout.close()
    session = sessions(gateway.store)[-1]
    wait_until(lambda: only(events(gateway.store, session), ChannelClosed))
    (closed,) = only(events(gateway.store, session), ChannelClosed)
    assert closed.reason.startswith("client: ")
    wait_until(lambda: not Path(f"/proc/{program}").exists())
    wait_until(lambda: state(gateway.store, session) == "sealed")


def test_ssh_18_what_hides_in_base64_or_a_here_document_is_recorded_both_ways(
    gateway: RunningGateway,
) -> None:
    """No word of it is on any command line: it is the bytes that are recorded."""
    given = (
        b"echo ZWNobyB1bnBhY2tlZAo= | base64 -d | sh\n"
        b"sh <<'END'\nread word <<'MORE'\ninner\nMORE\necho here: $word\nEND\nexit 4\n"
    )
    done = run(gateway, "web1", given=given, flags=("-T",))
    assert (done.stdout, done.returncode) == (b"unpacked\nhere: inner\n", 4)
    found = newest(gateway.store)
    assert b"".join(event.data for event in only(found, Input)) == given
    assert b"".join(event.data for event in only(found, Output)) == done.stdout


def test_ssh_18_without_echo_and_on_a_terminal_within_all_that_is_shown_is_recorded(
    gateway: RunningGateway,
) -> None:
    """What is typed without echo is withheld, as a password is; what it does is there to see."""
    with at_a_terminal(gateway.ssh("web1", flags=("-tt",))) as person:
        person.wait_for(b"this session is recorded")
        person.type(b"PS1='read''y> '\r")
        person.wait_for(b"ready> ")
        person.type(b"script -qec 'echo inner; exit 3' /dev/null; echo within: $?\r")
        person.wait_for(b"within: 3")
        person.wait_for(b"ready> ")  # what is typed before is echoed by the terminal too
        person.type(b"stty -echo; echo qui''et\r")
        person.wait_for(b"quiet\r\n")
        person.wait_for(b"ready> ")
        person.type(b"echo un''seen\r")
        person.wait_for(b"unseen")
        person.type(b"exit 4\r")
        assert person.wait_ended() == 4
    found = newest(gateway.store)
    shown = b"".join(event.data for event in found if isinstance(event, Output | Notice))
    assert person.seen.startswith(shown)
    kept = b"".join(event.data for event in only(found, Disclosed))
    assert b"echo inner; exit 3" in kept
    assert b"un''seen" not in kept
    assert sum(event.count for event in only(found, Withheld)) >= len(b"echo un''seen\r")


def test_ssh_18_a_shell_with_vim_in_it_and_a_window_that_changes(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    need("vim")
    file = tmp_path / "note"
    command = gateway.ssh(f"{target.user}@web1", flags=("-tt",))
    with terminal(tmp_path, command, cols=80, rows=24) as screen:
        shown = screen.wait_for("this session is recorded, its id is ")
        session = shown.replace("\n", "").partition("its id is ")[2][:36]
        screen.type("PS1='ready> '; clear")
        screen.press("Enter")
        screen.wait_for("ready>")
        screen.type("stty size")
        screen.press("Enter")
        screen.wait_for("24 80")
        screen.type(f"vim -u NONE -N {file}")
        screen.press("Enter")
        screen.wait_for("~")
        screen.type("iwritten in vim")
        screen.press("Escape")
        screen.wait_for("written in vim")
        screen.resize(100, 30)
        screen.type(":wq")
        screen.press("Enter")
        screen.wait_for("ready>")
        screen.type("stty size; exit 9")
        screen.press("Enter")
        wait_until(lambda: screen.status() is not None)
        assert screen.status() == 9
    assert file.read_text() == "written in vim\n"
    store = Store.open(gateway.store)
    found = events(gateway.store, session)
    assert (100, 30) in [(event.cols, event.rows) for event in only(found, Resize)]
    assert only(found, Exit)[0].status == 9
    wait_until(lambda: state(gateway.store, session) == "sealed")
    with Recording(store, session) as recording, Index.load_or_build(recording) as index:
        playback = Playback(recording, index)
        frames = [playback.at_frame(number).screen for number in range(len(index.frames))]
    assert any(frame.alternate and frame.text(0) == "written in vim" for frame in frames)
    assert "30 100" in [frames[-1].text(row) for row in range(frames[-1].rows)]
    report = verify_reel(store.reel(session), store.verifiers())
    assert report.ok, report.checks
