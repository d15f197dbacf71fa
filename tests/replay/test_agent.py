"""Signing through a real ssh-agent; ssh-keygen accepts what comes of it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from recorder import sshsig
from recorder.errors import SignatureError
from recorder.ssh_keys import load_public
from replay.agent import AgentSigner, agent_signers, choose
from tests.recorder.openssh import KINDS, agent, keygen, make_key


@pytest.mark.parametrize("kind", KINDS)
def test_ssh_keygen_accepts_what_the_agent_signs(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path, kind)
    with agent(tmp_path, key) as path:
        signer = choose(agent_signers(path), None)
        armored = sshsig.sign(signer, "case@gatereel", b"data")
    assert sshsig.check(armored, "case@gatereel", b"data") == signer.public
    (tmp_path / "sig").write_text(armored)
    words = ("-Y", "check-novalidate", "-n", "case@gatereel", "-s", tmp_path / "sig")
    keygen(*words, data=b"data")


def test_which_key_is_meant(tmp_path: Path) -> None:
    one, two = make_key(tmp_path, "ed25519"), make_key(tmp_path, "ecdsa256")
    keygen("-q", "-s", one, "-I", "alice", "-n", "alice", two.with_suffix(".pub"))
    with agent(tmp_path, one, two) as path:
        signers = agent_signers(path)
    assert len(signers) == 2, "a certificate signs nothing here"
    public = load_public(two.with_suffix(".pub"))[0]
    assert choose(signers, public).public == public
    assert choose(signers, "ecdsa256").public == public
    assert choose(signers, sshsig.fingerprint(public)).public == public
    for wanted in (None, "key", "nobody", b"another"):
        with pytest.raises(SignatureError):
            choose(signers, wanted)
    with pytest.raises(SignatureError, match="ssh-add"):
        choose([], None)


def test_a_key_that_the_agent_has_lost_is_said(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    with agent(tmp_path) as path:
        lost = agent_signers(path)
        assert lost == []

        def exchange(message: bytes) -> bytes:
            from replay.agent import _exchange

            return _exchange(path, message)

        signer = AgentSigner(load_public(key.with_suffix(".pub"))[0], "lost", exchange)
        with pytest.raises(SignatureError, match="refused"):
            sshsig.sign(signer, "n", b"x")


def test_no_agent_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(SignatureError, match="SSH_AUTH_SOCK"):
        agent_signers()
    with pytest.raises(SignatureError, match="cannot be used"):
        agent_signers(str(tmp_path / "nothing"))


@pytest.mark.parametrize("answer", [b"", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x05\x0c"])
def test_an_agent_that_is_none_is_refused(tmp_path: Path, answer: bytes) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(SignatureError):
            agent_signers(path)
        thread.join()
