"""SSHSIG against the real ssh-keygen, in both directions; and what must be refused."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from recorder import sshsig
from recorder.errors import SignatureError
from recorder.ssh_keys import FileSigner, load_public, load_signer
from recorder.ssh_wire import mpint, string, uint32
from tests.recorder.openssh import KINDS, keygen, make_key

DATA = b"what was said\x00\xff\n"
KEY = FileSigner(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))), "test")


def never() -> str:
    raise AssertionError("nobody is asked for a passphrase here")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["openssh", "pem"])
def test_ssh_keygen_accepts_what_we_sign(tmp_path: Path, kind: str, form: str) -> None:
    if (kind, form) == ("ed25519", "pem"):
        form = "openssh"  # ssh-keygen writes no other
    key = make_key(tmp_path, kind, "", *(("-m", "PEM") if form == "pem" else ()))
    armored = sshsig.sign(load_signer(key, never), "case@gatereel", DATA)
    signature = tmp_path / "data.sig"
    signature.write_text(armored)
    public = key.with_suffix(".pub").read_text()
    allowed = tmp_path / "allowed"
    allowed.write_text(f"alice {public}")
    keygen(
        "-Y", "verify", "-f", allowed, "-I", "alice", "-n", "case@gatereel", "-s", signature,
        data=DATA,
    )  # fmt: skip
    keygen("-Y", "check-novalidate", "-n", "case@gatereel", "-s", signature, data=DATA)
    for words, data in (("other", DATA), ("case@gatereel", DATA + b".")):
        refused = keygen(
            "-Y", "check-novalidate", "-n", words, "-s", signature, data=data, check=False
        )
        assert refused.returncode


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("digest", ["sha512", "sha256"])
def test_we_accept_what_ssh_keygen_signs(tmp_path: Path, kind: str, digest: str) -> None:
    key = make_key(tmp_path, kind)
    words = ("-Y", "sign", "-f", key, "-n", "file", "-O", f"hashalg={digest}")
    armored = keygen(*words, data=DATA).stdout.decode()
    public = load_public(key.with_suffix(".pub"))[0]
    assert sshsig.check(armored, "file", DATA) == public
    assert sshsig.fingerprint(public) in keygen("-l", "-f", key).stdout.decode()
    for namespace, data in (("case@gatereel", DATA), ("file", DATA[:-1])):
        with pytest.raises(SignatureError):
            sshsig.check(armored, namespace, data)


def test_the_armor_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    theirs = keygen("-Y", "sign", "-f", key, "-n", "file", data=DATA).stdout.decode()
    assert sshsig.sign(load_signer(key, never), "file", DATA) == theirs


def test_a_certificate_is_refused(tmp_path: Path) -> None:
    authority, key = make_key(tmp_path), make_key(tmp_path)
    keygen("-q", "-s", authority, "-I", "alice", "-n", "alice", key.with_suffix(".pub"))
    certificate = tmp_path / f"{key.name}-cert.pub"
    blob = load_public(certificate)[0]
    made = sshsig.Signature(blob, "file", b"", "sha512", b"")
    signature = load_signer(key, never).sign(made.message(DATA))
    with pytest.raises(SignatureError, match="kind that is not accepted"):
        sshsig.check(put_together(blob, signature), "file", DATA)


def put_together(
    public: bytes, signature: bytes, namespace: str = "file", *, digest: bytes = b"sha512"
) -> str:
    fields = (public, namespace.encode(), b"", digest, signature)
    return sshsig.armor(sshsig.MAGIC + uint32(1) + b"".join(map(string, fields)))


# -- security keys: signed here as the hardware would (PROTOCOL.u2f) -------------------------------


def touched(application: bytes, message: bytes) -> tuple[bytes, bytes]:
    """What the hardware signs, and its flags and counter."""
    rest = b"\x01" + uint32(7)
    hashed = hashlib.sha256(application).digest() + rest + hashlib.sha256(message).digest()
    return hashed, rest


def test_a_security_key_with_ed25519() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    point = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kind = b"sk-ssh-ed25519@openssh.com"
    public = string(kind) + string(point) + string(b"ssh:")
    message = sshsig.Signature(public, "file", b"", "sha512", b"").message(DATA)
    hashed, rest = touched(b"ssh:", message)
    armored = put_together(public, string(kind) + string(key.sign(hashed)) + rest)
    assert sshsig.check(armored, "file", DATA) == public
    for wrong in (rest[:4], rest + b"x", b"\x05" + rest[1:]):
        with pytest.raises(SignatureError):
            sshsig.check(
                put_together(public, string(kind) + string(key.sign(hashed)) + wrong), "file", DATA
            )


def test_a_security_key_with_ecdsa(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
    public = string(kind) + string(b"nistp256") + string(point) + string(b"ssh:")
    message = sshsig.Signature(public, "file", b"", "sha512", b"").message(DATA)
    hashed, rest = touched(b"ssh:", message)
    r, s = decode_dss_signature(key.sign(hashed, ec.ECDSA(hashes.SHA256())))
    armored = put_together(public, string(kind) + string(mpint(r) + mpint(s)) + rest)
    assert sshsig.check(armored, "file", DATA) == public
    (tmp_path / "sig").write_text(armored)
    keygen("-Y", "check-novalidate", "-n", "file", "-s", tmp_path / "sig", data=DATA)


# -- hostile ---------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_in_armor_have_one_exit(blob: bytes) -> None:
    with pytest.raises(SignatureError):
        sshsig.check(sshsig.armor(blob), "file", DATA)


@given(st.data())
def test_every_altered_bit_is_found(data: st.DataObject) -> None:
    armored = sshsig.sign(KEY, "file", DATA)
    blob = bytearray(base64.b64decode("".join(armored.splitlines()[1:-1])))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SignatureError):
        sshsig.check(sshsig.armor(bytes(blob)), "file", DATA)


@given(st.text(max_size=400))
def test_any_text_has_one_exit(text: str) -> None:
    with pytest.raises(SignatureError):
        sshsig.parse(text)


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (string(b"ssh-ed25519") + string(b"short"), string(b"ssh-ed25519") + string(bytes(64))),
        (KEY.public + b"x", KEY.sign(b"")),
        (KEY.public, string(b"ssh-rsa") + string(bytes(64))),
        (string(b"ssh-rsa") + mpint(3) + mpint(1 << 511), string(b"rsa-sha2-512") + string(b"x")),
        (string(b"ssh-rsa") + mpint(3) + mpint(1 << 2047), string(b"ssh-rsa") + string(b"x")),
        (string(b"ssh-rsa") + mpint(3) + mpint(1 << 20000), string(b"rsa-sha2-512") + string(b"")),
        (string(b"ssh-dss"), string(b"ssh-dss")),
        (
            string(b"ecdsa-sha2-nistp256") + string(b"nistp384") + string(b""),
            string(b"ecdsa-sha2-nistp256") + string(b""),
        ),
        (
            string(b"ecdsa-sha2-nistp256") + string(b"nistp256") + string(b"\x04" + bytes(64)),
            string(b"ecdsa-sha2-nistp256") + string(mpint(1) + mpint(1)),
        ),
        (b"", b""),
    ],
)
def test_a_key_that_is_none_is_refused(public: bytes, signature: bytes) -> None:
    with pytest.raises(SignatureError):
        sshsig.check(put_together(public, signature), "file", DATA)


def test_shapes_that_are_refused() -> None:
    blob = KEY.sign(b"")
    for armored in (
        put_together(KEY.public, blob, ""),
        put_together(KEY.public, blob, digest=b"md5"),
        sshsig.armor(b"SSHSIG" + uint32(2)),
        sshsig.armor(bytes(20_000)),
    ):
        with pytest.raises(SignatureError):
            sshsig.check(armored, "file", DATA)
    with pytest.raises(SignatureError):
        sshsig.sign(KEY, "", DATA)


class OldAgent:
    """Signs with RSA and SHA-1, as agents once did."""

    public = string(b"ssh-rsa") + mpint(3) + mpint(1 << 2047)
    comment = "old"

    def sign(self, data: bytes) -> bytes:
        return string(b"ssh-rsa") + string(data[:1])


def test_what_an_agent_answers_is_checked() -> None:
    class Confused:
        """Signs something else than what it was asked to."""

        public, comment = KEY.public, "confused"

        def sign(self, data: bytes) -> bytes:
            return KEY.sign(data + b"!")

    with pytest.raises(SignatureError, match="does not fit"):
        sshsig.sign(Confused(), "file", b"data")


def test_a_signature_with_sha1_is_never_made() -> None:
    with pytest.raises(SignatureError, match="SHA-1"):
        sshsig.sign(OldAgent(), "file", DATA)
