"""Policies as texts: a folder of them, one canonical form of all, its digest, and where it is kept.

Knows: files. Must never know: Cedar, what a policy says. Called by `gateway.config`, by
`gateway.serve` (to keep what is in force) and by whoever decides again.

A set is kept in its store under its digest, so that whoever alters it is noticed: the digest is in
every recording made under it, and sealed there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gateway.policies.errors import PolicyError, PolicySetMissing

SUFFIX = ".cedar"
KEPT = "policies"
"""The folder of a store in which sets are kept."""
BUILTIN = "builtin.cedar"
"""The name that no file of an administrator may have."""
SCHEMA = files("gateway.policies").joinpath("gatereel.cedarschema").read_text()
MOST = 4 << 20
"""Bytes of all files together."""


@dataclass(frozen=True, slots=True)
class Texts:
    """All that decides: the files by name, the built-in one among them, and the schema."""

    files: Mapping[str, str]
    schema: str = SCHEMA

    @classmethod
    def of(cls, files_: Mapping[str, str]) -> Texts:
        """With the built-in policies before them. Raises PolicyError."""
        if BUILTIN in files_:
            raise PolicyError(f"{BUILTIN} is the name of gatereel's own policies; rename the file")
        own = files("gateway.policies").joinpath(BUILTIN).read_text()
        return cls(_in_order({BUILTIN: own, **files_}))

    def canonical(self) -> bytes:
        """One form for the same texts."""
        document = {"files": dict(sorted(self.files.items())), "schema": self.schema}
        return json.dumps(document, sort_keys=True, ensure_ascii=True, indent=1).encode() + b"\n"

    def digest(self) -> bytes:
        return hashlib.sha256(self.canonical()).digest()


def read_folder(folder: Path) -> Texts:
    """Every ``*.cedar`` file in it. Raises PolicyError."""
    found: dict[str, str] = {}
    size = 0
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
        for path in paths:
            data = path.read_bytes()
            size += len(data)
            if size > MOST:
                raise PolicyError(f"{folder} holds more than {MOST >> 20} MiB of policies")
            found[path.name] = data.decode()
    except OSError as problem:
        raise PolicyError(
            f"{folder} cannot be read ({problem.strerror}); make the folder, with policies in"
            f" files named *{SUFFIX}, or name it in [gateway] policies"
        ) from None
    except UnicodeDecodeError as problem:
        raise PolicyError(f"a policy in {folder} is not UTF-8 (byte {problem.start})") from None
    return Texts.of(found)


def keep(texts: Texts, store: Path) -> None:
    """Keeps a set in a store, once. Raises PolicyError where it cannot."""
    path = _path(store, texts.digest())
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o750, exist_ok=True)
        if path.exists():
            return
        with partial.open("wb") as file:
            file.write(texts.canonical())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as problem:
        raise PolicyError(f"policies cannot be kept in {store}: {problem.strerror}") from None


def kept(store: Path, digest: bytes) -> Texts:
    """The set of this digest. Raises PolicySetMissing where it is not there, or altered."""
    path = _path(store, digest)
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise PolicySetMissing(
            f"the policies {digest.hex()[:16]} are not in {path.parent} ({problem.strerror});"
            " bring them back from where the store came from"
        ) from None
    if hashlib.sha256(data).digest() != digest:
        raise PolicySetMissing(
            f"{path} has been altered: it is not what was in force; bring it back from a copy"
        )
    document = json.loads(data)
    return Texts(_in_order(document["files"]), document["schema"])


def _in_order(files_: Mapping[str, str]) -> dict[str, str]:
    """The built-in policies first, then by name: what decides is named in this order, today and
    when it is asked again."""
    return dict(sorted(files_.items(), key=lambda item: (item[0] != BUILTIN, item[0])))


def _path(store: Path, digest: bytes) -> Path:
    return store / KEPT / f"{digest.hex()}.json"
