"""Neither end of SFTP is trusted: what is none ends the session with one error, what is denied
goes nowhere, and a killed gateway has delivered nothing that is not in the record (SSH-13, F1)."""

from __future__ import annotations

import random
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from recorder.events import ChannelClosed, Decided, Input, Notice, Output, Refused, SftpDone
from tests.gateway.wire import sftp_bytes as b
from tests.system.file_peers import Door
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import need, sshd
from tests.system.recorded import newest, only, wait_until

pytestmark = pytest.mark.peer
COPYING = Path(__file__).with_name("copying.py")
SERVER = "/usr/lib/openssh/sftp-server"
KILLS = 4

HOSTILE_CLIENTS = [
    b"GET / HTTP/1.1\r\n\r\n",
    b.INIT + b"\0\0\0\0",
    b.INIT + b"\xff\xff\xff\xff" + b"x" * 100,
    b.INIT + b.INIT,
    b.stat(1, b"/etc"),
    b.INIT + b.stat(1, b"/etc/\0passwd"),
    b.INIT + b.pack(99, 1, b""),
    b.INIT + b.status(1),
    b.INIT + b.pack(17, 1, b"\0\0\xff\xff/etc"),
]
HOSTILE_SERVERS = [
    b"Welcome to the server!\n",
    b"\0\0\0\5\2\0\0\0\x09",
    b.VERSION + b.handle(1, b"h"),
    b.VERSION + b"\x7f\xff\xff\xff",
    b.VERSION + b.VERSION,
    b.status(0),
]
DENIED = """
@id("no changes")
forbid (principal, action == Action::"change-files", resource in Target::"web1");
"""


def grown(log: Path) -> bool:
    return log.exists() and log.stat().st_size > 500_000


def talk(gateway: RunningGateway, data: bytes, *, bytewise: bool) -> tuple[int, bytes, bytes]:
    """The stock client as a pipe to the subsystem: status, output, error output."""
    process = subprocess.Popen(
        gateway.ssh("web1", "sftp", flags=["-s"]),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
    )  # fmt: skip
    assert process.stdin
    try:
        for piece in [data[n : n + 1] for n in range(len(data))] if bytewise else [data]:
            process.stdin.write(piece)
    except BrokenPipeError:
        pass
    try:
        process.wait(30)
        return process.returncode, *process.communicate()
    finally:
        process.kill()


def test_ssh_13_a_hostile_client_ends_its_own_session(tmp_path: Path) -> None:
    with (
        sshd(tmp_path / "target") as target,
        running_gateway(tmp_path / "gateway", {"web1": target}) as gateway,
    ):
        for data in HOSTILE_CLIENTS:
            for bytewise in (False, True):
                status, _, said = talk(gateway, data, bytewise=bytewise)
                assert (status, said.count(b"GR-204"), said.count(b"\n")) == (255, 1, 1), data
                found = newest(gateway.store)
                assert [each.error for each in only(found, Refused)] == ["GR-204"]
                assert [each.reason for each in only(found, ChannelClosed)] == ["gateway: GR-204"]
        assert subprocess.run(gateway.ssh("web1", "true"), check=False).returncode == 0
        assert b"Traceback" not in gateway.log().encode()


