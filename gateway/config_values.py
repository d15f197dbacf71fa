"""Values that the configuration is made of: paths, addresses, names, and where secrets are.

Knows: how each is written, and what is wrong with one. Must never know what a key means, nor read
a secret before somebody asks for it. Called by `gateway.config` and `gateway.target_config`.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from gateway.refusals import CredentialError
from gateway.toml_table import Table

LATER = "is not available in this version"
SECRET_BYTES = 64 * 1024
"""No credential is larger; a longer file is not one."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")


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


def read_secret(table: Table, key: str) -> Secret | None:
    """``{ file = "PATH" }`` or ``{ env = "NAME" }``; a bare string would be the secret itself."""
    if not table.has(key):
        return None
    inner = table.table(key)
    assert inner is not None
    file, env = inner.text("file"), inner.text("env")
    if (file is None) == (env is None):
        raise table.error(key, 'must be { file = "PATH" } or { env = "NAME" }')
    inner.finish()
    return Secret(None if file is None else path_in(table, file), env)


def check_name(table: Table, name: str, what: str) -> None:
    if not _NAME.match(name):
        raise table.source.error(
            table.where, f"is no name for {what}: letters, digits, dots, dashes and underscores"
        )


def path_in(table: Table, text: str) -> Path:
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
