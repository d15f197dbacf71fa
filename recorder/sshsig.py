"""Signatures by SSH keys over anything: SSHSIG, as ``ssh-keygen -Y`` makes and checks them. Pure.

Knows: OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f, the armor, Ed25519, ECDSA, RSA (with SHA-2
only) and the two kinds of security key. Must never know: files, sockets, agents, whom a key
belongs to (`recorder.allowed_signers` does). Called by cases, and by whoever wants a person's word
for something. Hostile bytes have one exit, `SignatureError`.

Certificates are refused: a signature here is by a plain key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from recorder.errors import SignatureError
from recorder.ssh_wire import Fields, string, uint32

MAGIC = b"SSHSIG"
VERSION = 1
BEGIN = "-----BEGIN SSH SIGNATURE-----"
END = "-----END SSH SIGNATURE-----"
ARMOR_LIMIT = 16 * 1024
"""Characters: a longer signature is refused unread (the longest RSA key makes one of 5 KiB)."""
_WIDTH = 70
_DIGESTS = {"sha512": hashlib.sha512, "sha256": hashlib.sha256}
_RSA = {"rsa-sha2-512": hashes.SHA512(), "rsa-sha2-256": hashes.SHA256()}
_CURVES: dict[str, tuple[type[ec.EllipticCurve], type[hashes.HashAlgorithm]]] = {
    "nistp256": (ec.SECP256R1, hashes.SHA256),
    "nistp384": (ec.SECP384R1, hashes.SHA384),
    "nistp521": (ec.SECP521R1, hashes.SHA512),
}
_RSA_BITS = range(1024, 16384 + 1)
_SK_ED25519 = "sk-ssh-ed25519@openssh.com"
_SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"


class SshSigner(Protocol):
    """Who can sign: a key in a file, or one in an agent."""

    @property
    def public(self) -> bytes:
        """The public key, as in ``id_ed25519.pub`` after base64."""

    @property
    def comment(self) -> str:
        """What its owner calls it."""

    def sign(self, data: bytes) -> bytes:
        """The signature as SSH has it: a format name and a blob. Raises `SignatureError`."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What an armored signature says, before anybody has checked it."""

    public: bytes
    """The key that is said to have made it."""
    namespace: str
    reserved: bytes
    digest: str
    signature: bytes

    def message(self, data: bytes) -> bytes:
        """The bytes that the key signs for ``data``."""
        hashed = _DIGESTS[self.digest](data).digest()
        return _preimage(self.namespace, self.reserved, self.digest, hashed)


def _preimage(namespace: str, reserved: bytes, digest: str, hashed: bytes) -> bytes:
    parts = (namespace.encode(), reserved, digest.encode(), hashed)
    return MAGIC + b"".join(map(string, parts))


# -- signing ---------------------------------------------------------------------------------------


def sign(signer: SshSigner, namespace: str, data: bytes) -> str:
    """The armored signature over ``data`` in this namespace. It is checked: what an agent answers
    is not always one. Raises `SignatureError`."""
    if not namespace:
        raise SignatureError("a signature needs a namespace")
    made = Signature(signer.public, namespace, b"", "sha512", b"")
    blob = signer.sign(made.message(data))
    if key_type(signer.public) == "ssh-rsa" and Fields(blob, "a signature").text() not in _RSA:
        raise SignatureError("the agent signs with RSA and SHA-1 only: use another key")
    verify_key(signer.public, blob, made.message(data))
    fields = (signer.public, namespace.encode(), b"", b"sha512", blob)
    return armor(MAGIC + uint32(VERSION) + b"".join(map(string, fields)))