def test_ssh_13_a_denied_call_never_reaches_the_server(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("here")
    log = tmp_path / "tap"
    command = shlex.join([sys.executable, str(COPYING), str(log), SERVER])
    calls = (
        b.INIT + b.remove(1, bytes(victim)) + b.write(2, 0, b"x", b"\0\0\0\0") + b.close(3, b"q")
    )
    with (
        sshd(tmp_path / "target", settings=[f"ForceCommand {command}"]) as target,
        running_gateway(tmp_path / "gateway", {"web1": target}, policies=DENIED) as gateway,
    ):
        for bytewise in (False, True):
            process = subprocess.Popen(
                gateway.ssh("web1", "sftp", flags=["-s"]),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            assert process.stdin
            for piece in [calls[n : n + 1] for n in range(len(calls))] if bytewise else [calls]:
                process.stdin.write(piece)
                process.stdin.flush()
            out, _ = process.communicate(timeout=30)
            assert b"GR-201" in out
            assert out.count(b"GR-252") == 2
            found = newest(gateway.store)
            assert [each.verdict for each in only(found, Decided)].count("deny") == 1
            assert [each.status for each in only(found, SftpDone)] == [3, 4, 4]
    assert victim.read_text() == "here"
    assert Path(f"{log}.in").read_bytes() == b.INIT * 2


def test_ssh_13_a_hostile_server_reaches_nobody(tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = tmp_path / "server.py"
    program.write_text(
        "import os, sys, time\ndata = open(sys.argv[1], 'rb').read()\nos.read(0, 9)\n"
        "step = 1 if sys.argv[1].endswith('1') else len(data)\n"
        "for n in range(0, len(data), step):\n    os.write(1, data[n:n + step])\n"
        "while os.read(0, 9999):\n    pass\n"
    )
    flag = tmp_path / "which"
    command = f"{sys.executable} {program} $(cat {flag})"
    with (
        sshd(tmp_path / "target", settings=[f"ForceCommand {command}"]) as target,
        running_gateway(tmp_path / "gateway", {"web1": target}) as gateway,
    ):
        door = Door.through(gateway, "web1")
        for data in HOSTILE_SERVERS:
            for step in ("0", "1"):
                path = Path(f"{said}{step}")
                path.write_bytes(data)
                flag.write_text(str(path))
                done = door.sftp("pwd\n", cwd=tmp_path)
                assert done.returncode != 0
                assert "GR-204" in done.stderr, (data, done.stderr)
                found = newest(gateway.store)
                assert [each.error for each in only(found, Refused)] == ["GR-204"]
                assert not any(b"Welcome" in each.data for each in only(found, Output))
        assert b"Traceback" not in gateway.log().encode()


@pytest.mark.slow
def test_f1_no_byte_of_sftp_is_missing_after_the_gateway_is_killed(tmp_path: Path) -> None:
    chance = random.Random(3)
    (tmp_path / "up").write_bytes(chance.randbytes(40_000_000))
    tap = tmp_path / "target_tap"
    command = shlex.join([sys.executable, str(COPYING), str(tap), SERVER])
    with sshd(tmp_path / "target", settings=[f"ForceCommand {command}"]) as target:
        for number in range(KILLS):
            for each in tmp_path.glob("*_tap.*"):
                each.unlink()
            with running_gateway(tmp_path / f"gateway{number}", {"web1": target}) as gateway:
                wrapper = tmp_path / "ssh"
                near = tmp_path / "client_tap"
                words = [
                    sys.executable,
                    str(COPYING),
                    str(near),
                    *gateway.ssh("web1", flags=["-s"]),
                ]
                wrapper.write_text(f"#!/bin/sh\nexec {shlex.join(words)} sftp\n")
                wrapper.chmod(0o755)
                verb = ("put", "get")[number % 2]
                process = subprocess.Popen(
                    [need("sftp"), "-q", "-S", str(wrapper), "-b", "-", "target"],
                    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                assert process.stdin
                process.stdin.write(f"{verb} {tmp_path}/up {tmp_path}/moved\n".encode() * 20)
                process.stdin.flush()
                busy = Path(f"{near}.out" if verb == "get" else f"{tap}.in")
                wait_until(partial(grown, busy))
                time.sleep(chance.random() * 0.3)
                gateway.process.send_signal(signal.SIGKILL)
                process.communicate(timeout=30)
                store = gateway.store
            found = newest(store)
            given = b"".join(each.data for each in only(found, Input))
            out = b"".join(
                each.data
                for each in found
                if isinstance(each, Output) or (isinstance(each, Notice) and not each.error)
            )
            taken, sent = Path(f"{tap}.in").read_bytes(), Path(f"{near}.in").read_bytes()
            got, said = Path(f"{near}.out").read_bytes(), Path(f"{tap}.out").read_bytes()
            assert given.startswith(taken), "the target got input that is in no record"
            assert sent.startswith(given), "the record has input that nobody sent"
            assert out.startswith(got), "the client got output that is in no record"
            assert said.startswith(out), "the record has output that nobody said"
            assert len(taken) + len(got) > 500_000
