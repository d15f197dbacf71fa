"""``ssh -J GATEWAY [ACCOUNT@]TARGET`` with the stock client: it ends in the gateway, recorded."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from recorder.events import Asked, Authenticated, Decided, ErrorOutput, Exit, Input, Output
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, make_key, need, sshd
from tests.system.recorded import events, logbook, newest, only, sessions, state, wait_until

pytestmark = pytest.mark.peer

MEGA = 1_000_000
PATIENCE = 60


class Client:
    """A client's own folder: its configuration reaches the gateway as ``gw``."""

    def __init__(self, folder: Path, gateway: RunningGateway, key: Path, *, name: str = "") -> None:
        folder.mkdir(exist_ok=True)
        self.gateway = gateway
        self.config = folder / "config"
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_bytes(gateway.known_hosts.read_bytes())
        user = f"  User {name}\n" if name else ""
        self.config.write_text(
            f"Host gw\n  HostName 127.0.0.1\n  Port {gateway.port}\n{user}"
            f"Host *\n  IdentityFile {key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking yes\n  PreferredAuthentications publickey\n"
            "  ConnectTimeout 10\n  LogLevel INFO\n  BatchMode yes\n"
        )

    def trust(self) -> str:
        """Does what the manual says: appends what the gateway prints; the line for ``-J``."""
        done = self.run("gw", "known-hosts")
        assert done.returncode == 0, done.stderr
        self.known_hosts.write_bytes(done.stdout)
        return done.stdout.decode().splitlines()[-1]

    def run(
        self, *words: str, program: str = "ssh", given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [need(program), "-F", str(self.config), *words],
            input=given,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )

    def jump(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return self.run("-J", "gw", *words, given=given)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("gateway")
    bob = make_key(folder / "bob", "bob")
    twice = "\n".join(
        [
            "[targets.twice]",
            f'address = "localhost:{target.port}"',
            f'host_keys = ["{target.host_key}"]',
            'aliases = ["twice.example.org"]',
            f"[targets.twice.accounts.{target.user}]",
            f'key = {{ file = "{target.key}" }}',
            "[targets.twice.accounts.app]",
            f'key = {{ file = "{target.key}" }}',
            "[principals.bob]",
            f'keys = ["{bob}"]',
        ]
    )
    bobs = (
        'permit (principal == Person::"bob", action in [Action::"connect", Action::"exec"],'
        ' resource in Target::"web1");'
    )
    with running_gateway(folder, {"web1": target}, extra=twice, policies=bobs) as running:
        yield running


@pytest.fixture
def client(gateway: RunningGateway, tmp_path: Path) -> Client:
    made = Client(tmp_path / "client", gateway, gateway.key)
    made.trust()
    return made


def test_a_command_through_the_gateway_is_a_session_like_every_other(
    gateway: RunningGateway, target: Sshd, client: Client
) -> None:
    done = client.jump(f"{target.user}@web1", "echo out; echo err >&2; exit 7", given=b"")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")
    found = newest(gateway.store)
    (authenticated,) = only(found, Authenticated)
    assert authenticated.principal == "alice"
    assert authenticated.facts["address"].startswith("127.0.0.1:")
    connect, run = only(found, Asked)
    assert connect.facts["jump"] == "web1:22"
    assert (connect.facts["target"], connect.facts["account"]) == ("web1", target.user)
    assert run.facts["command"] == b"echo out; echo err >&2; exit 7"
    assert b"".join(event.data for event in only(found, Output)) == b"out\n"
    assert b"".join(event.data for event in only(found, ErrorOutput)) == b"err\n"
    assert [event.status for event in only(found, Exit)] == [7]
    assert [event.verdict for event in only(found, Decided)] == ["allow", "allow"]


def test_nothing_but_the_one_line_is_needed_to_trust_it(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    client = Client(tmp_path / "client", gateway, gateway.key)
    before = client.jump(f"{target.user}@web1", "true")
    assert before.returncode == 255
    assert b"No ED25519 host key is known for web1" in before.stderr
    line = client.trust()
    kind, hosts, *_ = line.split()
    assert kind == "@cert-authority"
    assert hosts.split(",") == ["127.0.0.1", "localhost", "twice", "twice.example.org", "web1"]
    assert client.jump(f"{target.user}@web1", "true").returncode == 0


@pytest.mark.parametrize(
    "words", [["web1"], ["-p", "{port}", "web1"], ["-p", "{port}", "127.0.0.1"]]
)
def test_a_target_by_name_and_by_address_and_its_only_account(
    gateway: RunningGateway, target: Sshd, client: Client, words: Sequence[str]
) -> None:
    """The client sends the name of whoever runs it, where no account is named."""
    done = client.jump(*(word.format(port=target.port) for word in words), "echo here")
    assert (done.returncode, done.stdout) == (0, b"here\n"), done.stderr


def test_an_alias_wants_an_account_where_there_are_several(
    gateway: RunningGateway, target: Sshd, client: Client
) -> None:
    done = client.jump(f"{target.user}@twice.example.org", "echo here")
    assert (done.returncode, done.stdout) == (0, b"here\n")
    nobody = client.jump("nobody@twice", "echo here")
    assert nobody.returncode == 255
    assert b"GR-227" in nobody.stderr
    assert f"{target.user}@twice".encode() in nobody.stderr


def test_files_both_ways_by_every_tool(
    gateway: RunningGateway, target: Sshd, client: Client, tmp_path: Path
) -> None:
    data = hashlib.shake_256(b"jump").digest(MEGA)
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(data)
    there = tmp_path / "there"
    where = f"{target.user}@web1"
    for flags in ([], ["-O"]):
        for pair in ([str(source), f"{where}:{there}"], [f"{where}:{there}", str(back)]):
            done = client.run(*flags, "-o", "ProxyJump=gw", "-q", *pair, program="scp")
            assert done.returncode == 0, done.stderr
        assert there.read_bytes() == back.read_bytes() == data
        there.unlink()
        back.unlink()
    batch = f"put {source} {there}\nget {there} {back}\n".encode()
    done = client.run("-J", "gw", "-b", "-", where, program="sftp", given=batch)
    assert done.returncode == 0, done.stderr
    assert there.read_bytes() == back.read_bytes() == data
    sent = only(newest(gateway.store), Input)
    assert sum(len(event.data) for event in sent) > MEGA


def test_git_through_the_gateway(
    gateway: RunningGateway, target: Sshd, client: Client, tmp_path: Path
) -> None:
    git = need("git")
    command = shlex.join([need("ssh"), "-F", str(client.config), "-J", "gw"])
    bare, work, copy = tmp_path / "bare.git", tmp_path / "work", tmp_path / "copy"

    def run(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        safe = ["-c", "safe.directory=*", "-c", "protocol.version=2"]
        done = subprocess.run(
            [git, *identity, *safe, *words],
            env={"GIT_SSH_COMMAND": command, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    run("init", "-q", "--bare", str(bare))
    run("init", "-q", str(work))
    (work / "file").write_text("through the gateway\n")
    run("-C", str(work), "add", "file")
    run("-C", str(work), "commit", "-q", "-m", "one")
    url = f"ssh://{target.user}@web1{bare}"
    run("-C", str(work), "push", "-q", url, "HEAD:main")
    run("clone", "-q", "--branch", "main", url, str(copy))
    assert (copy / "file").read_text() == "through the gateway\n"
    asked = only(newest(gateway.store), Asked)
    assert asked[-1].facts["command"].startswith(b"git-upload-pack")


def test_rsync_through_the_gateway(
    gateway: RunningGateway, target: Sshd, client: Client, tmp_path: Path
) -> None:
    data = hashlib.shake_256(b"rsync").digest(MEGA)
    (tmp_path / "source").write_bytes(data)
    shell = shlex.join([need("ssh"), "-F", str(client.config), "-J", "gw"])
    done = subprocess.run(
        [need("rsync"), "-e", shell, tmp_path / "source", f"{target.user}@web1:{tmp_path}/there"],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there").read_bytes() == data


def test_bytes_in_bulk_arrive_whole_and_verify(
    gateway: RunningGateway, target: Sshd, client: Client
) -> None:
    data = hashlib.shake_256(b"bulk").digest(8 * MEGA)
    done = client.jump(f"{target.user}@web1", "cat", given=data)
    assert (done.returncode, done.stdout) == (0, data)
    session = sessions(gateway.store)[-1]
    wait_until(lambda: state(gateway.store, session) == "sealed")
    store = Store.open(gateway.store)
    report = verify_reel(store.reel(session), store.verifiers())
    assert report.ok, report.checks
    found = events(gateway.store, session)
    assert b"".join(event.data for event in only(found, Input)) == data


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [["nosuch"], ["-p", "1", "web1"], ["-p", "9", "127.0.0.1"], ["--", "example.org"]],
)
def test_what_is_no_target_is_refused_and_written_down(
    gateway: RunningGateway, client: Client, words: Sequence[str]
) -> None:
    before = set(sessions(gateway.store))
    done = client.jump(*words, "true")
    assert done.returncode == 255
    assert b"GR-226" in done.stderr
    assert set(sessions(gateway.store)) == before

    def told() -> bool:
        asked = only(logbook(gateway.store), Asked)[-1]
        return asked.action == "channel direct-tcpip" and asked.facts["command"].startswith(
            words[-1].encode()
        )

    wait_until(told)
    wait_until(lambda: only(logbook(gateway.store), Decided)[-1].reason.startswith("GR-226"))


def test_a_target_that_is_not_for_this_principal_is_as_if_it_were_none(
    gateway: RunningGateway, target: Sshd, tmp_path: Path
) -> None:
    bob = Client(tmp_path / "bob", gateway, gateway.config.parent / "bob", name="bob")
    assert "twice" not in bob.trust()
    refused = bob.jump(f"{target.user}@twice", "true")
    unknown = bob.jump(f"{target.user}@nosuch", "true")
    assert refused.stderr.replace(b"twice", b"nosuch") == unknown.stderr
    assert bob.jump(f"{target.user}@web1", "echo bob").stdout == b"bob\n"


def test_the_inner_login_is_the_outer_principal_s_or_none(
    gateway: RunningGateway, target: Sshd, client: Client
) -> None:
    """Whoever gets at a port that alice forwards is not alice by that."""
    bob = gateway.config.parent / "bob"
    client.config.write_text(
        f"Host web1\n  IdentityFile {bob}\nHost gw\n  IdentityFile {gateway.key}\n"
        + client.config.read_text().replace(f"  IdentityFile {gateway.key}\n", "")
    )
    before = set(sessions(gateway.store))
    done = client.run("-J", "gw", f"{target.user}@web1", "true")
    assert done.returncode == 255
    assert b"GR-223" in done.stderr
    assert set(sessions(gateway.store)) == before
    without = client.jump(
        "-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=none", "web1", "true"
    )
    assert without.returncode == 255
    assert set(sessions(gateway.store)) == before


def test_a_forward_through_a_target_stays_denied(
    gateway: RunningGateway, target: Sshd, client: Client
) -> None:
    done = client.run("-W", "web1:22", "-l", f"{target.user}@web1", "gw")
    assert done.returncode != 0
    assert b"GR-233" in done.stderr or b"GR-201" in done.stderr
    inside = client.run("-J", f"gw,{target.user}@web1", f"{target.user}@twice", "true")
    assert inside.returncode == 255
    assert b"GR-233" in inside.stderr or b"GR-201" in inside.stderr
