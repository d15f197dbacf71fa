from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.config_values import Secret, parse_address, parse_pattern
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


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10.0.0.5:5432", "10.0.0.5:5432"),
        ("DB.:5432", "db:5432"),
        ("*", "*"),
        ("*:443", "*:443"),
        ("*.Example.org:*", "*.example.org:*"),
        ("[0:0::1]:22", "[::1]:22"),
        ("db:*", "db:*"),
    ],
)
def test_an_address_of_a_rule_is_read_as_it_is_compared(text: str, read: str) -> None:
    assert parse_pattern(text) == read


@pytest.mark.parametrize("text", ["db", "a*b:1", "*x:1", "db:0", "*.*:1", "db:70000", "a b:1", ""])
def test_no_other_pattern_is_an_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|port"):
        parse_pattern(text)