def armor(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join([BEGIN, *lines, END, ""])


# -- checking --------------------------------------------------------------------------------------


def parse(armored: str) -> Signature:
    """What the armor holds; nothing is checked but its shape. Raises `SignatureError`."""
    if len(armored) > ARMOR_LIMIT:
        raise SignatureError("a signature is longer than any can be")
    lines = armored.strip().splitlines()
    if len(lines) < 3 or lines[0] != BEGIN or lines[-1] != END:
        raise SignatureError("this is not an SSH signature")
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (ValueError, binascii.Error):
        raise SignatureError("an SSH signature is not base64") from None
    fields = Fields(blob, "an SSH signature")
    if fields.take(len(MAGIC)) != MAGIC:
        raise SignatureError("this is not an SSH signature")
    if (version := fields.uint32()) != VERSION:
        raise SignatureError(f"an SSH signature of version {version}: 1 is known")
    public, namespace, reserved = fields.string(), fields.string(), fields.string()
    digest, signature = fields.text(), fields.string()
    fields.end()
    if digest not in _DIGESTS:
        raise SignatureError("an SSH signature over a digest that is not known")
    try:
        name = namespace.decode()
    except UnicodeDecodeError:
        raise SignatureError("an SSH signature's namespace is not text") from None
    if not name:
        raise SignatureError("an SSH signature without a namespace")
    return Signature(public, name, reserved, digest, signature)


def check(armored: str, namespace: str, data: bytes) -> bytes:
    """The public key that has signed ``data`` in this namespace. Whose it is, is another question.

    Raises `SignatureError` where the signature does not fit.
    """
    signature = parse(armored)
    if signature.namespace != namespace:
        raise SignatureError(f"the signature is for {signature.namespace!r}, not {namespace!r}")
    verify_key(signature.public, signature.signature, signature.message(data))
    return signature.public


def key_type(public: bytes) -> str:
    """``ssh-ed25519`` and so on."""
    return Fields(public, "a public key").text()


def fingerprint(public: bytes) -> str:
    """As ``ssh-keygen -l`` has it: ``SHA256:...``."""
    digest = base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def verify_key(public: bytes, signature: bytes, message: bytes) -> None:
    """Raises `SignatureError` where ``signature`` (format name and blob) is not by this key."""
    fields = Fields(signature, "a signature")
    form = fields.text()
    try:
        _verify(Fields(public, "a public key"), form, fields, message)
    except InvalidSignature:
        raise SignatureError("the signature does not fit what it is said to sign") from None
    except ValueError as error:
        raise SignatureError("a public key is none", operator=repr(error)) from error


def _verify(key: Fields, form: str, fields: Fields, message: bytes) -> None:
    kind = key.text()
    match kind:
        case "ssh-ed25519":
            _same(form, kind)
            _ed25519(key.string(), fields.string(), message)
            fields.end()
        case "ssh-rsa":
            exponent, modulus = key.mpint(), key.mpint()
            if form not in _RSA:
                raise SignatureError("an RSA signature with SHA-1, or of no known kind")
            if modulus.bit_length() not in _RSA_BITS or exponent.bit_length() > 64:
                raise SignatureError("an RSA key of a size that is not accepted")
            rsa.RSAPublicNumbers(exponent, modulus).public_key().verify(
                fields.string().rjust(modulus.bit_length() + 7 >> 3, b"\0"),
                message,
                padding.PKCS1v15(),
                _RSA[form],
            )
            fields.end()
        case "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521":
            _same(form, kind)
            curve = key.text()
            if not kind.endswith(curve) or curve not in _CURVES:
                raise SignatureError("an ECDSA key of another curve than it says")
            _ecdsa(curve, key.string(), fields.string(), message)
            fields.end()
        case str() if kind in (_SK_ED25519, _SK_ECDSA):
            _same(form, kind)
            _security_key(kind, key, fields, message)
        case _:
            raise SignatureError(f"a key of a kind that is not accepted: {kind[:60]!r}")
    key.end()


def _security_key(kind: str, key: Fields, fields: Fields, message: bytes) -> None:
    """PROTOCOL.u2f: what the key signs is its application, its flags and counter, and a hash."""
    if kind == _SK_ECDSA and key.text() != "nistp256":
        raise SignatureError("an ECDSA key of another curve than it says")
    point, application = key.string(), key.string()
    blob, flags_and_counter = fields.string(), fields.take(5)
    fields.end()
    signed = hashlib.sha256(application).digest() + flags_and_counter
    signed += hashlib.sha256(message).digest()
    if kind == _SK_ED25519:
        _ed25519(point, blob, signed)
    else:
        _ecdsa("nistp256", point, blob, signed)


def _ed25519(point: bytes, blob: bytes, message: bytes) -> None:
    ed25519.Ed25519PublicKey.from_public_bytes(point).verify(blob, message)


def _ecdsa(curve: str, point: bytes, blob: bytes, message: bytes) -> None:
    shape, digest = _CURVES[curve]
    numbers = Fields(blob, "an ECDSA signature")
    encoded = encode_dss_signature(numbers.mpint(), numbers.mpint())
    numbers.end()
    ec.EllipticCurvePublicKey.from_encoded_point(shape(), point).verify(
        encoded, message, ec.ECDSA(digest())
    )


def _same(form: str, kind: str) -> None:
    if form != kind:
        raise SignatureError("a signature of another kind than its key")
