"""Bad input and broken parts: one clear line each, and nothing half-started."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder.events import (
    ChannelClosed,
    Continued,
    Decided,
    GatewayStarted,
    GatewayStopped,
    LoginRefused,
    Notice,
    Outage,
    Suspended,
)
from tests.system.gateways import RunningGateway, running_gateway, write_configuration
from tests.system.peers import Sshd, free_port, make_key, ssh_command, sshd
from tests.system.recorded import events, logbook, only, sessions, state, wait_until

pytestmark = pytest.mark.peer

LINE = re.compile(rb"gatereel: (GR-\d{3}): [^\n]{20,}\r?\n")


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def targets(target: Sshd, folder: Path) -> str:
    """Targets that are all wrong, each in its way."""
    other = make_key(folder / "other_key", "other")
    account = f'[targets.%s.accounts.{target.user}]\nkey = {{ file = "%s" }}\n'
    rows = [
        ("down", f"127.0.0.1:{free_port()}", target.host_key, target.key),
        ("changed", target.address, other, target.key),
        ("locked", target.address, target.host_key, folder / "other_key"),
        ("silent", f"127.0.0.1:{silent_port(folder)}", target.host_key, target.key),
        ("nameless", "no-such-host.invalid:22", target.host_key, target.key),
    ]
    return "\n".join(
        f'[targets.{name}]\naddress = "{address}"\nhost_keys = ["{key}"]\n'
        f"connect_timeout = 2\n{account % (name, login)}"
        for name, address, key, login in rows
    )


_SILENT: list[socket.socket] = []


def silent_port(_folder: Path) -> int:
    """A port where somebody listens and never says anything."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(8)
    _SILENT.append(listening)
    port: int = listening.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("gateway")
    extra = targets(target, folder)
    with running_gateway(folder, {"web1": target}, extra=extra) as running:
        yield running
    while _SILENT:
        _SILENT.pop().close()


def run(
    gateway: RunningGateway, user: str, *words: str, key: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = ssh_command(
        gateway.port,
        *words,
        user=user,
        key=key or gateway.key,
        known_hosts=gateway.known_hosts,
        flags=("-o", "LogLevel=INFO"),
    )
    return subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("user", "code", "words"),
    [
        ("nowhere", b"GR-226", b"you may reach: "),
        ("nobody@web1", b"GR-227", b"you may use: "),
        ("down", b"GR-229", b"is it up?"),
        ("silent", b"GR-229", b"does not answer within 2 s"),
        ("nameless", b"GR-229", b"no such host name"),
        ("changed", b"GR-230", b"gatereel target enrol changed"),
        ("locked", b"GR-231", b"an administrator must put it right"),
    ],
)
def test_a_target_that_cannot_be_had_is_one_line(
    gateway: RunningGateway, user: str, code: bytes, words: bytes
) -> None:
    done = run(gateway, user, "true")
    assert done.returncode == 255
    assert done.stdout == b""
    found = LINE.fullmatch(done.stderr)
    assert found is not None, done.stderr
    assert found[1] == code
    assert words in done.stderr


def test_no_credential_is_in_any_line_or_record(gateway: RunningGateway, target: Sshd) -> None:
    secret = target.key.read_text().splitlines()[1][:40]
    assert run(gateway, "locked", "true").returncode == 255
    for content in stored(gateway.store):
        assert secret.encode() not in content
    assert secret not in gateway.log()


def stored(store: Path) -> list[bytes]:
    """Every file of the store at one time: read anew when the sealer took a journal away."""
    while True:
        try:
            return [path.read_bytes() for path in store.rglob("*") if path.is_file()]
        except FileNotFoundError:
            continue


