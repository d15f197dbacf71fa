"""What may be written of a target, and the ways through other targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config, Secret, parse_config
from gateway.identity import PublicKey
from gateway.refusals import ConfigError
from gateway.target_config import HOPS, parse_keep

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8s4PqbTnSbf9aYoBbdMLVnnrEfXTQZLvm3HhxyhVlA"
FILE = Path("/etc/gatereel/gatereel.toml")
START = """
[gateway]
store = "recordings"
signing_key = "keys/signing"
[ssh]
listen = "127.0.0.1:2222"
host_keys = ["keys/host"]
"""
PIN = f'host_keys = ["{KEY}"]'
LOGIN = '{ key = { file = "keys/root" } }'


def parse(text: str, start: str = START) -> Config:
    return parse_config(FILE, (start + text).encode())


def target(name: str, *more: str, pin: str = PIN, root: str = LOGIN) -> str:
    lines = [f"[targets.{name}]", 'address = "192.0.2.1"', pin, *more, f"accounts.root = {root}"]
    return "\n".join(lines) + "\n"


def test_everything_that_may_be_said_of_a_target() -> None:
    config = parse(
        target("bastion")
        + target(
            "web1",
            f'host_ca = ["{KEY} the host CA"]',
            'host_key_name = "web1.example.org"',
            'aliases = ["web", "www.example.org"]',
            'jump = "root@bastion"',
            "keepalive = 7",
            pin="",
            root='{ agent = { socket = { env = "SSH_AUTH_SOCK" }, key = "' + KEY + '" } }',
        )
        + target("db1", root="{ certificate = true }"),
        START + 'user_ca = "keys/user_ca"\nhost_ca = "keys/host_ca"\n',
    )
    assert config.ssh.user_ca == FILE.parent / "keys/user_ca"
    assert config.ssh.host_ca == FILE.parent / "keys/host_ca"
    bastion, web1, _ = config.targets
    assert (bastion.jump, bastion.keepalive, bastion.host_ca) == ("", 30, ())
    assert web1.host_ca == (PublicKey.parse(KEY),)
    assert web1.host_key_name == "web1.example.org"
    assert web1.aliases == ("web", "www.example.org")
    assert (web1.jump, web1.keepalive) == ("root@bastion", 7)
    agent = web1.accounts["root"].agent
    assert agent is not None
    assert (agent.socket, agent.key) == (Secret(None, "SSH_AUTH_SOCK"), PublicKey.parse(KEY))
    assert [each.accounts["root"].method for each in config.targets] == [
        "publickey",
        "agent",
        "certificate",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (target("a", pin=""), "targets.a.host_keys: is missing; pin them"),
        (target("a", 'host_ca = ["x"]'), "host_ca: is not a public key"),
        (target("a", 'aliases = ["a b"]'), 'aliases: "a b" is no host name'),
        (target("a", 'aliases = ["*"]'), 'aliases: "*" is no host name'),
        (target("a", 'host_key_name = "x,y"'), 'host_key_name: "x,y" is no host name'),
        (target("a", "keepalive = 0"), "keepalive: is 0; it must be from 1 to 3600"),
        (target("a", root="{ certificate = true }"), "certificate: needs a CA to come from"),
        (target("a", root="{ certificate = false }"), "targets.a.accounts.root: needs either key"),
        (target("a", root="{ agent = { } }"), "accounts.root.agent.socket: is missing"),
        (
            target("a", root='{ agent = { socket = { env = "X" } } }'),
            "accounts.root.agent.key: is missing; write agent =",
        ),
        (
            target("a", root='{ agent = { socket = "/x", key = "' + KEY + '" } }'),
            "agent.socket: must be a table, not a string",
        ),
        (target("a", root=LOGIN[:-1] + ", certificate = true }"), "needs either key"),
        (target("a", 'jump = "b"'), 'targets.a.jump: there is no target "b"'),
        (target("a", 'jump = "app@b"') + target("b"), '"b" has no account "app"'),
        (
            target("a", 'jump = "b"') + target("b", f"accounts.app = {LOGIN}"),
            '"b" has several accounts; write "LOGIN@b"',
        ),
        (target("a", 'jump = "a"'), "targets.a.jump: leads round in a circle: a -> a"),
        (
            target("a", 'jump = "b"') + target("b", 'jump = "c"') + target("c", 'jump = "b"'),
            "circle: a -> b -> c -> b",
        ),
    ],
)
def test_what_is_wrong_with_a_target_is_told_with_its_place(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert line in str(refused.value)
    assert str(refused.value).startswith(f"{FILE}:")


def test_a_way_may_be_long_and_not_longer() -> None:
    def chain(length: int) -> str:
        first = target("t0")
        return first + "".join(target(f"t{n}", f'jump = "t{n - 1}"') for n in range(1, length))

    assert len(parse(chain(HOPS + 1)).targets) == HOPS + 1
    with pytest.raises(ConfigError, match="more than 8 targets"):
        parse(chain(HOPS + 2))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("all", None),
        ("none", 0),
        ("0B", 0),
        ("64KiB", 65536),
        ("2 MiB", 2 << 20),
        ("1GiB", 1 << 30),
    ],
)
def test_how_much_of_files_is_kept(text: str, kept: int | None) -> None:
    assert parse_keep(text) == kept


@pytest.mark.parametrize("text", ["", "64", "64KB", "-1B", "1.5MiB", "All", "9" * 13 + "B"])
def test_an_amount_that_is_none_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="64KiB"):
        parse_keep(text)
