"""The configuration: one TOML file to frozen models, or one clear error.

Knows: the file's shape (docs/configuration.md), its defaults, that paths are relative to it and
that secrets are never in it. Must never know: sockets, the store, whether a file it names is
there (`gateway.serve` and ``gatereel check`` look). Called by the command line.

Whatever the file says that is not understood is refused with its place, the key's full path
and, where one is near, the key that was probably meant.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.identity import KINDS, Principal, PublicKey, Register
from gateway.policy import ACTIONS, ANY, SESSION_ACTIONS, Rule
from gateway.refusals import ConfigError, CredentialError
from gateway.toml_table import Source, Table

DEFAULT_FILE = "gatereel.toml"
GATEWAY_NAME = "gatereel"
"""Means the gateway itself, as a target and as the owner of its own recordings: nothing else may
have it."""
DEFAULT_ENVIRONMENT = ("LANG", "LC_*", "COLORTERM", "NO_COLOR")
SECRET_BYTES = 64 * 1024
"""No credential is larger; a longer file is not one."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
_EFFECTS: Mapping[str, Literal["allow", "deny", "hold"]] = {
    "allow": "allow",
    "deny": "deny",
    "hold": "hold",
}
_LATER = "is not available in this version"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is, never what it is; ``str()`` of it is safe to print."""

    file: Path | None
    env: str | None

    def read(self) -> bytes:
        """The secret itself, without a line end after it. Raises CredentialError."""
        if self.env is not None:
            value = os.environ.get(self.env)
            if not value:
                raise CredentialError(f"the environment variable {self.env} is not set; set it")
            return os.fsencode(value)
        assert self.file is not None
        try:
            with self.file.open("rb") as stream:
                data = stream.read(SECRET_BYTES + 1)
        except OSError as problem:
            raise CredentialError(
                f"{self.file} cannot be read ({problem.strerror}); put the credential there"
            ) from None
        if not data or len(data) > SECRET_BYTES:
            raise CredentialError(f"{self.file} is empty or too large to be a credential")
        return data.rstrip(b"\r\n")

    def __str__(self) -> str:
        return f"${self.env}" if self.env is not None else str(self.file)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    store: Path
    signing_key: Path
    """The sealer's key; the front never opens it."""


@dataclass(frozen=True, slots=True)
class SshSettings:
    host: str
    port: int
    host_keys: tuple[Path, ...]
    environment: tuple[str, ...]
    """Names of variables that pass to targets; a trailing ``*`` stands for any rest."""
    login_timeout: int
    """Seconds from the first byte to a proven identity; at most 30."""
    max_unauthenticated: int
    max_channels: int
    """Open at one time on one connection."""


@dataclass(frozen=True, slots=True)
class Account:
    """A login on a target. Exactly one of key and password is set."""

    name: str
    key: Secret | None
    passphrase: Secret | None
    password: Secret | None


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

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Config:
    path: Path
    digest: bytes
    """SHA-256 of the file."""
    gateway: GatewaySettings
    ssh: SshSettings
    principals: tuple[Principal, ...]
    register: Register
    targets: tuple[Target, ...]
    rules: tuple[Rule, ...]


def find_config(given: str | None) -> Path:
    """Where the configuration is: ``-c FILE``, else $GATEREEL_CONFIG, else ./gatereel.toml."""
    return Path(given or os.environ.get("GATEREEL_CONFIG") or DEFAULT_FILE)


