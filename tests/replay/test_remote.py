"""Where the gateway is, and the command line that asks it."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest

from replay.errors import NoGateway
from replay.remote import Gateway, find_gateway, known_gateway


@pytest.mark.parametrize(
    ("text", "gateway"),
    [
        ("bastion", Gateway("bastion")),
        ("bastion.example.org:2222", Gateway("bastion.example.org", 2222)),
        ("alice@bastion", Gateway("bastion", None, "alice")),
        ("ssh://alice@[2001:db8::1]:22", Gateway("2001:db8::1", 22, "alice")),
        ("127.0.0.1:2222", Gateway("127.0.0.1", 2222)),
    ],
)
def test_a_destination_is_read(text: str, gateway: Gateway) -> None:
    assert Gateway.parse(text) == gateway


@pytest.mark.parametrize(
    "text", ["", "-oProxyCommand=x", "a b", "-x@host", "host:", "u@-h", "a\nb"]
)
def test_what_ssh_could_take_for_an_option_is_no_destination(text: str) -> None:
    with pytest.raises(NoGateway):
        Gateway.parse(text)


def test_words_arrive_as_they_are_written() -> None:
    words = ["kill", "0190", "--reason", "it's `odd`; $HOME"]
    command = Gateway("bastion", 2222).command(words)
    assert shlex.split(command[-1]) == words
    assert command[-3:-1] == ["--", "bastion"]
    assert "-T" in command
    assert "-t" in Gateway("bastion").command(words, terminal=True)


def options(gateway: str | None, config: Path | None) -> argparse.Namespace:
    return argparse.Namespace(gateway=gateway, config=config)


def test_the_gateway_is_the_named_one_else_the_variables_else_the_configurations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gatereel.toml"
    config.write_text('[ssh]\nlisten = "0.0.0.0:2222"\n')
    monkeypatch.setenv("GATEREEL_GATEWAY", "bastion")
    assert find_gateway(options("other:22", config)) == Gateway("other", 22)
    assert find_gateway(options(None, config)) == Gateway("bastion")
    monkeypatch.delenv("GATEREEL_GATEWAY")
    assert find_gateway(options(None, config)) == Gateway("127.0.0.1", 2222)
    monkeypatch.delenv("GATEREEL_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path / "..")
    with pytest.raises(NoGateway):
        find_gateway(options(None, None))
    assert known_gateway(options(None, None)) is None
    assert known_gateway(options(None, config)) == Gateway("127.0.0.1", 2222)
    with pytest.raises(NoGateway):
        known_gateway(options("a b", config))
    (tmp_path / "bad.toml").write_text("[ssh]\n")
    with pytest.raises(NoGateway):
        find_gateway(options(None, tmp_path / "bad.toml"))
