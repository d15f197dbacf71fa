"""Two ways to one target: our gateway, and an OpenSSH bastion that records nothing.

Both stand on this machine's loopback in front of the same OpenSSH server. Through the bastion
one goes as people did before gateways: ssh to it, and ssh from it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.gateways import running_gateway
from tests.system.peers import ssh_command, sshd


@dataclass(frozen=True, slots=True)
class Door:
    """How to run a command on the target through this door."""

    name: str
    prefix: Sequence[str]
    """The stock client's command line up to the command."""
    inner: Sequence[str]
    """What stands before the command on the bastion: another client; nothing for a gateway."""

    def command(self, words: str, *, tty: bool = False) -> list[str]:
        terminal = ["-tt"] if tty else []
        remote = words
        if self.inner:
            # The bastion's shell sees the inner client's arguments, the target's the words.
            remote = " ".join([self.inner[0], *terminal, *self.inner[1:], shlex.quote(words)])
        return [self.prefix[0], *terminal, *self.prefix[1:], remote]

    def subsystem(self, name: str) -> str:
        """The shell's words that speak to this subsystem of the target."""
        if not self.inner:
            return shlex.join([self.prefix[0], "-s", *self.prefix[1:], name])
        remote = shlex.join([self.inner[0], "-s", *self.inner[1:], name])
        return shlex.join([*self.prefix, remote])


@contextmanager
def two_doors(folder: Path) -> Iterator[tuple[Door, Door, Path]]:
    """The gateway, the bastion, and the gateway's store."""
    with (
        sshd(folder / "target") as target,
        sshd(folder / "bastion") as bastion,
        running_gateway(folder / "gateway", {"target": target}) as gateway,
    ):
        known = target.known_hosts(folder / "target_known_hosts")
        inner = ssh_command(target.port, user=target.user, key=target.key, known_hosts=known)
        through_us = ssh_command(
            gateway.port,
            user=f"{target.user}@target",
            key=gateway.key,
            known_hosts=gateway.known_hosts,
        )
        around = ssh_command(
            bastion.port,
            user=bastion.user,
            key=bastion.key,
            known_hosts=bastion.known_hosts(folder / "bastion_known_hosts"),
        )
        ours = Door("gatereel", through_us, ())
        theirs = Door("an OpenSSH bastion that records nothing", around, inner)
        yield ours, theirs, gateway.store
