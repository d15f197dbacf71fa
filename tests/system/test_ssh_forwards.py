"""Forwards with the stock client: -L, -D and -W go where a rule says, recorded byte for byte; all
others are refused, each with an event that names what was asked (SSH-11, SSH-12)."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.events import Asked, Decided, Input, Output, Refused, TargetReached
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, free_port, sshd
from tests.system.recorded import events, newest, only, sessions, state, wait_until

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """Something that is no target: says what it hears backwards."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    heard = b""
                    while data := peer.recv(65536):
                        heard += data
                    peer.sendall(heard[::-1])

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def gateway(target: Sshd, elsewhere: int, tmp_path: Path) -> Iterator[RunningGateway]:
    rule = (
        '@id("to the database") @nearby("127.0.0.1:*")\n'
        'permit (principal == Person::"alice", action == Action::"forward", resource)\n'
        f'when {{ context.host == "127.0.0.1" && context.port == {elsewhere} }};\n'
    )
    with running_gateway(tmp_path, {"web1": target}, policies=rule) as running:
        yield running


@contextmanager
def forwarding(gateway: RunningGateway, *flags: str, port: int) -> Iterator[None]:
    with subprocess.Popen(
        gateway.ssh("web1", flags=("-N", "-o", "ExitOnForwardFailure=yes", *flags)),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as client:
        try:
            wait_until(lambda: listens(port))
            yield
        finally:
            client.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(peer: socket.socket, data: bytes) -> bytes:
    """What is answered; nothing where the connection is reset."""

    def send() -> None:
        with contextlib.suppress(OSError):
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)

    threading.Thread(target=send).start()
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := peer.recv(65536):
            heard += piece
    return heard


def only_channel(gateway: RunningGateway, at: str) -> tuple[bytes, bytes]:
    """What was recorded both ways on the channel that carried something to there."""
    found = newest(gateway.store)
    channels = [e.channel for e in only(found, TargetReached) if e.facts.get("asked") == at]
    sums = [
        (
            b"".join(e.data for e in only(found, Input) if e.channel == channel),
            b"".join(e.data for e in only(found, Output) if e.channel == channel),
        )
        for channel in channels
    ]
    return max(sums, key=lambda pair: len(pair[0]))


def test_a_local_forward_is_recorded_byte_for_byte_and_marked_as_opaque(
    gateway: RunningGateway, elsewhere: int
) -> None:
    port, data, at = free_port(), os.urandom(3_000_000), f"127.0.0.1:{elsewhere}"
    with (
        forwarding(gateway, "-L", f"{port}:{at}", port=port),
        socket.create_connection(("127.0.0.1", port)) as peer,
    ):
        assert ask(peer, data) == data[::-1]
    session = sessions(gateway.store)[-1]
    wait_until(lambda: state(gateway.store, session) == "sealed")
    assert only_channel(gateway, at) == (data, data[::-1])
    for verb, words in (("info", f"to {at}"), ("verify", "read by nobody")):
        done = subprocess.run(
            [sys.executable, "-m", "gatereel", verb, session, "--store", str(gateway.store)],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert words in done.stdout.decode()


def test_a_dynamic_forward_asks_for_each_connection(
    gateway: RunningGateway, elsewhere: int, target: Sshd
) -> None:
    port = free_port()
    with forwarding(gateway, "-D", str(port), port=port):
        with socks(port, elsewhere) as peer:
            assert ask(peer, b"hello") == b"olleh"
        with pytest.raises(OSError, match="refused"):
            socks(port, target.port)
    found = newest(gateway.store)
    asked = [e.facts["address"] for e in only(found, Asked) if e.action == "forward"]
    assert asked == [f"127.0.0.1:{elsewhere}", f"127.0.0.1:{target.port}"]
    verdicts = [e.verdict for e in only(found, Decided) if e.channel]
    assert verdicts == ["allow", "deny"]


def socks(port: int, to: int) -> socket.socket:
    """A connection by SOCKS5 (RFC 1928)."""
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(b"\x05\x01\x00")
    assert peer.recv(2) == b"\x05\x00"
    peer.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + to.to_bytes(2, "big"))
    answer = peer.recv(10)
    if answer[1:2] != b"\x00":
        peer.close()
        raise OSError("refused")
    return peer


def test_standard_input_goes_there_by_W(gateway: RunningGateway, elsewhere: int) -> None:
    done = subprocess.run(
        gateway.ssh("web1", flags=("-W", f"127.0.0.1:{elsewhere}")),
        input=b"some bytes",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == b"setyb emos"
    assert only_channel(gateway, f"127.0.0.1:{elsewhere}") == (b"some bytes", b"setyb emos")


REFUSED = [
    (("-R", "0:127.0.0.1:9"), "request tcpip-forward", b"\x00\x00\x00\x00"),
    (("-R", "/nowhere/socket:127.0.0.1:9"), "request streamlocal-forward@openssh.com", b"/nowhere"),
    (("-w", "0:0"), "channel tun@openssh.com", b""),
    (("-X",), "request x11-req", b"MIT-MAGIC-COOKIE-1"),
]


@pytest.mark.parametrize(("flags", "what", "detail"), REFUSED)
def test_every_other_forward_is_refused_with_an_event_that_names_it(
    gateway: RunningGateway, flags: tuple[str, ...], what: str, detail: bytes
) -> None:
    subprocess.run(
        gateway.ssh("web1", "true", flags=flags),
        env={**os.environ, "DISPLAY": "127.0.0.1:99"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    wait_until(lambda: sessions(gateway.store))

    def told() -> list[Refused]:
        found = events(gateway.store, sessions(gateway.store)[-1])
        return [event for event in only(found, Refused) if event.what == what]

    wait_until(told)
    (event,) = told()
    assert event.error == "GR-233"
    assert detail in event.detail


def test_a_socket_of_the_target_is_refused_with_its_path(
    gateway: RunningGateway,
) -> None:
    port = free_port()
    with (
        forwarding(gateway, "-L", f"{port}:/run/secret.sock", port=port),
        socket.create_connection(("127.0.0.1", port)) as peer,
    ):
        assert ask(peer, b"x") == b""
    wait_until(lambda: sessions(gateway.store) and only(newest(gateway.store), Refused))
    found = [e for e in only(newest(gateway.store), Refused) if "streamlocal" in e.what]
    assert {event.what for event in found} == {"channel direct-streamlocal@openssh.com"}
    assert b"/run/secret.sock" in found[0].detail
