"""Targets as the configuration describes them: where they are, who they are, how to log in.

Knows: the shape of ``[targets.NAME]``, and that a way through other targets must end. Must never
know: sockets, what an SSH user name asks for (`gateway.targets`), a secret's value. Called by
`gateway.config`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.config_values import LATER, Secret, check_name, parse_address, path_in, read_secret
from gateway.identity import PublicKey
from gateway.policy import Place, place_of
from gateway.toml_table import Source, Table

HOPS = 8
"""Targets that one may be reached through."""

_ALIAS = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\Z")


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A key that an agent on the gateway's machine holds; the gateway never sees it."""

    socket: Secret
    """Where the agent's socket is: a path, or the variable that has it."""
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Account:
    """A login on a target. Exactly one of key, password, agent and certificate is set."""

    name: str
    key: Secret | None
    passphrase: Secret | None
    password: Secret | None
    agent: AgentKey | None = None
    certificate: bool = False
    """Each session gets a certificate of its own, from the gateway's user CA."""

    @property
    def method(self) -> str:
        """How it logs in, for recordings."""
        if self.certificate:
            return "certificate"
        if self.agent is not None:
            return "agent"
        return "password" if self.key is None else "publickey"


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    host: str
    port: int
    host_keys: tuple[PublicKey, ...]
    known_hosts: Path | None
    labels: Mapping[str, str]
    accounts: Mapping[str, Account]
    keep_input: str
    """Of what is typed on a terminal, keep "echoed" lines, "all", or "none"."""
    legacy: bool
    """No strict key exchange is asked of this target: a weaker mode, named in its recordings."""
    connect_timeout: int
    """Seconds."""
    host_ca: tuple[PublicKey, ...] = ()
    """Whose host certificates it may show."""
    host_key_name: str = ""
    """What its host certificate and its line of known_hosts call it; else its address."""
    aliases: tuple[str, ...] = ()
    jump: str = ""
    """``[account@]target`` that it is reached through."""
    keepalive: int = 30
    """Seconds; a target that misses three is gone."""
    keep_files: int | None = None
    """Bytes kept of the content of each file that goes over SFTP, each way; None: all of it."""
    kind: str = "ssh"

    @property
    def place(self) -> Place:
        """As policies see it."""
        return place_of(self.kind, self.labels, tuple(self.mask))

    mask: tuple[str, ...] = ()
    """Classes of data that nobody sees on it whom policy does not let `unmask` them."""

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_target(name: str, table: Table) -> Target:
    """One of ``[targets]``. Raises ConfigError."""
    check_name(table, name, "a target")
    kind = table.choice("kind", ("ssh", "postgres", "kubernetes"), "ssh")
    if kind != "ssh":
        raise table.error("kind", f'"{kind}" {LATER}')
    address = table.require_text("address", 'write address = "127.0.0.1:22"')
    host, port = table.parsed("address", address, lambda text: parse_address(text, 22))
    pins = _keys(table, "host_keys")
    authorities = _keys(table, "host_ca")
    known_hosts = table.text("known_hosts")
    if not pins and not authorities and known_hosts is None:
        raise table.missing("host_keys", f"pin them with: gatereel target enrol {name} {address}")
    accounts = {}
    for account, inner in table.tables("accounts"):
        accounts[account] = _account(account, inner)
    if not accounts:
        raise table.missing("accounts", f"write [targets.{name}.accounts.LOGIN] with a key")
    target = Target(
        name=name,
        host=host,
        port=port,
        host_keys=pins,
        known_hosts=None if known_hosts is None else path_in(table, known_hosts),
        labels=table.mapping("labels"),
        accounts=accounts,
        keep_input=table.choice("keep_input", ("echoed", "all", "none"), "echoed"),
        legacy=table.flag("legacy"),
        connect_timeout=table.integer("connect_timeout", 10, 1, 120),
        host_ca=authorities,
        host_key_name=_other_name(table, "host_key_name", table.text("host_key_name")) or "",
        aliases=tuple(_other_name(table, "aliases", name) or "" for name in table.texts("aliases")),
        jump=table.text("jump") or "",
        keepalive=table.integer("keepalive", 30, 1, 3600),
        keep_files=table.parsed("keep_files", table.text("keep_files") or "all", parse_keep),
        mask=tuple(dict.fromkeys(table.texts("mask"))),
    )
    table.finish()
    return target


def parse_keep(text: str) -> int | None:
    """``all``, ``none``, or a size such as ``64KiB``, in bytes. Raises ValueError."""
    if text in ("all", "none"):
        return None if text == "all" else 0
    match = re.fullmatch(r"(\d{1,12}) ?(B|KiB|MiB|GiB)", text)
    if match is None:
        raise ValueError(f'"{text}" is no amount to keep; write "all", "none" or a size: "64KiB"')
    return int(match[1]) << 10 * ("B", "KiB", "MiB", "GiB").index(match[2])


def _keys(table: Table, key: str) -> tuple[PublicKey, ...]:
    return tuple(table.parsed(key, line, PublicKey.parse) for line in table.texts(key))


def _other_name(table: Table, key: str, name: str | None) -> str | None:
    if name is not None and _ALIAS.match(name) is None:
        raise table.error(key, f'"{name}" is no host name: letters, digits, dots and dashes')
    return name


def _account(name: str, table: Table) -> Account:
    if not name or len(name) > 256 or not name.isprintable() or set(name) & set("@%/*, "):
        raise table.source.error(
            table.where, "is no login name: printable, without @ % / * , or space"
        )
    account = Account(
        name=name,
        key=read_secret(table, "key"),
        passphrase=read_secret(table, "passphrase"),
        password=read_secret(table, "password"),
        agent=_agent(table),
        certificate=table.flag("certificate"),
    )
    table.finish()
    ways = (account.key, account.password, account.agent, account.certificate or None)
    if sum(way is not None for way in ways) != 1:
        raise table.source.error(
            table.where,
            'needs either key = { file = "PATH" } or password = { env = "NAME" },'
            " or certificate = true, or an agent's key",
        )
    if account.passphrase is not None and account.key is None:
        raise table.error("passphrase", "belongs to a key, and there is none")
    return account


def _agent(table: Table) -> AgentKey | None:
    inner = table.table("agent")
    if inner is None:
        return None
    hint = 'write agent = { socket = { env = "SSH_AUTH_SOCK" }, key = "ssh-ed25519 AAAA..." }'
    socket = read_secret(inner, "socket")
    if socket is None:
        raise inner.missing("socket", hint)
    key = inner.parsed("key", inner.require_text("key", hint), PublicKey.parse)
    inner.finish()
    return AgentKey(socket, key)


def check_ways(source: Source, targets: Iterable[Target]) -> None:
    """Each way through other targets leads somewhere and ends. Raises ConfigError."""
    known = {target.name: target for target in targets}
    for target in known.values():
        where = ("targets", target.name, "jump")
        passed = [target.name]
        here = target
        while here.jump:
            account, found, name = here.jump.rpartition("@")
            following = known.get(name)
            if following is None:
                raise source.error(where, f'there is no target "{name}"')
            if found and account not in following.accounts:
                raise source.error(where, f'"{name}" has no account "{account}"')
            if not found and len(following.accounts) != 1:
                raise source.error(where, f'"{name}" has several accounts; write "LOGIN@{name}"')
            if name in passed:
                shown = " -> ".join([*passed, name])
                raise source.error(where, f"leads round in a circle: {shown}")
            passed.append(name)
            if len(passed) > HOPS + 1:
                raise source.error(where, f"leads through more than {HOPS} targets")
            here = following
