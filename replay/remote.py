"""``ssh GATEWAY verb``: how this side asks a gateway to do something.

Knows: where the gateway is, the stock client's command line. Must never know: what a verb does at
the gateway, or whether it is allowed. Called by `replay.scope` and by the verbs ``kill`` and
``watch``. There is one control channel, SSH: being able to read the store's files gives nobody
the right to act, so even on the gateway's own machine the caller's key decides.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from recorder.places import config_path
from replay.errors import NoGateway, NotAllowed

GATEWAY_VARIABLE = "GATEREEL_GATEWAY"
GATEWAY_USER = "gatereel"
"""The user name that means the gateway itself."""
PATIENCE = 20.0
"""Seconds for one verb that answers by itself."""

_DESTINATION = re.compile(
    r"(?:ssh://)?(?:([^@/\s]+)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?/?"
)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where a gateway is, as ssh takes it."""

    host: str
    port: int | None = None
    user: str = GATEWAY_USER

    @classmethod
    def parse(cls, text: str) -> Gateway:
        """``[USER@]HOST[:PORT]``, where HOST may be a name of the user's SSH configuration.

        Raises NoGateway.
        """
        match = _DESTINATION.fullmatch(text)
        if match is None or match[2].startswith("-") or (match[1] or "").startswith("-"):
            raise NoGateway(f"{text!r} is no place of a gateway: write [USER@]HOST[:PORT]")
        port = int(match[3]) if match[3] else None
        return cls(match[2].strip("[]"), port, match[1] or GATEWAY_USER)

    def command(self, words: Sequence[str], *, terminal: bool = False) -> list[str]:
        """The stock client's command line. With ``terminal`` one is asked for; without, nothing
        is ever asked of a person."""
        flags = ["-t"] if terminal else ["-T", "-o", "BatchMode=yes"]
        if self.port is not None:
            flags += ["-p", str(self.port)]
        # One word for the far side, which takes it apart as a shell would.
        return ["ssh", *flags, "-l", self.user, "--", self.host, shlex.join(words)]


def add_gateway_argument(parser: argparse.ArgumentParser) -> None:
    """``--gateway``, as every verb that acts on a live gateway has it."""
    parser.add_argument(
        "--gateway",
        metavar="DEST",
        help="[USER@]HOST[:PORT], or a name of your SSH configuration"
        f" (else ${GATEWAY_VARIABLE}, else where the configuration listens)",
    )


def find_gateway(options: argparse.Namespace) -> Gateway:
    """The gateway to go by. Raises NoGateway."""
    given = options.gateway or os.environ.get(GATEWAY_VARIABLE)
    if given:
        return Gateway.parse(given)
    config = config_path(options)
    if config is None:
        raise NoGateway(
            f"it is not known where the gateway is: name it with --gateway or ${GATEWAY_VARIABLE}"
        )
    try:
        listen = tomllib.loads(config.read_text("utf-8"))["ssh"]["listen"]
        found = Gateway.parse(listen)
    except OSError as error:
        raise NoGateway(f"cannot read {config}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NoGateway(f'{config} does not say listen = "HOST:PORT" under [ssh]') from error
    return Gateway(_EVERYWHERE.get(found.host, found.host), found.port)


def known_gateway(options: argparse.Namespace) -> Gateway | None:
    """The same, or None where nobody has said: the app can do without. Raises NoGateway where
    what was said makes no sense."""
    if options.gateway or os.environ.get(GATEWAY_VARIABLE):
        return find_gateway(options)
    try:
        return find_gateway(options)
    except NoGateway:
        return None


def run_verb(gateway: Gateway, words: Sequence[str]) -> str:
    """What the gateway answered. Raises NotAllowed with its line, or NoGateway."""
    command = gateway.command(words)
    try:
        done = subprocess.run(
            [_client(), *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoGateway(f"{gateway.host} does not answer within {PATIENCE:.0f} s") from None
    if done.returncode == 0:
        return done.stdout
    said = [line for line in done.stderr.splitlines() if line.strip()]
    line = said[-1] if said else f"ssh ended with status {done.returncode}"
    raise NotAllowed("".join(c if c.isprintable() else "?" for c in line[:500]))


def become_verb(gateway: Gateway, words: Sequence[str]) -> int:
    """The verb on this terminal: ssh takes this process's place. Raises NoGateway."""
    command = gateway.command(words, terminal=True)
    os.execv(_client(), command)


def _client() -> str:
    path = shutil.which("ssh")
    if path is None:
        raise NoGateway("there is no ssh on this machine; install OpenSSH's client")
    return path
