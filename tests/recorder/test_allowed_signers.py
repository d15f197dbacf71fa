"""allowed_signers files as ssh-keygen(1) describes them; the real one agrees."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from recorder.allowed_signers import (
    AllowedSigner,
    load_allowed_signers,
    matches,
    parse_allowed_signers,
)
from recorder.errors import KeyFileError
from tests.recorder.openssh import keygen, make_key

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me"
N = "case@gatereel"
DAY = 86_400_000_000


def one(line: str) -> AllowedSigner:
    (found,) = parse_allowed_signers(f"# who may sign\n\n{line}\n", UTC)
    return found


def test_principals_are_patterns() -> None:
    signer = one(f"alice,*@example.com,!mallory@example.com {KEY}")
    assert signer.allows("alice", N, 0)
    assert signer.allows("bob@example.com", N, 0)
    assert not signer.allows("mallory@example.com", N, 0)
    assert not signer.allows("alice2", N, 0)
    assert one(f'"alice,bob" {KEY}').principals == ("alice", "bob")
    assert matches("a[b]", ("a[b]",))
    assert not matches("ab", ("a[b]",))


def test_options() -> None:
    signer = one(
        f'alice namespaces="case@*,file",valid-after="19700102Z",valid-before="197001031200" {KEY}'
    )
    assert signer.valid_after == DAY
    assert signer.valid_before == 2 * DAY + DAY // 2
    assert signer.allows("alice", N, DAY)
    assert not signer.allows("alice", N, DAY - 1)
    assert not signer.allows("alice", N, 3 * DAY)
    assert not signer.allows("alice", "email", DAY)
    assert one(f'alice valid-after="19700101000001Z" {KEY}').valid_after == 1_000_000
    assert not one(f"alice cert-authority {KEY}").allows("alice", N, 0)


@pytest.mark.parametrize(
    "line",
    [
        "alice",
        f'alice nonsense="1" {KEY}',
        f"alice namespaces {KEY}",
        f'alice cert-authority="yes" {KEY}',
        f'alice namespaces="a",namespaces="b" {KEY}',
        f'alice valid-after="1970" {KEY}',
        f'alice valid-after="19701399Z" {KEY}',
        f'"alice {KEY}',
        f"alice,,bob {KEY}",
        "alice ssh-ed25519 AAAA",
        f'alice namespaces="a {KEY}',
    ],
)
def test_a_line_that_is_none_is_an_error_with_its_number(line: str) -> None:
    with pytest.raises(KeyFileError, match="line 3"):
        one(line)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "allowed"
    for data in (b"\xff", bytes(5 << 20)):
        path.write_bytes(data)
        with pytest.raises(KeyFileError):
            load_allowed_signers(path)
    with pytest.raises(KeyFileError, match="cannot read"):
        load_allowed_signers(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        ("alice", True),
        ("ali*,bob", True),
        ("!alice,*", False),
        ('alice namespaces="file,case@*"', True),
        ('alice namespaces="file"', False),
        ('alice valid-before="20000101Z"', False),
        ('alice valid-after="20000101",valid-before="20990101"', True),
        ('"alice,carol" valid-after="20000101"', True),
    ],
)
def test_ssh_keygen_says_the_same(tmp_path: Path, start: str, fits: bool) -> None:
    key = make_key(tmp_path)
    signature = tmp_path / "sig"
    signature.write_bytes(keygen("-Y", "sign", "-f", key, "-n", N, data=b"x").stdout)
    path = tmp_path / "allowed"
    path.write_text(f"{start} {key.with_suffix('.pub').read_text()}")
    verified = keygen(
        "-Y", "verify", "-f", path, "-I", "alice", "-n", N, "-s", signature, data=b"x", check=False
    )  # fmt: skip
    assert (verified.returncode == 0) is fits
    (signer,) = load_allowed_signers(path)
    assert signer.allows("alice", N, 1_800_000_000_000_000) is fits
