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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.config_values import LATER, check_name, parse_pattern, path_in
from gateway.config_values import Secret as Secret
from gateway.config_values import parse_address as parse_address
from gateway.identity import KINDS, Principal, PublicKey, Register
from gateway.masking_config import MaskingSettings, check_masks, read_masking
from gateway.operation import Operation, read_operation
from gateway.policy import ACTIONS, ANY, FORWARD, SESSION_ACTIONS, SFTP, Rule
from gateway.refusals import ConfigError
from gateway.target_config import Account as Account
from gateway.target_config import Target as Target
from gateway.target_config import check_ways, read_target
from gateway.toml_table import Source, Table

DEFAULT_FILE = "gatereel.toml"
GATEWAY_NAME = "gatereel"
"""Means the gateway itself, as a target and as the owner of its own recordings: nothing else may
have it."""
DEFAULT_ENVIRONMENT = ("LANG", "LC_*", "COLORTERM", "NO_COLOR")

_EFFECTS: Mapping[str, Literal["allow", "deny", "hold"]] = {
    "allow": "allow",
    "deny": "deny",
    "hold": "hold",
}


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    store: Path
    signing_key: Path
    """The sealer's key; the front never opens it."""
    drain: int = 0
    """Seconds that people get to finish, told so on their terminals, when the gateway stops."""


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
    rules: tuple[Rule, ...]
    operation: Operation
    masking: MaskingSettings


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
    rules = tuple(_rule(number, table) for number, table in enumerate(root.array("rules"), 1))
    operation = read_operation(root)
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
        operation=operation,
        masking=masking,
    )
    _check_rules(source, config)
    return config


def _gateway(table: Table) -> GatewaySettings:
    table.promise("state", LATER)
    table.promise("policies", f"{LATER}; write [[rules]]")
    settings = GatewaySettings(
        store=path_in(table, table.require_text("store", 'write store = "recordings"')),
        signing_key=path_in(
            table, table.require_text("signing_key", 'write signing_key = "keys/gateway_signing"')
        ),
        drain=table.integer("drain", 0, 0, 24 * 3600),
    )
    table.finish()
    return settings


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


def _rule(number: int, table: Table) -> Rule:
    actions = table.texts("actions")
    known = (*ACTIONS, SFTP, *SESSION_ACTIONS, ANY)
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
        addresses=tuple(
            table.parsed("addresses", each, parse_pattern) for each in table.texts("addresses")
        ),
    )
    _check_forwards(table, rule)
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


def _check_forwards(table: Table, rule: Rule) -> None:
    """A list of addresses that says nothing, or a permission that says not whereto."""
    forwards = FORWARD in rule.actions
    if forwards and rule.effect == "allow" and not rule.addresses:
        raise table.missing("addresses", 'write addresses = ["10.0.0.5:5432"]')
    if rule.addresses and not forwards and ANY not in rule.actions:
        raise table.error("addresses", f'says whereto "{FORWARD}" may lead: add it to actions')


def _check_certificates(source: Source, ssh: SshSettings, targets: Iterable[Target]) -> None:
    for target in targets:
        for account in target.accounts.values():
            if account.certificate and ssh.user_ca is None:
                raise source.error(
                    ("targets", target.name, "accounts", account.name, "certificate"),
                    'needs a CA to come from: write [ssh] user_ca = "keys/user_ca"',
                )


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
