"""People at a gateway, each with a key of their own, and what they ask of the gateway itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recorder.events import Asked, Decided, Event
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, make_key, need, ssh_command
from tests.system.recorded import logbook, sessions, state, wait_until

PEOPLE = ("bob", "carol")
STAFF = """
[principals.bob]
keys = ["{bob}"]
groups = ["leads"]
[principals.carol]
keys = ["{carol}"]
"""
RULES = """
@id("leads look after alice")
permit (principal in Group::"leads", action in Action::"oversight", resource)
when { resource.owner == "alice" };
"""
PATIENCE = 60


@contextmanager
def staffed_gateway(folder: Path, target: Sshd) -> Iterator[RunningGateway]:
    """alice may reach web1 and web2; bob looks after her sessions; carol may do nothing."""
    keys = {name: make_key(folder / name, name) for name in PEOPLE}
    targets = {"web1": target, "web2": target}
    extra = STAFF.format(**keys)
    with running_gateway(folder / "gw", targets, extra=extra, policies=RULES) as running:
        yield running


def ssh(
    gateway: RunningGateway,
    who: str,
    *words: str,
    user: str = "gatereel",
    flags: tuple[str, ...] = (),
) -> list[str]:
    """The stock client's command line, as alice, bob or carol."""
    key = gateway.key if who == "alice" else gateway.config.parent.parent / who
    return ssh_command(
        gateway.port, *words, user=user, key=key, known_hosts=gateway.known_hosts, flags=flags
    )


def ask(
    gateway: RunningGateway, who: str, *words: str, user: str = "gatereel"
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ssh(gateway, who, *words, user=user),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def a_session(gateway: RunningGateway, command: str = "echo something to look at") -> str:
    """One of alice's, over and sealed."""
    assert ask(gateway, "alice", command, user="web1").returncode == 0
    session = sessions(gateway.store)[-1]
    wait_until(lambda: state(gateway.store, session) == "sealed")
    return session


def asked(gateway: RunningGateway, action: str, session: str) -> list[tuple[Asked, Decided]]:
    """What the logbook has about this session: each question with its answer."""
    found: list[Event] = logbook(gateway.store)
    return [
        (event, found[place + 1])  # type: ignore[misc]  # they are written together
        for place, event in enumerate(found)
        if isinstance(event, Asked)
        and event.action == action
        and event.facts.get("session") == session
    ]


def client_of(gateway: RunningGateway, who: str, folder: Path) -> Path:
    """A folder with an ``ssh`` that is the stock one with this person's key."""
    place = folder / who
    place.mkdir()
    words = ssh(gateway, who)[:-3]
    script = place / "ssh"
    script.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in words) + ' "$@"\n')
    script.chmod(0o755)
    return place


def viewers() -> list[str]:
    """Served processes of this machine, by their command line."""
    found = subprocess.run(
        [need("ps"), "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in found.splitlines() if "gatereel.py served" in line]


def of(gateway: RunningGateway) -> list[str]:
    return [line for line in viewers() if str(gateway.store) in line]
