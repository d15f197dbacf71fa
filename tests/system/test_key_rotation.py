"""Keys are changed while the gateway lives on: what came before stays proven, and who trusted
the old key learns of the new one before it is used."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.attest import Signer
from recorder.store import Store
from recorder.verify_store import verify_store
from tests.system.control import ask
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, make_key, need, sshd
from tests.system.recorded import sessions, state, wait_until

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@contextmanager
def restarted(gateway: RunningGateway, change: Callable[[str], str]) -> Iterator[None]:
    """The same gateway once more, with another configuration, until the block ends."""
    if gateway.process.poll() is None:
        gateway.process.terminate()
        gateway.process.wait(30)
    gateway.config.write_text(change(gateway.config.read_text()))
    path = gateway.config.parent / "again.log"
    with path.open("wb") as log:
        words: list[str] = gateway.process.args  # type: ignore[assignment]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: "listening on" in path.read_text() or process.poll() is not None, 60)
        assert process.poll() is None, path.read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


def a_session(gateway: RunningGateway) -> str:
    assert ask(gateway, "alice", "true", user="web1").returncode == 0
    session = sessions(gateway.store)[-1]
    wait_until(lambda: state(gateway.store, session) == "sealed")
    return session


def test_after_a_new_signing_key_what_came_before_is_proven_still(
    target: Sshd, tmp_path: Path
) -> None:
    with running_gateway(tmp_path, {"web1": target}) as gateway:
        before = a_session(gateway)
        store = Store.open(gateway.store)
        keys = tmp_path / "keys"
        old = Signer.load(keys / "gateway_signing").verifier
        new = Signer.create(keys / "gateway_signing_2", "gateway.test").verifier
        with restarted(
            gateway, lambda text: text.replace('gateway_signing"', 'gateway_signing_2"')
        ):
            after = a_session(gateway)
        reports = {report.subject: report for report in verify_store(store, store.verifiers())}
        assert all(report.ok for report in reports.values()), reports
        said = {
            name: {check.name: check.detail for check in report.checks}
            for name, report in reports.items()
        }
        assert old.key_id.hex() in said[before]["signatures"]
        assert new.key_id.hex() not in said[before]["signatures"]
        assert new.key_id.hex() in said[after]["signatures"]
        # The new key signs what the old one had signed last: the first run is named by the next.
        first, second = (name for name in sorted(reports) if "chain" in said[name])
        assert said[second]["chain"] == f"the gateway's run before this one is {first}"
        # Who takes the run away, or only what it says last, is found out by the one after.
        whole = store.reel(first).read_bytes()
        store.reel(first).unlink()
        failed = {r.subject for r in verify_store(store, store.verifiers()) if not r.ok}
        assert failed == {first, second}
        store.reel(first).write_bytes(whole)
        # The new key alone does not vouch for what the old one signed.
        alone = {r.subject: r.ok for r in verify_store(store, [new])}
        assert (alone[before], alone[after]) == (False, True)


def test_a_stock_client_takes_up_the_next_host_key_before_it_is_used(
    target: Sshd, tmp_path: Path
) -> None:
    def knows(extra: str) -> int:
        words = gateway.ssh("gatereel", "help", flags=("-o", extra))
        return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode

    with running_gateway(tmp_path, {"web1": target}) as gateway:
        made = make_key(tmp_path / "keys" / "ssh_host_2", "next")
        following = " ".join(made.split()[:2])
        both = '["keys/ssh_host_ed25519", "keys/ssh_host_2"]'
        with restarted(gateway, lambda text: text.replace('["keys/ssh_host_ed25519"]', both)):
            assert knows("UpdateHostKeys=yes") == 0
            assert following in gateway.known_hosts.read_text()
            assert following in ask(gateway, "alice", "known-hosts").stdout.decode()
        with restarted(gateway, lambda text: text.replace(both, '["keys/ssh_host_2"]')):
            assert knows("UpdateHostKeys=no") == 0
            other = tmp_path / "other"
            other.write_text("")
            assert knows(f"UserKnownHostsFile={other}") != 0


def test_the_next_authorities_are_told_of_beside_those_in_use(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path, {"web1": target}) as gateway:
        lines = {
            name: " ".join(make_key(tmp_path / "keys" / name, name).split()[:2])
            for name in ("user_2", "host_2")
        }
        extra = 'next_user_ca = "keys/user_2"\nnext_host_ca = "keys/host_2"\n[principals.alice]'
        with restarted(gateway, lambda text: text.replace("[principals.alice]", extra, 1)):
            trusted = ask(gateway, "alice", "known-hosts").stdout.decode()
            assert trusted.count("@cert-authority") == 2
            assert lines["host_2"] in trusted
        words = [need("python3"), "-m", "gatereel", "target", "user-ca", "-c", str(gateway.config)]
        words[0] = str(gateway.process.args[0])  # type: ignore[index]
        said = subprocess.run(words, capture_output=True, timeout=60, check=False).stdout.decode()
        assert len(said.splitlines()) == 2
        assert lines["user_2"] in said
