"""Keys and signed notes: signing and verifying, the one place.

Knows: Ed25519, the C2SP signed note (c2sp.org/signed-note) and the checkpoint text inside it
(c2sp.org/tlog-checkpoint). Must never know: what a recording is made of, where keys are
configured. Called by the sealer (`Signer`) and by verification (`Verifier`, `open_note`).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from recorder.errors import KeyFileError, RecordingError

ALGORITHM_ED25519 = b"\x01"
_SECRET_PREFIX = "PRIVATE+KEY"
_KEY_NAME = re.compile(r"[^\s+]{1,200}")
NOTE_LIMIT = 16 * 1024
"""Bytes: a longer note is refused unread."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name, as one line: ``NAME+HASH+BASE64`` (signed-note)."""

    name: str
    public: bytes
    """32 bytes, raw Ed25519."""

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name, newline, algorithm, key)."""
        return hashlib.sha256(
            self.name.encode() + b"\n" + ALGORITHM_ED25519 + self.public
        ).digest()[:4]

    def __str__(self) -> str:
        key = base64.b64encode(ALGORITHM_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def parse(cls, line: str) -> Verifier:
        """From its one line; raises `KeyFileError`."""
        name, _, rest = line.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if not _KEY_NAME.fullmatch(name) or key[:1] != ALGORITHM_ED25519 or len(key) != 33:
            raise KeyFileError(f"not a verifier key line: {line[:80]!r}")
        verifier = cls(name, key[1:])
        if verifier.key_id.hex() != digest:
            raise KeyFileError(f"the verifier key of {name!r} does not match its own digest")
        return verifier

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether ``signature`` (64 bytes) over ``text`` is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def load_verifiers(path: Path) -> list[Verifier]:
    """Verifier keys from a file, one a line; empty lines and ``#`` comments are skipped."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"cannot read the verification keys in {path.name}: {_reason(error)}"
        ) from error
    return [Verifier.parse(line) for line in lines if line.strip() and line[0] != "#"]


class Signer:
    """A private key with its name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Verifier(
            name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        )

    @classmethod
    def generate(cls, name: str) -> Signer:
        if not _KEY_NAME.fullmatch(name):
            raise KeyFileError(f"a key's name has no spaces and no plus sign: {name!r}")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def create(cls, path: Path, name: str) -> Signer:
        """A new key in a new file that only its owner may read; raises `KeyFileError` where
        the file is there already."""
        signer = cls.generate(name)
        seed = signer._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        verifier = signer.verifier
        secret = base64.b64encode(ALGORITHM_ED25519 + seed).decode()
        line = f"{_SECRET_PREFIX}+{name}+{verifier.key_id.hex()}+{secret}\n"
        hidden = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            fd = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "w") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            # Under its name only when it is whole: who finds it there may use it.
            os.link(hidden, path)
        except OSError as error:
            raise KeyFileError(
                f"cannot create the signing key {path.name}: {_reason(error)}"
            ) from error
        finally:
            with contextlib.suppress(OSError):
                hidden.unlink()
        return signer

    @classmethod
    def load(cls, path: Path) -> Signer:
        """The key in a file that `create` made; raises `KeyFileError`."""
        try:
            text = path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(
                f"cannot read the signing key {path.name}: {_reason(error)}"
            ) from error
        parts = text.split("+", 4)
        try:
            prefix = "+".join(parts[:2])
            name, digest, seed = parts[2], parts[3], base64.b64decode(parts[4], validate=True)
            if prefix != _SECRET_PREFIX or seed[:1] != ALGORITHM_ED25519 or len(seed) != 33:
                raise ValueError(prefix)
            signer = cls(name, Ed25519PrivateKey.from_private_bytes(seed[1:]))
            if signer.verifier.key_id.hex() != digest:
                raise ValueError(digest)
        except (IndexError, ValueError, binascii.Error) as error:
            raise KeyFileError(f"{path.name} is not a gatereel signing key") from error
        return signer

    def sign(self, text: str) -> str:
        """``text`` (ending in a newline) as a signed note."""
        signature = base64.b64encode(self.verifier.key_id + self._key.sign(text.encode()))
        return f"{text}\n\N{EM DASH} {self.verifier.name} {signature.decode()}\n"


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """The text of a note that at least one of these keys has signed.

    Signatures by unknown keys are ignored, as signed-note says; a known key's signature that
    does not fit its text is refused. Raises `RecordingError`.
    """
    return opened_by(note, verifiers)[0]


def opened_by(note: str, verifiers: Sequence[Verifier]) -> tuple[str, list[Verifier]]:
    """The same, and which of these keys have signed it."""
    text, signatures = _split_note(note)
    good = []
    for name, blob in signatures:
        for verifier in verifiers:
            if verifier.name == name and verifier.key_id == blob[:4]:
                if not verifier.accepts(text, blob[4:]):
                    raise RecordingError(f"a signature by {name!r} does not fit its checkpoint")
                good.append(verifier)
    if not good:
        names = ", ".join(sorted({name for name, _ in signatures}))
        raise RecordingError(f"no known key has signed the checkpoint (signed by: {names})")
    return text, good


def note_text(note: str) -> str:
    """The text of a note whose signatures are not looked at (a reader without keys)."""
    return _split_note(note)[0]


def _split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > NOTE_LIMIT:
        raise RecordingError("a checkpoint is longer than any can be")
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise RecordingError("a checkpoint is not a signed note")
    signatures = []
    for line in tail[:-1].split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise RecordingError("a checkpoint's signature line is malformed") from error
        # Base64 has spare bits: only one spelling is taken, so that no bit can be flipped.
        if base64.b64encode(blob).decode() != encoded:
            raise RecordingError("a checkpoint's signature line is malformed")
        if mark != "\N{EM DASH}" or not _KEY_NAME.fullmatch(name) or len(blob) < 5:
            raise RecordingError("a checkpoint's signature line is malformed")
        signatures.append((name, blob))
    return text + "\n", signatures


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement of (recording, event count, Merkle root), with one extension line.

    ``bound`` is "seal BASE64", the digest of the seal that carries it, or "live" for one
    between seals.
    """

    recording: str
    size: int
    root: bytes
    bound: str

    def text(self) -> str:
        """Origin, size, root, extension: a line each (tlog-checkpoint)."""
        root = base64.b64encode(self.root).decode()
        return f"gatereel/{self.recording}\n{self.size}\n{root}\n{self.bound}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises `RecordingError` for anything that `text` did not write."""
        lines = text.split("\n")
        if len(lines) != 5 or not lines[0].startswith("gatereel/") or lines[4]:
            raise RecordingError("a checkpoint is malformed")
        try:
            checkpoint = cls(
                lines[0].removeprefix("gatereel/"),
                int(lines[1]),
                base64.b64decode(lines[2], validate=True),
                lines[3],
            )
        except (ValueError, binascii.Error) as error:
            raise RecordingError("a checkpoint is malformed") from error
        if checkpoint.text() != text or len(checkpoint.root) != 32 or checkpoint.size < 0:
            raise RecordingError("a checkpoint is malformed")
        return checkpoint


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
