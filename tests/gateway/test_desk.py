"""What the gateway offers: its host keys, and only so many viewers at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from gateway.desk import MOST, MOST_EACH, Caller, Desk
from gateway.identity import PublicKey
from gateway.live import LiveSessions
from gateway.refusals import TooMany
from tests.gateway.cedar_rules import point
from tests.gateway.test_session import ALICE, PEER
from tests.gateway.test_session import Desk as Place

KEY = PublicKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"h" * 32)


CA = PublicKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"c" * 32)


def caller(host: str, port: int) -> Caller:
    return Caller(ALICE, "alice", PEER, (host, port), [])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    place = Place(tmp_path)
    place.writer.close()
    return Desk(
        reception=place.reception,
        rules=point(),
        logbook=place.logbook,
        live=LiveSessions(),
        store=tmp_path,
        host_keys=[KEY],
    )


def test_known_hosts_are_written_as_the_client_reads_them(desk: Desk) -> None:
    assert desk.known_hosts(caller("bastion", 22)) == [f"bastion {KEY}"]
    assert desk.known_hosts(caller("::1", 2222)) == [f"[::1]:2222 {KEY}"]


def test_the_host_ca_is_trusted_for_what_its_caller_may_reach(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.writer.close()
    desk = Desk(
        reception=place.reception,
        rules=point(),
        logbook=place.logbook,
        live=LiveSessions(),
        store=tmp_path,
        host_keys=[KEY],
        host_cas=[CA, KEY],
    )
    _, line, following = desk.known_hosts(caller("bastion", 22))
    assert following == line.replace(str(CA), str(KEY)), "the next one is trusted beside it"
    kind, hosts, *key = line.split()
    assert (kind, " ".join(key)) == ("@cert-authority", str(CA))
    assert hosts.split(",") == place.reception.hosts(ALICE)
    assert "web1" in hosts
    assert "*" not in hosts


def test_only_so_many_viewers_at_a_time(desk: Desk) -> None:
    with contextlib.ExitStack() as open_ones:
        for _ in range(MOST_EACH):
            open_ones.enter_context(desk.serving("alice"))
        with pytest.raises(TooMany), desk.serving("alice"):
            pass
        for number in range(MOST - MOST_EACH):
            open_ones.enter_context(desk.serving(f"p{number}"))
        with pytest.raises(TooMany), desk.serving("bob"):
            pass
        assert desk._logbook.meters.refused == {TooMany.code: 2}
    with desk.serving("alice"):
        pass
