"""Files over SSH with the programs that people use: they work, and what moved is in the record
(SSH-13)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import asyncssh
import paramiko
import pytest

from gateway.wire.sftp_packets import Framer, parse_call
from recorder.events import (
    Asked,
    Decided,
    Header,
    Input,
    Output,
    SftpClosed,
    SftpDone,
    SftpLeftOut,
    SftpOpened,
    Transferred,
)
from tests.system.file_peers import Door
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, need, sshd
from tests.system.recorded import newest, only, sessions, wait_until

pytestmark = pytest.mark.peer
CONTENT = os.urandom(700_001)
DIGEST = sha256(CONTENT).digest()


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


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """A folder at the target; a file to send is beside it."""
    (tmp_path / "up").write_bytes(CONTENT)
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


def closed(store: Path) -> list[SftpClosed]:
    return only(newest(store), SftpClosed)


def test_ssh_13_sftp(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    batch = (
        f"put up {far}/a\nget {far}/a down\nls -l {far}\nmkdir {far}/d\nrename {far}/a {far}/d/b\n"
        f"chmod 600 {far}/d/b\nsymlink d/b {far}/link\nrm {far}/link\ndf {far}\n"
    )
    done = door.sftp(batch, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "down").read_bytes() == CONTENT
    piece = {"bytes": len(CONTENT), "offset": 0, "sha256": DIGEST}
    name = os.fsencode(far)
    files = [each for each in closed(gateway.store) if each.path == name + b"/a"]
    assert [(each.read, each.written) for each in files] == [({}, piece), (piece, {})]
    found = newest(gateway.store)
    changes = {(each.operation, each.path) for each in only(found, SftpDone) if not each.status}
    assert {("mkdir", name + b"/d"), ("rename", name + b"/a"), ("setstat", name + b"/d/b"),
            ("symlink", name + b"/link"), ("remove", name + b"/link")} <= changes  # fmt: skip
    assert {each.verdict for each in only(found, Decided)} == {"allow"}
    paths = {each.facts["path"] for each in only(found, Asked) if "path" in each.facts}
    assert name + b"/a" in paths


@pytest.mark.parametrize("flags", [(), ("-O",)])
def test_ssh_13_scp_both_ways(
    gateway: RunningGateway, door: Door, tmp_path: Path, far: Path, flags: tuple[str, ...]
) -> None:
    up = door.scp(*flags, "-p", "up", f"127.0.0.1:{far}/ab", cwd=tmp_path)
    assert up.returncode == 0, up.stderr
    assert (far / "ab").read_bytes() == CONTENT
    sent = newest(gateway.store)
    down = door.scp(*flags, f"127.0.0.1:{far}/a*", "down", cwd=tmp_path)
    assert down.returncode == 0, down.stderr
    assert (tmp_path / "down").read_bytes() == CONTENT
    got = newest(gateway.store)
    if not flags:
        assert DIGEST in [each.written.get("sha256") for each in only(sent, SftpClosed)]
        assert DIGEST in [each.read.get("sha256") for each in only(got, SftpClosed)]
        return
    ((one,), (other,)) = only(sent, Transferred), only(got, Transferred)
    assert (one.way, one.path, other.way, other.path) == ("written", b"up", "read", b"ab")
    for each in (one, other):
        assert (each.facts["size"], each.facts["sha256"]) == (len(CONTENT), DIGEST)
    asked = only(sent, Asked)[-1]
    assert (asked.facts["program"], asked.facts["way"]) == ("scp", "written")
    assert asked.facts["paths"] == [os.fsencode(far / "ab")]
    assert CONTENT in b"".join(each.data for each in only(sent, Input))


def test_scp_of_a_tree(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "in\x1b[31m").mkdir(parents=True)
    (tree / "in\x1b[31m" / "x\ny").write_text("deep")
    (tree / "empty").touch()
    done = door.scp("-O", "-r", "tree", f"127.0.0.1:{far}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # scp itself sends a line end in a name as something else.
    (deep,) = (far / "tree" / "in\x1b[31m").iterdir()
    assert deep.read_text() == "deep"
    files = only(newest(gateway.store), Transferred)
    assert {each.path.partition(b"/")[2] for each in files} >= {b"", b"empty", b"in\x1b[31m"}
    session = sessions(gateway.store)[-1]
    for verb in ("show", "events"):
        told = subprocess.run(
            [sys.executable, "-m", "gatereel", verb, session, "--store", str(gateway.store)],
            capture_output=True, timeout=60, check=True,
        ).stdout  # fmt: skip
        assert b"\x1b[31m" not in told
        assert b"in\\" in told


def test_rsync(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    done = door.rsync("-a", "up", f"127.0.0.1:{far}/", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (far / "up").read_bytes() == CONTENT
    facts = only(newest(gateway.store), Asked)[-1].facts
    assert (facts["program"], facts["way"], facts["paths"]) == (
        "rsync", "written", [os.fsencode(far) + b"/"],
    )  # fmt: skip
    done = door.rsync("-az", f"127.0.0.1:{far}/up", "down", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "down").read_bytes() == CONTENT
    assert only(newest(gateway.store), Asked)[-1].facts["way"] == "read"


def test_git(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    bare = far / "it's.git"
    subprocess.run([need("git"), "init", "-q", "--bare", bare], check=True, cwd=far)
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    clone = door.git("clone", "-q", f"ssh://127.0.0.1{bare}", "work", cwd=tmp_path)
    assert clone.returncode == 0, clone.stderr
    facts = only(newest(gateway.store), Asked)[-1].facts
    assert (facts["program"], facts["way"], facts["paths"]) == ("git", "read", [os.fsencode(bare)])
    work = tmp_path / "work"
    (work / "file").write_bytes(CONTENT)
    for words in (["add", "file"], [*who, "commit", "-qm", "x"], ["push", "-q", "origin", "HEAD"]):
        done = door.git(*words, cwd=work)
        assert done.returncode == 0, done.stderr
    assert only(newest(gateway.store), Asked)[-1].facts["way"] == "written"


def test_paramiko(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    client = paramiko.SSHClient()
    client.load_host_keys(str(door.known_hosts))
    client.connect(
        "127.0.0.1", door.port, door.user, key_filename=str(door.key),
        allow_agent=False, look_for_keys=False,
    )  # fmt: skip
    try:
        with client.open_sftp() as sftp:
            sftp.put(str(tmp_path / "up"), f"{far}/a")
            sftp.get(f"{far}/a", str(tmp_path / "down"))
            assert sftp.listdir(str(far)) == ["a"]
            with sftp.open(f"{far}/a", "r+") as file:
                file.seek(5)
                file.write(b"changed")
                file.seek(4)
                assert file.read(3) == CONTENT[4:5] + b"ch"
            with pytest.raises(FileNotFoundError):
                sftp.stat(f"{far}/none")
            sftp.remove(f"{far}/a")
    finally:
        client.close()
    assert (tmp_path / "down").read_bytes() == CONTENT
    found = closed(gateway.store)
    assert (found[0].written["sha256"], found[1].read["sha256"]) == (DIGEST, DIGEST)


def test_asyncssh(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    async def move() -> None:
        async with (
            asyncssh.connect(
                "127.0.0.1", door.port, username=door.user, client_keys=[str(door.key)],
                known_hosts=str(door.known_hosts), config=None,
            ) as connection,
            connection.start_sftp_client(sftp_version=6) as sftp,
        ):  # fmt: skip
            assert sftp.version == 3
            await sftp.put(str(tmp_path / "up"), f"{far}/a")
            await sftp.get(f"{far}/a", str(tmp_path / "down"))
            assert sorted(await sftp.listdir(str(far))) == [".", "..", "a"]
            with pytest.raises(asyncssh.SFTPNoSuchFile):
                await sftp.stat(f"{far}/none")
            await sftp.copy(f"{far}/a", f"{far}/b", remote_only=True)

    asyncio.run(move())
    assert (tmp_path / "down").read_bytes() == (far / "b").read_bytes() == CONTENT
    assert DIGEST in [each.written.get("sha256") for each in closed(gateway.store)]


def test_sshfs(gateway: RunningGateway, door: Door, tmp_path: Path, far: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    way = ["-o", f"ssh_command={door.ssh}", f"127.0.0.1:{far}"]
    program = [need("sshfs"), "-f", *way, str(mount)]
    process = subprocess.Popen(program, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: mount.is_mount() or process.poll() is not None)
        if process.poll() is not None:
            assert process.stderr
            pytest.skip(f"no file system can be mounted here: {process.stderr.read()!r}")
        (mount / "a").write_bytes(CONTENT)
        assert (mount / "a").read_bytes() == CONTENT
        (mount / "a").rename(mount / "b")
        assert [each.name for each in mount.iterdir()] == ["b"]
    finally:
        subprocess.run([need("fusermount3"), "-u", str(mount)], check=False, capture_output=True)
        process.terminate()
        process.wait(20)
        if process.stderr:
            process.stderr.close()
    assert (far / "b").read_bytes() == CONTENT
    assert only(newest(gateway.store), SftpOpened)


DENIED = """
@id("no writing") @reason("fetching only")
forbid (
  principal, action in [Action::"write-file", Action::"change-files"], resource in Target::"web1"
);
"""


def test_ssh_13_what_policy_denies_never_reaches_the_target(
    target: Sshd, tmp_path: Path, far: Path
) -> None:
    (far / "there").write_text("t")
    with running_gateway(tmp_path / "gateway", {"web1": target}, policies=DENIED) as gateway:
        door = Door.through(gateway, "web1")
        batch = f"-put up {far}/a\n-rm {far}/there\n-chmod 777 {far}/there\nget {far}/there down\n"
        done = door.sftp(batch, cwd=tmp_path)
        found = newest(gateway.store)
    assert done.returncode == 0, done.stderr
    assert done.stderr.lower().count("permission denied") == 3
    assert (tmp_path / "down").read_text() == "t"
    assert sorted(each.name for each in far.iterdir()) == ["there"]
    assert [each.verdict for each in only(found, Decided)].count("deny") == 3
    sent = b"".join(each.data for each in only(found, Input))
    calls = [parse_call(body) for body in Framer().feed(sent)]
    assert {call.operation for call in calls if call.path == os.fsencode(far / "there")} <= {
        "stat", "lstat", "open", "realpath",
    }  # fmt: skip
    assert {call.access for call in calls if call.operation == "open"} == {("read",)}
    refused = [each for each in only(found, SftpOpened) if each.status]
    assert [(each.status, each.path) for each in refused] == [(3, os.fsencode(far / "a"))]


def test_less_of_files_is_kept_where_a_target_says_so(
    target: Sshd, tmp_path: Path, far: Path
) -> None:
    place = tmp_path / "gateway"
    with running_gateway(place, {"web1": target}, keep_files="64KiB") as gateway:
        door = Door.through(gateway, "web1")
        done = door.sftp(f"put up {far}/a\nget {far}/a down\n", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = newest(gateway.store)
    assert (tmp_path / "down").read_bytes() == CONTENT
    assert only(found, Header)[0].facts["weaker"] == ["files-not-kept"]
    left = only(found, SftpLeftOut)
    for side in ("read", "written"):
        count = sum(each.count for each in left if each.side == side)
        assert count == len(CONTENT) - (64 << 10)
    sent = b"".join(each.data for each in only(found, Input))
    got = b"".join(each.data for each in only(found, Output))
    for kept in (sent, got):
        assert CONTENT[:1000] in kept
        assert CONTENT[-1000:] not in kept
    assert [
        digest
        for each in only(found, SftpClosed)
        for digest in (each.read.get("sha256"), each.written.get("sha256"))
        if digest
    ] == [DIGEST, DIGEST]