def test_a_key_that_is_registered_to_nobody(gateway: RunningGateway, tmp_path: Path) -> None:
    public = make_key(tmp_path / "stranger", "stranger")
    done = run(gateway, "web1", "true", key=tmp_path / "stranger")
    assert done.returncode == 255
    first, rest = done.stderr.split(b"\n", 1)
    assert LINE.fullmatch(first + b"\n")
    assert b"GR-223" in first
    assert b"Permission denied (publickey)" in rest
    wait_until(lambda: refused(gateway, "GR-223"))
    fingerprint = subprocess.run(
        ["ssh-keygen", "-lf", f"{tmp_path / 'stranger'}.pub"], capture_output=True, check=True
    ).stdout.split()[1]
    assert fingerprint.decode() in refused(gateway, "GR-223")[-1]["keys"]
    assert public.split()[0] == "ssh-ed25519"


def refused(gateway: RunningGateway, code: str) -> list[dict[str, Any]]:
    found = only(logbook(gateway.store), LoginRefused)
    return [dict(event.facts) for event in found if event.facts["error"] == code]


def test_a_refused_connection_is_in_the_gateways_own_recording(gateway: RunningGateway) -> None:
    assert run(gateway, "nowhere", "true").returncode == 255
    wait_until(lambda: any(f["user"] == "nowhere" for f in refused(gateway, "GR-226")))


def test_who_may_not_connect_leaves_question_and_answer(target: Sshd, tmp_path: Path) -> None:
    deny = 'forbid (principal, action == Action::"connect", resource in Target::"web1");'
    pair = {"web1": target, "web2": target}
    with running_gateway(tmp_path / "gateway", pair, policies=deny) as gateway:
        done = run(gateway, "web1", "true")
        assert done.returncode == 255
        assert b"GR-226" in done.stderr
        assert b"web2" in done.stderr
        assert run(gateway, "web2", "true").returncode == 0
        assert len(sessions(gateway.store)) == 1


# -- what keeps a gateway from starting ----------------------------------------------------------


def start(config: Path) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "gatereel", "gateway", "-c", str(config)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert b"listening" not in done.stdout
    return done.returncode, done.stderr


def one_line(outcome: tuple[int, bytes], code: str, words: str) -> None:
    status, said = outcome
    assert status == 1
    found = LINE.fullmatch(said)
    assert found is not None, said
    assert found[1].decode() == code
    assert words in said.decode()


@pytest.fixture
def config(target: Sshd, tmp_path: Path) -> Path:
    return write_configuration(tmp_path / "gateway", {"web1": target}, port=free_port())


def change(config: Path, old: str, new: str) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new, 1))


def test_an_unknown_key(config: Path) -> None:
    change(config, "listen =", "lisent =")
    one_line(start(config), "GR-220", ':5: ssh.lisent: there is no such key; did you mean "listen')


def test_no_configuration(tmp_path: Path) -> None:
    one_line(start(tmp_path / "none.toml"), "GR-220", "gatereel init")


