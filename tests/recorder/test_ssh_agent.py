"""What is said to an agent, byte for byte, and which answers are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import SignatureError
from recorder.ssh_agent import (
    Identity,
    list_request,
    read_identities,
    read_signature,
    sign_request,
)
from recorder.ssh_wire import string, uint32

ED25519 = string(b"ssh-ed25519") + string(bytes(32))
RSA = string(b"ssh-rsa") + string(b"\x03") + string(b"\x00\xff")


def test_requests_are_those_of_the_protocol() -> None:
    assert list_request() == b"\x00\x00\x00\x01\x0b"
    assert sign_request(ED25519, b"data") == string(
        b"\x0d" + string(ED25519) + string(b"data") + uint32(0)
    )
    assert sign_request(RSA, b"data").endswith(string(b"data") + uint32(4))


def test_answers() -> None:
    listed = b"\x0c" + uint32(1) + string(ED25519) + string("caf\u00e9".encode())
    assert read_identities(listed) == [Identity(ED25519, "caf\u00e9")]
    assert read_identities(b"\x0c" + uint32(0)) == []
    assert read_signature(b"\x0e" + string(b"blob")) == b"blob"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x05",
        b"\x06",
        b"\x0c",
        b"\x0c\xff\xff\xff\xff",
        b"\x0c" + uint32(1),
        b"\x0e",
        b"\x0e\0",
    ],
)
def test_answers_that_are_refused(answer: bytes) -> None:
    with pytest.raises(SignatureError):
        read_identities(answer)
    with pytest.raises(SignatureError):
        read_signature(answer)


@given(st.binary(max_size=60))
def test_any_answer_has_one_exit(answer: bytes) -> None:
    for read in (read_identities, read_signature):
        try:
            read(answer)
        except SignatureError:
            continue