def load_config(path: Path) -> Config:
    """Read and check the file. Raises ConfigError with the place of what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ConfigError(
            f"{path} cannot be read ({problem.strerror});"
            " name another with -c, or write one with: gatereel init"
        ) from None
    return parse_config(path, data)


def parse_config(path: Path, data: bytes) -> Config:
    """As `load_config`, from bytes: touches no file."""
    try:
        text = data.decode()
        values = tomllib.loads(text)
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{path} is not UTF-8 (byte {problem.start})") from None
    except (ValueError, RecursionError) as problem:
        # Beside its own error, a number or a nesting that Python takes for an attack.
        raise ConfigError(f"{path} is not TOML: {problem}") from None
    source = Source(path, text)
    root = Table(source, (), values)
    for later in ("postgres", "kubernetes"):
        root.promise(later, _LATER)

    section = root.table("gateway")
    if section is None:
        raise root.missing("gateway", 'it needs [gateway] with store = "recordings"')
    gateway = _gateway(section)
    section = root.table("ssh")
    if section is None:
        raise root.missing("ssh", 'it needs [ssh] with listen = "127.0.0.1:2222"')
    ssh = _ssh(section)

    entries = [_principal(name, table) for name, table in root.tables("principals")]
    targets = tuple(_target(name, table) for name, table in root.tables("targets"))
    rules = tuple(_rule(number, table) for number, table in enumerate(root.array("rules"), 1))
    root.finish()
    try:
        register = Register(entries)
    except ValueError as problem:
        raise source.error(("principals",), str(problem)) from None
    config = Config(
        path=path,
        digest=hashlib.sha256(data).digest(),
        gateway=gateway,
        ssh=ssh,
        principals=tuple(principal for principal, _ in entries),
        register=register,
        targets=targets,
        rules=rules,
    )
    _check_rules(source, config)
    return config


def _gateway(table: Table) -> GatewaySettings:
    table.promise("state", _LATER)
    table.promise("policies", f"{_LATER}; write [[rules]]")
    settings = GatewaySettings(
        store=_path(table, table.require_text("store", 'write store = "recordings"')),
        signing_key=_path(
            table, table.require_text("signing_key", 'write signing_key = "keys/gateway_signing"')
        ),
    )
    table.finish()
    return settings


def _ssh(table: Table) -> SshSettings:
    listen = table.require_text("listen", 'write listen = "127.0.0.1:2222"')
    host, port = table.parsed("listen", listen, parse_address)
    if not table.texts("host_keys"):
        raise table.missing("host_keys", 'write host_keys = ["keys/ssh_host_ed25519"]')
    environment = table.texts("environment") if table.has("environment") else DEFAULT_ENVIRONMENT
    for name in environment:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*\*?", name):
            raise table.error("environment", f'"{name}" is no variable name')
    settings = SshSettings(
        host=host,
        port=port,
        host_keys=tuple(_path(table, key) for key in table.texts("host_keys")),
        environment=environment,
        login_timeout=table.integer("login_timeout", 20, 1, 30),
        max_unauthenticated=table.integer("max_unauthenticated", 100, 1, 10_000),
        max_channels=table.integer("max_channels", 32, 1, 1000),
    )
    table.finish()
    return settings


def _principal(name: str, table: Table) -> tuple[Principal, tuple[PublicKey, ...]]:
    _named(table, name, "a principal")
    keys = tuple(table.parsed("keys", line, PublicKey.parse) for line in table.texts("keys"))
    if not keys:
        raise table.missing("keys", 'write keys = ["ssh-ed25519 AAAA... comment"]')
    principal = Principal(
        name=name,
        kind=table.choice("kind", KINDS, "person"),
        groups=table.texts("groups"),
    )
    table.finish()
    return principal, keys


def _target(name: str, table: Table) -> Target:
    _named(table, name, "a target")
    kind = table.choice("kind", ("ssh", "postgres", "kubernetes"), "ssh")
    if kind != "ssh":
        raise table.error("kind", f'"{kind}" {_LATER}')
    address = table.require_text("address", 'write address = "127.0.0.1:22"')
    host, port = table.parsed("address", address, lambda text: parse_address(text, 22))
    pins = tuple(
        table.parsed("host_keys", line, PublicKey.parse) for line in table.texts("host_keys")
    )
    known_hosts = table.text("known_hosts")
    if not pins and known_hosts is None:
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
        known_hosts=None if known_hosts is None else _path(table, known_hosts),
        labels=table.mapping("labels"),
        accounts=accounts,
        keep_input=table.choice("keep_input", ("echoed", "all", "none"), "echoed"),
        legacy=table.flag("legacy"),
        connect_timeout=table.integer("connect_timeout", 10, 1, 120),
    )
    table.finish()
    return target


def _account(name: str, table: Table) -> Account:
    if not name or len(name) > 256 or not name.isprintable() or set(name) & set("@%/* "):
        raise table.source.error(
            table.where, "is no login name: printable, without @ % / * or space"
        )
    account = Account(
        name=name,
        key=_secret(table, "key"),
        passphrase=_secret(table, "passphrase"),
        password=_secret(table, "password"),
    )
    table.finish()
    if (account.key is None) == (account.password is None):
        raise table.source.error(
            table.where, 'needs either key = { file = "PATH" } or password = { env = "NAME" }'
        )
    if account.passphrase is not None and account.key is None:
        raise table.error("passphrase", "belongs to a key, and there is none")
    return account


def _rule(number: int, table: Table) -> Rule:
    actions = table.texts("actions")
    known = (*ACTIONS, *SESSION_ACTIONS, ANY)
    for action in actions:
        if action not in known:
            raise table.error("actions", f'"{action}" is none of {", ".join(known)}')
    rule = Rule(
        name=table.text("name") or f"rule-{number}",
        principals=table.texts("principals"),
        groups=table.texts("groups"),
        targets=table.texts("targets"),
        accounts=table.texts("accounts"),
        actions=actions,
        effect=_EFFECTS[table.choice("effect", tuple(_EFFECTS), "allow")],
        reason=table.text("reason") or "",
        owners=table.texts("owners"),
    )
    for key, given in (
        ("principals", rule.principals + rule.groups),
        ("targets", rule.targets),
        ("accounts", rule.accounts),
        ("actions", rule.actions),
    ):
        if not given:
            raise table.missing(key, 'without it the rule fits nothing; "*" in it fits every one')
    table.finish()
    return rule


def _check_rules(source: Source, config: Config) -> None:
    """A name in a rule that nothing else has is a slip of the pen, and would open nothing."""
    people = {principal.name for principal in config.principals}
    known = {
        "principals": people,
        "owners": {*people, GATEWAY_NAME},
        "groups": {group for principal in config.principals for group in principal.groups},
        "targets": {target.name for target in config.targets},
        "accounts": {account for target in config.targets for account in target.accounts},
    }
    for index, rule in enumerate(config.rules):
        for key, names in known.items():
            given: tuple[str, ...] = getattr(rule, key)
            for name in given:
                if name != ANY and name not in names:
                    table = Table(source, ("rules", str(index)), {})
                    raise table.error(key, f'there is no "{name}" among the {key}')


def _secret(table: Table, key: str) -> Secret | None:
    """``{ file = "PATH" }`` or ``{ env = "NAME" }``; a bare string would be the secret itself."""
    if not table.has(key):
        return None
    inner = table.table(key)
    assert inner is not None
    file, env = inner.text("file"), inner.text("env")
    if (file is None) == (env is None):
        raise table.error(key, 'must be { file = "PATH" } or { env = "NAME" }')
    inner.finish()
    return Secret(None if file is None else _path(table, file), env)


def _named(table: Table, name: str, what: str) -> None:
    if not _NAME.match(name):
        raise table.source.error(
            table.where, f"is no name for {what}: letters, digits, dots, dashes and underscores"
        )


def _path(table: Table, text: str) -> Path:
    """Relative to the configuration's folder, which is made absolute so that a later chdir
    changes nothing. A ~NAME of nobody here is the name of a file."""
    path = Path(text)
    with contextlib.suppress(RuntimeError):
        path = path.expanduser()
    return table.source.path.absolute().parent / path


def parse_address(text: str, default_port: int | None = None) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPV6]:PORT``. Raises ValueError with a line for a person."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]\s/@]+))(?::(\d{1,5}))?", text)
    if match is None or (match[3] is None and default_port is None):
        raise ValueError(f'"{text}" is no address; write HOST:PORT or [IPV6]:PORT')
    port = default_port if match[3] is None else int(match[3])
    assert port is not None
    if not 0 <= port <= 65535:
        raise ValueError(f"port {port} does not exist; the highest is 65535")
    return match[1] or match[2], port