def test_a_port_in_use(config: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        text = re.sub(r'listen = "[^"]*"', f'listen = "{address}"', config.read_text())
        config.write_text(text)
        one_line(start(config), "GR-222", "another program listens there")
    assert not list((config.parent / "recordings").glob("*.journal"))


def test_a_store_that_is_no_folder(config: Path) -> None:
    (config.parent / "file").touch()
    change(config, '"recordings"', '"file"')
    one_line(start(config), "GR-104", "file")


def test_a_store_that_cannot_be_written(config: Path) -> None:
    # Root may write everywhere but where the kernel makes the files.
    change(config, '"recordings"', '"/proc/self"')
    one_line(start(config), "GR-104", "cannot be written")


def test_a_signing_key_that_is_not_there(config: Path) -> None:
    (config.parent / "keys" / "gateway_signing").unlink()
    one_line(start(config), "GR-239", "signing key")


def test_a_host_key_that_is_none(config: Path) -> None:
    (config.parent / "keys" / "ssh_host_ed25519").write_text("nonsense")
    one_line(start(config), "GR-237", "ssh_host_ed25519")


def test_a_credential_that_is_not_there(config: Path, target: Sshd) -> None:
    change(config, str(target.key), "keys/missing")
    one_line(start(config), "GR-237", "keys/missing")


def test_two_gateways_on_one_store(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path / "gateway", {"web1": target}) as gateway:
        second = tmp_path / "gateway" / "second.toml"
        text = re.sub(
            r'listen = "[^"]*"', f'listen = "127.0.0.1:{free_port()}"', gateway.config.read_text()
        )
        second.write_text(text)
        one_line(start(second), "GR-236", "another gateway is running")
        assert run(gateway, "web1", "echo lives").stdout == b"lives\n"


# -- parts that die while it runs ------------------------------------------------------------------


def child(gateway: RunningGateway, verb: str) -> int | None:
    """The pid of the gateway's helper process."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            words = (path.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(fields[1]) == gateway.process.pid and verb.encode() in words:
            return int(path.parent.name)
    return None


def test_a_killed_sealer_is_back_and_the_session_goes_on(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path / "gateway", {"web1": target}) as gateway:
        client = subprocess.Popen(
            gateway.ssh("web1", "while read word; do echo got $word; done"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"one\n")
        client.stdin.flush()
        assert client.stdout.readline() == b"got one\n"
        before = child(gateway, "seal")
        assert before is not None
        os.kill(before, signal.SIGKILL)

        def phases() -> list[str]:
            return [event.phase for event in only(logbook(gateway.store), Outage)]

        wait_until(lambda: phases() == ["began", "ended"])
        client.stdin.write(b"two\n")
        client.stdin.flush()
        assert client.stdout.readline() == b"got two\n"
        client.communicate(timeout=30)
        assert client.returncode == 0
        assert child(gateway, "seal") not in (None, before)
        (session,) = sessions(gateway.store)
        wait_until(lambda: state(gateway.store, session) == "sealed")
        found = events(gateway.store, session)
        assert [event.cause for event in only(found, Suspended)] == ["the sealer is down"]
        assert len(only(found, Continued)) == 1
        assert phases() == ["began", "ended"]


def test_a_killed_indexer_disturbs_nobody(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path / "gateway", {"web1": target}) as gateway:
        for _ in range(2):  # at the second one, the gateway has heard of the indexer
            assert run(gateway, "web1", "true").returncode == 0
            wait_until(lambda: indexed(gateway) == len(sessions(gateway.store)))
        before = child(gateway, "index")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert run(gateway, "web1", "echo lives").stdout == b"lives\n"
        wait_until(lambda: child(gateway, "index") not in (None, before))

        def told() -> bool:
            own = only(logbook(gateway.store), Outage)
            return [(event.component, event.phase) for event in own] == [
                ("indexer", "began"),
                ("indexer", "ended"),
            ]

        wait_until(told)


def indexed(gateway: RunningGateway) -> int:
    """Of how many sessions there is a derived file."""
    return sum((gateway.store / f"{name}.index").exists() for name in sessions(gateway.store))


def test_a_gateway_that_stops_tells_everybody_and_seals_all(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path / "gateway", {"web1": target}) as gateway:
        client = subprocess.Popen(
            gateway.ssh("web1", "echo up; sleep 60"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert client.stdout is not None
        assert client.stdout.readline() == b"up\n"
        gateway.process.terminate()
        _, said = client.communicate(timeout=30)
        assert client.returncode == 255
        assert b"GR-208" in said
        assert gateway.process.wait(30) == 0
        (session,) = sessions(gateway.store)
        assert state(gateway.store, session) == "sealed"
        found = events(gateway.store, session)
        (closed,) = only(found, ChannelClosed)
        assert closed.reason == "gateway: GR-208"
        assert b"GR-208" in only(found, Notice)[-1].data
        own = logbook(gateway.store)
        assert len(only(own, GatewayStarted)) == 1
        assert len(only(own, GatewayStopped)) == 1
        assert [event.verdict for event in only(found, Decided)] == ["allow", "allow"]
    assert not list(gateway.store.glob("*.journal"))
