"""``gatereel approve``: what is shown is what is signed, or nothing is sent."""

from __future__ import annotations

import argparse
import base64
import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from recorder import sshsig
from recorder.held import NAMESPACE, Said, Waiting
from recorder.ssh_keys import load_public
from replay.commands.approve import approve, deny
from replay.errors import NoGateway, NotAllowed
from tests.recorder.openssh import make_key
from tests.recorder.test_held import told
from tests.replay.test_asked import waiting

ASKED = waiting({"command": b"reboot\x1b[2J", "terminal": False})


def options(
    key: Path | None, *, yes: bool = True, reason: str = "it's planned"
) -> argparse.Namespace:
    return argparse.Namespace(
        id=ASKED.id, reason=reason, gateway="bastion:2222", config=None, key=key, yes=yes
    )


def gateway(folder: Path, monkeypatch: pytest.MonkeyPatch, said: object) -> Path:
    """An ``ssh`` that tells of these requests, and keeps what else it was asked."""
    (folder / "requests").write_text(json.dumps(said))
    path = folder / "ssh"
    path.write_text(
        f'#!/bin/sh\nfor last; do :; done\ncase "$last" in\n'
        f"requests*) cat {shlex.quote(str(folder / 'requests'))};;\n"
        f'*) printf %s "$last" > {shlex.quote(str(folder / "asked"))}\n'
        "printf 'counted\\033[2J\\n';;\n"
        "esac\n"
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return folder / "asked"


def said_in(words: list[str], asked: Waiting) -> tuple[Said, bytes]:
    """What the words say, and the key that signed it."""
    named = dict(zip(words[2::2], words[3::2], strict=True))
    said = asked.said(True, named["--reason"], int(named["--at"]))
    blob = base64.b64decode(named["--signature"], validate=True)
    return said, sshsig.check(sshsig.armor(blob), NAMESPACE, said.statement())


def test_what_is_shown_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = make_key(tmp_path, "ed25519")
    asked = gateway(tmp_path, monkeypatch, [told(ASKED)])
    assert approve(options(key)) == 0
    shown = capsys.readouterr().out
    assert "reboot␛[2J" in shown
    assert ASKED.digest.hex() in shown
    assert "\x1b" not in shown
    words = shlex.split(asked.read_text())
    assert words[:6] == ["approve", ASKED.id, "--reason", "it's planned", "--for", "dba"]
    _, public = said_in(words, ASKED)
    assert public == load_public(key.with_suffix(".pub"))[0]


def test_a_request_that_is_told_falsely_is_not_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway shows one command and names the digest of another."""
    key = make_key(tmp_path, "ed25519")
    asked = gateway(tmp_path, monkeypatch, [told(replace(ASKED, facts={"command": b"ls"}))])
    with pytest.raises(NotAllowed, match="the digest of another"):
        approve(options(key))
    assert not asked.exists()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "there is no such request"),
        ([told(replace(ASKED, group=""))], "not yours to answer"),
    ],
)
def test_what_is_nobodys_to_answer_is_not_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: object, why: str
) -> None:
    asked = gateway(tmp_path, monkeypatch, said)
    with pytest.raises(NotAllowed, match=why):
        approve(options(make_key(tmp_path, "ed25519")))
    assert not asked.exists()


def test_a_gateway_that_talks_nonsense_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway(tmp_path, monkeypatch, {"requests": 1})
    with pytest.raises(NoGateway, match="in a way known here"):
        approve(options(None))


def test_nobody_there_to_read_it_must_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = gateway(tmp_path, monkeypatch, [told(ASKED)])
    with pytest.raises(NotAllowed, match="say --yes"):
        approve(options(None, yes=False))
    assert not asked.exists()


def test_a_no_is_sent_without_a_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = gateway(tmp_path, monkeypatch, [told(ASKED)])
    assert deny(options(None)) == 0
    assert shlex.split(asked.read_text()) == ["deny", ASKED.id, "--reason", "it's planned"]
    assert capsys.readouterr().out.endswith("counted?[2J\n")
