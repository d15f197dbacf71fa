"""People who ask and people who approve, at a gateway whose policies hold what is dangerous."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.system.control import PATIENCE, ask, ssh
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, make_key
from tests.system.recorded import wait_until

PEOPLE = {
    "bob": ("dba",),
    "carol": ("security", "sre"),
    "dora": ("dba",),
    "eve": (),
}
"""Beside alice, who may do everything but what is held, and is a dba herself."""
RULES = """
@id("everybody-connects")
permit (principal, action in [Action::"connect", Action::"shell"], resource);
@id("doras-shells") @hold("dba")
permit (principal == Person::"dora", action == Action::"shell", resource in Target::"web1");
@id("one-dba") @hold("dba") @reason("it interrupts everybody")
permit (principal, action == Action::"exec", resource)
when { context has command && context.command.program == "touch" };
@id("both") @hold("dba, security") @reason("it cannot be undone")
permit (principal, action == Action::"exec", resource)
when { context has command && context.command.program == "truncate" };
@id("shortly") @hold("dba") @expires("3s")
permit (principal, action == Action::"exec", resource)
when { context has command && context.command.program == "mkdir" };
@id("no-guests") @hold("dba") @reason("guests are announced")
permit (principal, action == Action::"connect", resource in Target::"vault");
@id("to-the-dead") @hold("dba")
permit (principal == Person::"eve", action == Action::"forward", resource)
when { context.host == "192.0.2.77" };
@id("names-a-file") @hold("dba")
permit (principal, action == Action::"change-files", resource in Target::"web1");
@id("files") permit (
  principal,
  action in [Action::"open-sftp", Action::"look-at-files", Action::"read-file"], resource
);
@id("eve-is-looked-after") @hold("dba")
permit (principal == Person::"eve", action == Action::"exec", resource);
@id("they-approve")
permit (principal in Group::"dba", action == Action::"approve", resource);
@id("they-approve-too")
permit (principal in Group::"security", action == Action::"approve", resource);
@id("dbas-look") permit (principal in Group::"dba", action in Action::"oversight", resource);
"""
_ID = re.compile(rb"request ([0-9a-z]{8}):")


@contextmanager
def holding_gateway(
    folder: Path, target: Sshd, *, state: str = "sqlite:///state.db", staff: Path | None = None
) -> Iterator[RunningGateway]:
    """``staff``: the folder of another gateway, whose people these are."""
    folder.mkdir(exist_ok=True)
    lines = []
    for name, groups in (PEOPLE | {"alice-too": ()}).items():
        if staff is None:
            make_key(folder / name, name)
        else:
            for suffix in ("", ".pub"):
                shutil.copy2(staff / f"{name}{suffix}", folder / f"{name}{suffix}")
        key = (folder / f"{name}.pub").read_text().strip()
        if name != "alice-too":
            lines += [f"[principals.{name}]", f'keys = ["{key}"]', f"groups = {list(groups)}"]
    with running_gateway(
        folder / "gw",
        {"web1": target, "vault": target},
        extra="\n".join(lines),
        policies=RULES,
        everything="",
        top=(f'state = "{state}"',),
        keys_too=((folder / "alice-too.pub").read_text().strip(),),
        groups=("dba",),
    ) as running:
        yield running


class Asking:
    """Somebody's command that is held: the client waits."""

    def __init__(
        self,
        gateway: RunningGateway,
        who: str,
        *words: str,
        user: str = "web1",
        flags: Sequence[str] = (),
    ) -> None:
        self.process = subprocess.Popen(
            ssh(gateway, who, *words, user=user, flags=tuple(flags)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.said = b""

    def id(self) -> str:
        """Once it is said."""
        assert self.process.stderr is not None
        while (found := _ID.search(self.said)) is None:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line
        return found[1].decode()

    def ended(self) -> tuple[int, bytes, bytes]:
        """Its status, output and all that it was told."""
        out, error = self.process.communicate(timeout=PATIENCE)
        self.said += error
        return self.process.returncode, out, self.said

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def pending(gateway: RunningGateway, who: str) -> list[dict[str, Any]]:
    done = ask(gateway, who, "requests", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def until_gone(gateway: RunningGateway, identity: str, who: str = "bob") -> None:
    wait_until(lambda: identity not in [each["id"] for each in pending(gateway, who)])
