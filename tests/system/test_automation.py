"""Programs that work over SSH by themselves: Ansible, an editor's remote end, libraries through
``-J``. They do through the gateway what they do without."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncssh
import paramiko
import pytest

from recorder.events import Asked
from tests.system.file_peers import Door, run
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, need, sshd
from tests.system.recorded import events, only, sessions

pytestmark = pytest.mark.peer

CONTENT = os.urandom(100_003)
SCRIPT = "x=$(cat <<'EOF'\n" + "some text of a long script\n" * 2_000 + "EOF\n)\necho ${#x}\n"
LONG = b"53999\n"
PATIENCE = 60


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), {"web1": target}) as running:
        yield running


@pytest.fixture
def door(gateway: RunningGateway) -> Door:
    return Door.through(gateway, "web1")


PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
    - ansible.builtin.command: echo said by a command
      register: said
    - ansible.builtin.copy: {{src: up, dest: {far}/copied, mode: "0600"}}
    - ansible.builtin.template: {{src: text.j2, dest: {far}/templated}}
    - ansible.builtin.fetch: {{src: {far}/copied, dest: {here}/fetched, flat: true}}
    - ansible.builtin.assert: {{that: said.stdout == "said by a command"}}
"""


@pytest.mark.parametrize("pipelining", [False, True], ids=["files first", "pipelining"])
def test_ansible(gateway: RunningGateway, door: Door, tmp_path: Path, pipelining: bool) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "up").write_bytes(CONTENT)
    (tmp_path / "text.j2").write_text("{{ 6 * 7 }} on {{ inventory_hostname }}\n")
    (tmp_path / "play.yml").write_text(PLAY.format(far=far, here=tmp_path))
    inventory = "box ansible_host=127.0.0.1 ansible_python_interpreter=/usr/bin/python3\n"
    (tmp_path / "hosts").write_text(inventory)
    (tmp_path / "ansible.cfg").touch()
    settings = {
        "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
        "ANSIBLE_PIPELINING": str(pipelining),
        "ANSIBLE_SSH_ARGS": shlex.join([*door.options, "-o", "ControlMaster=auto"]),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(tmp_path / "cp"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"),
        "ANSIBLE_REMOTE_TEMP": str(far / ".ansible"),
        "ANSIBLE_NOCOLOR": "1",
    }
    words = [need("ansible-playbook"), "-i", "hosts", "play.yml"]
    done = run(words, cwd=tmp_path, more=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok=6" in done.stdout
    assert (far / "copied").read_bytes() == (tmp_path / "fetched").read_bytes() == CONTENT
    assert (far / "templated").read_text() == "42 on box\n"
    assert any(b"python3" in each for each in commands(gateway))


def commands(gateway: RunningGateway) -> list[bytes]:
    """All that were asked for, in whatever session. A question about a file has none."""
    return [
        asked.facts["command"]
        for session in sessions(gateway.store)
        for asked in only(events(gateway.store, session), Asked)
        if asked.facts.get("command")
    ]


def connected(door: Door, host: str, sock: paramiko.Channel | None = None) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    if sock is None:
        client.load_host_keys(str(door.known_hosts))
    else:  # it knows no authorities of hosts, and its user has not met this one
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        host, door.port if sock is None else 22, door.user, key_filename=str(door.key), sock=sock,
        look_for_keys=False, allow_agent=False, timeout=PATIENCE, banner_timeout=PATIENCE,
        auth_timeout=PATIENCE, channel_timeout=PATIENCE,
    )  # fmt: skip
    return client


def use(client: paramiko.SSHClient, folder: Path, mark: str) -> None:
    """A command with a long script, its parts apart, and a file there and back."""
    given, out, err = client.exec_command(f"sh -s {mark}; echo err >&2; exit 7", timeout=PATIENCE)
    given.write(SCRIPT)
    given.channel.shutdown_write()
    assert out.read() == LONG
    assert err.read() == b"err\n"
    assert out.channel.recv_exit_status() == 7
    (folder / "up").write_bytes(CONTENT)
    with client.open_sftp() as files:
        files.put(str(folder / "up"), str(folder / "far"))
        files.get(str(folder / "far"), str(folder / "down"))
    assert (folder / "far").read_bytes() == (folder / "down").read_bytes() == CONTENT


def test_paramiko(gateway: RunningGateway, door: Door, tmp_path: Path) -> None:
    with closing(connected(door, "127.0.0.1")) as client:
        use(client, tmp_path, "paramiko-straight")
    assert any(b"paramiko-straight" in each for each in commands(gateway))


def test_paramiko_through_the_gateway_as_a_jump_host(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    door = Door.through(gateway, "alice")
    with closing(connected(door, "127.0.0.1")) as outer:
        transport = outer.get_transport()
        assert transport is not None
        stream = transport.open_channel("direct-tcpip", ("web1", 22), ("127.0.0.1", 0))
        inner = Door.through(gateway, target.user)
        with closing(connected(inner, "web1", stream)) as client:
            use(client, tmp_path, "paramiko-within")
    assert any(b"paramiko-within" in each for each in commands(gateway))


def test_asyncssh_as_an_editor_does(gateway: RunningGateway, door: Door, tmp_path: Path) -> None:
    """Many channels of one connection at once, long scripts on stdin, files beside them; and a
    forward to where policy knows nothing is denied in words while all else goes on."""

    async def edit() -> None:
        async with (
            asyncssh.connect(
                "127.0.0.1",
                door.port,
                username=door.user,
                client_keys=[str(door.key)],
                known_hosts=str(door.known_hosts),
                agent_path=None,
                config=None,
            ) as connection,
            connection.create_process("cat") as server,  # the editor's far end, say
        ):
            scripts = [
                connection.run(f"sh -s editor-{number}", input=SCRIPT) for number in range(6)
            ]
            async with connection.start_sftp_client() as files:
                (tmp_path / "up").write_bytes(CONTENT)
                await files.put(str(tmp_path / "up"), str(tmp_path / "far"))
            for done in await asyncio.gather(*scripts):
                assert (done.stdout, done.exit_status) == (LONG.decode(), 0)
            with pytest.raises(asyncssh.ChannelOpenError) as denied:
                await connection.open_connection("127.0.0.1", 9)
            assert denied.value.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED
            assert "GR-" in denied.value.reason
            server.stdin.write("still here\n")
            assert await server.stdout.readline() == "still here\n"
            server.stdin.write_eof()
            assert (await server.wait()).exit_status == 0

    asyncio.run(asyncio.wait_for(edit(), PATIENCE))
    assert (tmp_path / "far").read_bytes() == CONTENT
    asked = commands(gateway)
    assert all(any(each == b"sh -s editor-%d" % number for each in asked) for number in range(6))
