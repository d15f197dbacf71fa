from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.config_values import Secret, parse_address
from gateway.refusals import CredentialError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:22", "127.0.0.1", 22),
        ("[::1]:2222", "::1", 2222),
        ("db.example:0", "db.example", 0),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    assert parse_address(text) == (host, port)


@pytest.mark.parametrize("text", ["", ":22", "a:b", "a:70000", "::1:22", "a b:1", "u@h:1", "h"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"no address|does not exist"):
        parse_address(text)


def test_a_default_port_stands_in() -> None:
    assert parse_address("web1", 22) == ("web1", 22)


def test_secrets_come_from_files_and_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"hunter2\n")
    assert Secret(file, None).read() == b"hunter2"
    monkeypatch.setenv("GATEREEL_TEST_SECRET", "hunter3")
    assert Secret(None, "GATEREEL_TEST_SECRET").read() == b"hunter3"
    assert "hunter" not in f"{Secret(file, None)} {Secret(None, 'GATEREEL_TEST_SECRET')!r}"


def test_a_secret_that_is_not_there_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CredentialError, match="cannot be read"):
        Secret(tmp_path / "none", None).read()
    (tmp_path / "empty").touch()
    with pytest.raises(CredentialError, match="empty"):
        Secret(tmp_path / "empty", None).read()
    monkeypatch.delenv("GATEREEL_TEST_SECRET", raising=False)
    with pytest.raises(CredentialError, match="GATEREEL_TEST_SECRET is not set"):
        Secret(None, "GATEREEL_TEST_SECRET").read()


def test_a_secret_that_is_not_text_is_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEREEL_TEST_SECRET", os.fsdecode(b"pa\xffss"))
    assert Secret(None, "GATEREEL_TEST_SECRET").read() == b"pa\xffss"
