"""The configuration: one TOML file to frozen models, or one clear error.

Knows: the file's shape (docs/configuration.md), its defaults, that paths are relative to it and
that secrets are never in it. Must never know: sockets, the store, whether a file it names is
there (`gateway.serve` and ``gatereel check`` look). Called by the command line.

Whatever the file says that is not understood is refused with its place, the key's full path
and, where one is near, the key that was probably meant.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.config_values import LATER, check_name, path_in, read_secret
from gateway.config_values import Secret as Secret
from gateway.config_values import parse_address as parse_address
from gateway.identity import KINDS, Principal, PublicKey, Register
from gateway.masking_config import MaskingSettings, check_masks, read_masking
from gateway.operation import Operation, read_operation
from gateway.policies.decision import Policies
from gateway.policies.texts import Texts, read_folder
from gateway.refusals import ConfigError
from gateway.state.location import checked
from gateway.target_config import Account as Account
from gateway.target_config import Target as Target
from gateway.target_config import check_ways, read_target
from gateway.toml_table import Source, Table

DEFAULT_FILE = "gatereel.toml"
GATEWAY_NAME = "gatereel"
"""Means the gateway itself, as a target and as the owner of its own recordings: nothing else may
have it."""
SOCKET = "unix:"
NO_POLICIES = Policies(Texts.of({}))
DEFAULT_ENVIRONMENT = ("LANG", "LC_*", "COLORTERM", "NO_COLOR")


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    store: Path
    signing_key: Path
    """The sealer's key; the front never opens it."""
    policies: Path
    """The folder of ``*.cedar`` files."""
    drain: int = 0
    """Seconds that people get to finish, told so on their terminals, when the gateway stops."""
    sealer: Path | None = None
    """The socket behind which it runs, as a user of its own; None: the gateway starts it."""
    indexer: Path | None = None
    zone: str = "UTC"
    """In which policies tell weekdays and hours."""
    state: str | Secret | None = None
    """The URL of holds and grants, or where it is; None: `STATE`, where that can be had."""


@dataclass(frozen=True, slots=True)
class SshSettings:
    host: str
    port: int
    host_keys: tuple[Path, ...]
    environment: tuple[str, ...]
    """Names of variables that pass to targets; a trailing ``*`` stands for any rest."""
    login_timeout: int
    """Seconds from the first byte to a proven identity; at most 30."""
    max_channels: int
    """Open at one time on one connection."""
    user_ca: Path | None = None
    """The key that signs the gateway's logins on targets."""
    host_ca: Path | None = None
    """The key that vouches for the gateway under its targets' names, for ``ssh -J``."""
    next_user_ca: Path | None = None
    next_host_ca: Path | None = None
    """Keys that are told of beside those in use, so that everybody trusts them before they are."""


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
    operation: Operation
    masking: MaskingSettings
    policies: Policies = field(default_factory=lambda: NO_POLICIES)
    """As they were read from `GatewaySettings.policies`."""


def find_config(given: str | None) -> Path:
    """Where the configuration is: ``-c FILE``, else $GATEREEL_CONFIG, else ./gatereel.toml."""
    return Path(given or os.environ.get("GATEREEL_CONFIG") or DEFAULT_FILE)


def load_config(path: Path) -> Config:
    """Read and check the file and its policies. Raises ConfigError or PolicyError with
    the place of what is wrong."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ConfigError(
            f"{path} cannot be read ({problem.strerror});"
            " name another with -c, or write one with: gatereel init"
        ) from None
    config = parse_config(path, data)
    return replace(config, policies=Policies(read_folder(config.gateway.policies)))


def parse_config(path: Path, data: bytes) -> Config:
    """As `load_config`, from bytes, without policies: touches no file."""
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
        root.promise(later, LATER)

    section = root.table("gateway")
    if section is None:
        raise root.missing("gateway", 'it needs [gateway] with store = "recordings"')
    gateway = _gateway(section)
    section = root.table("ssh")
    if section is None:
        raise root.missing("ssh", 'it needs [ssh] with listen = "127.0.0.1:2222"')
    ssh = _ssh(section)

    entries = [_principal(name, table) for name, table in root.tables("principals")]
    targets = tuple(read_target(name, table) for name, table in root.tables("targets"))
    check_ways(source, targets)
    masking = read_masking(root.table("masking"))
    check_masks(source, masking, targets)
    _check_certificates(source, ssh, targets)
    operation = read_operation(root)
    root.finish()
    try:
        register = Register(entries)
    except ValueError as problem:
        raise source.error(("principals",), str(problem)) from None
    return Config(
        path=path,
        digest=hashlib.sha256(data).digest(),
        gateway=gateway,
        ssh=ssh,
        principals=tuple(principal for principal, _ in entries),
        register=register,
        targets=targets,
        operation=operation,
        masking=masking,
    )


def _gateway(table: Table) -> GatewaySettings:
    settings = GatewaySettings(
        store=path_in(table, table.require_text("store", 'write store = "recordings"')),
        signing_key=path_in(
            table, table.require_text("signing_key", 'write signing_key = "keys/gateway_signing"')
        ),
        policies=path_in(table, table.text("policies") or "policies"),
        drain=table.integer("drain", 0, 0, 24 * 3600),
        sealer=_socket(table, "sealer"),
        indexer=_socket(table, "indexer"),
        zone=table.parsed("time_zone", table.text("time_zone") or "UTC", _zone),
        state=_state(table),
    )
    table.finish()
    return settings


def _state(table: Table) -> str | Secret | None:
    if table.has_table("state"):
        return read_secret(table, "state")
    text = table.text("state")
    return None if text is None else table.parsed("state", text, checked)


def _zone(name: str) -> str:
    if name != "UTC":
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'"{name}" is no time zone; write "Europe/Berlin"') from None
    return name


def _ssh(table: Table) -> SshSettings:
    table.promise("max_unauthenticated", "is [limits] unproven now")
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
        host_keys=tuple(path_in(table, key) for key in table.texts("host_keys")),
        environment=environment,
        login_timeout=table.integer("login_timeout", 20, 1, 30),
        max_channels=table.integer("max_channels", 32, 1, 1000),
        user_ca=_key_file(table, "user_ca"),
        host_ca=_key_file(table, "host_ca"),
        next_user_ca=_key_file(table, "next_user_ca"),
        next_host_ca=_key_file(table, "next_host_ca"),
    )
    table.finish()
    return settings


def _key_file(table: Table, key: str) -> Path | None:
    text = table.text(key)
    return None if text is None else path_in(table, text)


def _socket(table: Table, key: str) -> Path | None:
    text = table.text(key)
    if text is None:
        return None
    if not text.startswith(SOCKET) or text == SOCKET:
        raise table.error(
            key, f'is the socket that it answers on: "{SOCKET}/run/gatereel/{key}.sock"'
        )
    return path_in(table, text.removeprefix(SOCKET))


def _principal(name: str, table: Table) -> tuple[Principal, tuple[PublicKey, ...]]:
    check_name(table, name, "a principal")
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


def _check_certificates(source: Source, ssh: SshSettings, targets: Iterable[Target]) -> None:
    for target in targets:
        for account in target.accounts.values():
            if account.certificate and ssh.user_ca is None:
                raise source.error(
                    ("targets", target.name, "accounts", account.name, "certificate"),
                    'needs a CA to come from: write [ssh] user_ca = "keys/user_ca"',
                )
