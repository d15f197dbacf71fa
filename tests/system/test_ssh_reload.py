"""The configuration changes while people are inside: what was taken back reaches them within 5 s,
what is wrong with a file changes nothing, and each reading is in the gateway's own recording."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.events import ChannelClosed, Decided, End, GatewayReloaded, Notice
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, make_key, sshd
from tests.system.recorded import events, logbook, newest, only, sessions, wait_until

pytestmark = pytest.mark.peer
PROMISED = 5
"""Seconds within which a revocation reaches a live session."""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def gateway(target: Sshd, tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path, {"web1": target, "web2": target}) as running:
        yield running


@contextmanager
def inside(gateway: RunningGateway) -> Iterator[subprocess.Popen[bytes]]:
    """A stock client whose session runs."""
    with subprocess.Popen(
        gateway.ssh("web1", "echo in; cat", flags=("-tt",)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        try:
            assert client.stdout is not None
            assert client.stdout.readline().strip() == b"in"
            yield client
        finally:
            if client.poll() is None:
                client.kill()


def rewrite(
    gateway: RunningGateway, change: Callable[[str], str], file: Path | None = None
) -> None:
    """The configuration, or another file."""
    path = file or gateway.config
    before = path.read_text()
    after = change(before)
    assert after != before
    new = path.with_suffix(".new")
    new.write_text(after)
    new.replace(path)


def nothing(_: str) -> str:
    return "// nothing is allowed\n"


def reloads(gateway: RunningGateway) -> list[GatewayReloaded]:
    return only(logbook(gateway.store), GatewayReloaded)


def another_key(gateway: RunningGateway) -> Callable[[str], str]:
    old = " ".join(gateway.key.with_suffix(".pub").read_text().split()[:2])
    new = " ".join(make_key(gateway.config.parent / "other", "alice").split()[:2])
    return lambda text: text.replace(old, new)


def without(table: str) -> Callable[[str], str]:
    """Less one of the tables, with what is in it."""

    def change(text: str) -> str:
        kept, keep = [], True
        for line in text.splitlines(keepends=True):
            if line.startswith("["):
                keep = not line.startswith((f"[{table}]", f"[{table}.", f"[[{table}]]"))
            kept.append(line if keep else "")
        return "".join(kept)

    return change


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("key", b"is not alice's any more"),
        ("target", b"is not to be reached here any more"),
        ("rules", b"may not connect on"),
    ],
)
def test_ssh_21_what_is_taken_back_ends_live_sessions_and_says_why(
    gateway: RunningGateway, what: str, why: bytes
) -> None:
    change = {
        "key": another_key(gateway),
        "target": without("targets.web1"),
        "rules": nothing,
    }[what]
    with inside(gateway) as client:
        session = sessions(gateway.store)[-1]
        begun = time.monotonic()
        rewrite(gateway, change, gateway.policies if what == "rules" else None)
        out, error = client.communicate(timeout=30)
        assert time.monotonic() - begun < PROMISED
    said = out + error
    assert said.count(b"GR-255") == 1
    assert why in said
    wait_until(lambda: only(events(gateway.store, session), End))
    found = events(gateway.store, session)
    assert b"GR-255" in only(found, Notice)[-1].data
    assert why.decode() in only(found, End)[0].reason
    (reload,) = reloads(gateway)
    assert reload.facts["cause"] == "the file changed"
    assert reload.facts["ended"] == [session]
    assert reload.facts["configuration"] == hashlib.sha256(gateway.config.read_bytes()).digest()
    assert reload.facts["before"] != reload.facts["configuration"] or what == "rules"
    assert (reload.facts["policy_before"] != reload.facts["policy"]) == (what == "rules")


def test_a_connection_without_a_terminal_is_told_too(gateway: RunningGateway) -> None:
    """One that only waits for forwards (-N) has no channel to read words on."""
    with subprocess.Popen(
        gateway.ssh("web1", flags=("-N", "-o", "LogLevel=VERBOSE")),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as client:
        assert client.stderr is not None
        for line in client.stderr:
            if b"Authenticated" in line:
                break
        rewrite(gateway, another_key(gateway))
        said = client.stderr.read()
        assert client.wait(30) == 255
    assert b"GR-255" in said


def test_sessions_that_are_still_allowed_go_on_and_new_settings_are_for_new_ones(
    gateway: RunningGateway,
) -> None:
    deny = (
        '@id("not there") @reason("not now")\n'
        'forbid (principal, action == Action::"connect", resource in Target::"web2");\n'
    )
    with inside(gateway) as client:
        rewrite(gateway, lambda text: text + deny, gateway.policies)
        wait_until(lambda: reloads(gateway))
        refused = subprocess.run(
            gateway.ssh("web2", "true"), capture_output=True, timeout=60, check=False
        )
        assert refused.returncode == 255
        assert b'no target "web2" for you' in refused.stderr
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"still here\n")
        client.stdin.flush()
        assert b"still here" in client.stdout.readline()
    assert reloads(gateway)[0].facts["ended"] == []


def test_a_channel_that_is_not_allowed_any_more_ends_alone(gateway: RunningGateway) -> None:
    deny = (
        '@id("no commands") @reason("no commands")\n'
        'forbid (principal, action == Action::"exec", resource);\n'
    )
    with inside(gateway) as client:
        rewrite(gateway, lambda text: text + deny, gateway.policies)
        out, error = client.communicate(timeout=30)
    assert b"GR-255" in out + error
    assert b"may not exec" in out + error
    found = newest(gateway.store)
    assert only(found, ChannelClosed)[0].reason == "gateway: GR-255"


def test_a_bad_file_changes_nothing_and_says_why(gateway: RunningGateway) -> None:
    with inside(gateway) as client:
        rewrite(gateway, lambda text: text + "[nonsense]\nx = 1\n")
        wait_until(lambda: reloads(gateway))
        (reload,) = reloads(gateway)
        assert reload.facts["error"] == "GR-220"
        assert "nonsense" in reload.facts["reason"]
        assert "ended" not in reload.facts
        assert client.poll() is None
    assert "the configuration stays as it was" in gateway.log()
    assert "nonsense" in gateway.log()
    done = subprocess.run(gateway.ssh("web1", "true"), timeout=60, check=False)
    assert done.returncode == 0


def test_policies_that_are_gone_or_broken_change_nothing_and_a_change_is_recorded(
    gateway: RunningGateway,
) -> None:
    """Both sets are named where one follows the other, and kept; every decision comes out again."""
    folder = gateway.config.parent / "policies"
    away = folder.with_name("away")
    with inside(gateway) as client:
        folder.rename(away)
        wait_until(lambda: len(reloads(gateway)) == 1)
        away.rename(folder)
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"still here\n")
        client.stdin.flush()
        assert b"still here" in client.stdout.readline()
        (gone,) = (each.facts for each in reloads(gateway))
        assert (gone["error"], "cannot be read" in gone["reason"]) == ("GR-260", True)
        broken = folder / "broken.cedar"
        broken.write_text("permit (principal, action, nothing);")
        wait_until(lambda: len(reloads(gateway)) == 2)
        assert reloads(gateway)[1].facts["error"] == "GR-260"
        assert client.poll() is None
        broken.unlink()
        (folder / "more.cedar").write_text('@id("more") permit (principal, action, resource);')
        wait_until(lambda: any("policy" in each.facts for each in reloads(gateway)))
    done = next(each.facts for each in reloads(gateway) if "policy" in each.facts)
    assert done["policy"] != done["policy_before"]
    for digest in (done["policy"], done["policy_before"]):
        assert (gateway.store / "policies" / f"{digest.hex()}.json").is_file()
    newest(gateway.store)
    verified = subprocess.run(
        [sys.executable, "-m", "gatereel", "verify", str(gateway.store), "--decisions", "--json"],
        capture_output=True,
        check=False,
    )
    checks = json.loads(verified.stdout)["checks"]
    asked_again = [each for each in checks if each["name"] == "decisions"]
    assert asked_again
    assert all(each["ok"] for each in asked_again), asked_again


def test_sighup_reads_it_again_and_says_what_takes_a_restart(gateway: RunningGateway) -> None:
    os.kill(gateway.process.pid, signal.SIGHUP)
    wait_until(lambda: reloads(gateway))
    assert reloads(gateway)[0].facts["cause"] == "SIGHUP"
    rewrite(gateway, lambda text: text.replace('store = "recordings"', 'store = "elsewhere"'))
    wait_until(lambda: len(reloads(gateway)) == 2)
    assert reloads(gateway)[1].facts["restart"] == ["[gateway] store"]
    assert "takes a restart" in gateway.log()
    assert gateway.process.poll() is None


def test_a_session_that_opens_while_its_rule_goes_is_not_left_behind(
    gateway: RunningGateway,
) -> None:
    """Many clients come just as the rules go: when all is quiet nobody is inside."""
    clients = [
        subprocess.Popen(
            gateway.ssh("web1", "sleep 300"), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        for _ in range(8)
    ]
    rewrite(gateway, nothing, gateway.policies)
    for client in clients:
        _, error = client.communicate(timeout=60)
        assert client.returncode == 255
        assert b"GR-" in error


def test_before_it_stops_people_are_told_and_get_their_time(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path, {"web1": target}) as gateway:
        rewrite(gateway, lambda text: text.replace("[gateway]\n", "[gateway]\ndrain = 60\n"))
        wait_until(lambda: reloads(gateway))
        with inside(gateway) as client:
            gateway.process.terminate()
            assert client.stdout is not None
            assert client.stdin is not None
            seen = b""
            while b"shutting down; this session ends in 60 s" not in seen:
                seen += client.stdout.readline()
            refused = subprocess.run(
                gateway.ssh("web1", "true"), capture_output=True, timeout=60, check=False
            )
            assert refused.returncode == 255
            assert gateway.process.poll() is None
            client.stdin.write(b"last words\n\x04")
            client.stdin.flush()
            assert client.wait(30) == 0
        assert gateway.process.wait(30) == 0
        found = newest(gateway.store)
    assert [each.verdict for each in only(found, Decided)] == ["allow", "allow"]
    assert b"shutting down" in b"".join(each.data for each in only(found, Notice))


def test_told_twice_to_stop_it_waits_for_nobody(target: Sshd, tmp_path: Path) -> None:
    with running_gateway(tmp_path, {"web1": target}) as gateway:
        rewrite(gateway, lambda text: text.replace("[gateway]\n", "[gateway]\ndrain = 600\n"))
        wait_until(lambda: reloads(gateway))
        with inside(gateway) as client:
            gateway.process.terminate()
            wait_until(lambda: "may last 600 s" in gateway.log())
            gateway.process.terminate()
            out, error = client.communicate(timeout=30)
            assert b"GR-208" in out + error
        assert gateway.process.wait(30) == 0
