"""``gatereel target``: a target's host keys, shown, and pinned after a yes; and what targets need.

Knows: the one question, and where the answer is written. Must never know: sessions. Called by the
command line. What a server shows proves nothing by itself; whoever answers has compared the
fingerprints with the target's own (``ssh-keygen -lf``), and the words say so.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

from gateway.config import Config, parse_address, parse_config
from gateway.identity import PublicKey
from gateway.refusals import ConfigError
from gateway.ssh.authority import load_authorities
from gateway.ssh.dialer import fetch_host_keys
from recorder.clock import SystemClock

DONE, NOT_SO = 0, 1


def enrol(
    path: Path, name: str, address: str, answer: bool | None, say: Callable[[str], None]
) -> int:
    """Fetch, show, ask where ``answer`` is None, and write. Returns an exit status."""
    try:
        host, port = parse_address(address, 22)
    except ValueError as problem:
        raise ConfigError(str(problem)) from None
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ConfigError(
            f"{path} cannot be read ({problem.strerror}); write one with: gatereel init"
        ) from None
    keys = asyncio.run(fetch_host_keys(host, port))
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    say(f"{where} shows these host keys; compare them with `ssh-keygen -lf` on the target:")
    for key in keys:
        say(f"  {key.fingerprint} ({key.algorithm})")
    if answer is None:
        answer = input(f"pin them for {name}? [y/N] ").strip().lower() in ("y", "yes")
    if not answer:
        say("nothing is pinned; a yes is needed (or --yes)")
        return NOT_SO
    text = pinned(data.decode(), name, where, keys)
    _check_name(path, data, text.encode(), name)
    path.write_text(text)
    say(f"pinned in {path}")
    return DONE


def user_authority(config: Config, say: Callable[[str], None]) -> int:
    """The public line of the CA that signs the gateway's logins, for ``TrustedUserCAKeys``."""
    if config.ssh.user_ca is None:
        raise ConfigError(
            f'{config.path}: there is no user CA; write [ssh] user_ca = "keys/user_ca" and run:'
            " gatereel init"
        )
    authorities = load_authorities(config.ssh, SystemClock())
    assert authorities.user is not None
    say(f"{authorities.user.public} gatereel-user-ca")
    if authorities.next_user is not None:
        say(f"{authorities.next_user} gatereel-user-ca-next")
    return DONE


def pinned(text: str, name: str, address: str, keys: list[PublicKey]) -> str:
    """The configuration with the target's keys in it: replaced where it is there, else added,
    with an account to fill in."""
    lines = "".join(f"    {json.dumps(str(key))},\n" for key in keys)
    value = f"host_keys = [\n{lines}]\n"
    header = re.search(rf"^\[targets\.{re.escape(name)}\][^\n]*\n", text, re.MULTILINE)
    if header is None:
        return (
            text.rstrip("\n")
            + f"\n\n[targets.{name}]\naddress = {json.dumps(address)}\n{value}"
            + f"# [targets.{name}.accounts.root]\n"
            + f'# key = {{ file = "keys/{name}_root" }}\n'
        )
    rest = text[header.end() :]
    end = re.search(r"^\[", rest, re.MULTILINE)
    body, after = (rest, "") if end is None else (rest[: end.start()], rest[end.start() :])
    old = re.search(r"^host_keys\s*=\s*\[[^\]]*\][^\n]*\n?", body, re.MULTILINE)
    body = value + body if old is None else body[: old.start()] + value + body[old.end() :]
    return text[: header.end()] + body + after


def _check_name(path: Path, before: bytes, after: bytes, name: str) -> None:
    """Writes nothing that would not read; a new target without an account yet may pass."""
    try:
        parse_config(path, after)
    except ConfigError as problem:
        if f"targets.{name}.accounts: is missing" in str(problem):
            return
        try:
            parse_config(path, before)
        except ConfigError:
            return  # it did not read before either, and that is not this verb's to judge
        raise
