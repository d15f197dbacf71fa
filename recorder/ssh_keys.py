"""A person's SSH key in a file, as one that signs.

Knows: OpenSSH's and PEM's private keys, encrypted ones too (through `cryptography`), and public
keys as lines. Must never know: what is signed, agents, how a passphrase is asked for. Called by
the verbs that sign.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from recorder.errors import KeyFileError, SignatureError
from recorder.ssh_wire import mpint, string
from recorder.sshsig import key_type

KEY_FILE_LIMIT = 64 * 1024
PublicAndPrivate = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
AskPassphrase = Callable[[], str]
"""Asks the person; "" or an exception where there is nobody to ask."""


class FileSigner:
    """A private key that is at hand."""

    def __init__(self, key: PublicAndPrivate, comment: str) -> None:
        self._key = key
        self.public, self.comment = public_blob(key), comment

    def sign(self, data: bytes) -> bytes:
        """With RSA always rsa-sha2-512."""
        match self._key:
            case ed25519.Ed25519PrivateKey() as key:
                return string(b"ssh-ed25519") + string(key.sign(data))
            case rsa.RSAPrivateKey() as key:
                made = key.sign(data, padding.PKCS1v15(), hashes.SHA512())
                return string(b"rsa-sha2-512") + string(made)
            case ec.EllipticCurvePrivateKey() as key:
                digest = {256: hashes.SHA256(), 384: hashes.SHA384()}.get(
                    key.key_size, hashes.SHA512()
                )
                r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
                return string(key_type(self.public).encode()) + string(mpint(r) + mpint(s))


def public_blob(key: PublicAndPrivate) -> bytes:
    """The public half, as SSH writes it."""
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def load_signer(path: Path, ask: AskPassphrase) -> FileSigner:
    """The key in a file; ``ask`` is called where it is encrypted. Raises `KeyFileError`."""
    data = _read(path)
    try:
        try:
            key = _load(data, None)
        except TypeError:  # what cryptography raises where a passphrase is needed
            key = _load(data, ask().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if data.lstrip().startswith((b"ssh-", b"ecdsa-", b"sk-")):
            reason = "it is a public key: name the private one, or use --agent"
        elif "password" in str(error).lower() or b"ENCRYPTED" in data or "Corrupt" in str(error):
            reason = "wrong passphrase, or the file is damaged"
        else:
            reason = "it is no private SSH key (a security key signs through the agent)"
        raise KeyFileError(
            f"cannot sign with {path.name}: {reason}", operator=repr(error)
        ) from error
    return FileSigner(key, path.name)


def _load(data: bytes, passphrase: bytes | None) -> PublicAndPrivate:
    ours = b"BEGIN OPENSSH PRIVATE KEY" in data
    load = load_ssh_private_key if ours else load_pem_private_key
    key = load(data, passphrase)
    match key:
        case ed25519.Ed25519PrivateKey() | rsa.RSAPrivateKey():
            return key
        case ec.EllipticCurvePrivateKey() if key.curve.name in (
            "secp256r1", "secp384r1", "secp521r1",
        ):  # fmt: skip
            return key
        case _:
            raise ValueError("a key of a kind that is not accepted")


def parse_public_line(line: str) -> tuple[bytes, str]:
    """The key and the comment of a line as in ``id_ed25519.pub``. Raises `KeyFileError`."""
    kind, _, rest = line.strip().partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
        if key_type(blob) != kind:
            raise ValueError(kind)
    except (ValueError, binascii.Error, SignatureError) as error:
        raise KeyFileError(f"not a public SSH key: {line[:60]!r}") from error
    return blob, comment.strip()


def load_public(path: Path) -> tuple[bytes, str]:
    """The key and the comment in a ``.pub`` file. Raises `KeyFileError`."""
    try:
        return parse_public_line(_read(path).decode())
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{path.name} is no public SSH key") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(KEY_FILE_LIMIT + 1)
    except OSError as error:
        raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from error
    if len(data) > KEY_FILE_LIMIT:
        raise KeyFileError(f"{path.name} is no SSH key: it is too large")
    return data
