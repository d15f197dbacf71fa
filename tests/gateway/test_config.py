from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import (
    DEFAULT_ENVIRONMENT,
    find_config,
    load_config,
    parse_config,
)
from gateway.config_values import Secret
from gateway.identity import PublicKey
from gateway.refusals import ConfigError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8s4PqbTnSbf9aYoBbdMLVnnrEfXTQZLvm3HhxyhVlA"
FILE = Path("/etc/gatereel/gatereel.toml")
GOOD = f"""
[gateway]
store = "recordings"
signing_key = "keys/signing"

[ssh]
listen = "127.0.0.1:2222"
host_keys = ["keys/ssh_host_ed25519"]

[principals.alice]
keys = ["{KEY} alice"]
groups = ["sre"]

[targets.web1]
address = "127.0.0.1:22"
host_keys = ["{KEY}"]
labels = {{ env = "prod" }}
[targets.web1.accounts.root]
key = {{ file = "keys/web1_root" }}
"""


def parse(text: str) -> object:
    return parse_config(FILE, text.encode())


def test_a_whole_configuration() -> None:
    config = parse_config(FILE, GOOD.encode())
    assert config.gateway.store == Path("/etc/gatereel/recordings")
    assert (config.ssh.host, config.ssh.port) == ("127.0.0.1", 2222)
    assert config.ssh.host_keys == (Path("/etc/gatereel/keys/ssh_host_ed25519"),)
    assert config.ssh.environment == DEFAULT_ENVIRONMENT
    assert config.ssh.login_timeout <= 30
    owner = config.register.owner(PublicKey.parse(KEY))
    assert owner is not None
    assert (owner.name, owner.kind, owner.groups) == ("alice", "person", ("sre",))
    (target,) = config.targets
    assert target.address == "127.0.0.1:22"
    assert target.host_keys == (PublicKey.parse(KEY),)
    assert target.labels == {"env": "prod"}
    assert target.accounts["root"].key == Secret(Path("/etc/gatereel/keys/web1_root"), None)
    assert target.keep_input == "echoed"
    assert not target.legacy
    assert config.gateway.policies == Path("/etc/gatereel/policies")
    assert config.gateway.zone == "UTC"


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (changed("store =", "stroe ="), '3: gateway.stroe: there is no such key; did you mean "s'),
        (changed("groups = [", "group = ["), "12: principals.alice.group: there is no such key"),
        (changed("[ssh]", "[shh]"), '6: shh: there is no such key; did you mean "ssh"?'),
        (changed('"127.0.0.1:2222"', "2222"), "7: ssh.listen: must be a string, not a number"),
        (changed('"127.0.0.1:2222"', '"localhost"'), '7: ssh.listen: "localhost" is no address'),
        (changed('["sre"]', '"sre"'), "groups: must be a list of strings, not a string"),
        (changed('["sre"]', "[1]"), "groups: must be a list of strings, and holds a number"),
        (changed("\n[targets", '\nkind = "robot"\n[targets'), 'kind: is "robot"; it must be "pers'),
        (changed("[principals", "[postgres]\nx = 1\n[principals"), "postgres: is not available in"),
        (
            changed("[principals", "[kubernetes]\nx = 1\n[principals"),
            "kubernetes: is not available",
        ),
        (changed("[ssh]", 'state = "x"\n[ssh]'), "gateway.state: is no URL of a state"),
        (changed("[ssh]", 'state = "sqlite:///"\n[ssh]'), "gateway.state: is no URL of a state"),
        (changed("[ssh]", "state = 5\n[ssh]"), "gateway.state: must be a string"),
        (changed("[ssh]", "state = { url = 'x' }\n[ssh]"), "gateway.state: must be {"),
        (changed("[targets.web1]", '[targets.web1]\nkind = "postgres"'), '"postgres" is not avai'),
        (changed(f'["{KEY}"]', "[]"), "is missing; pin them with: gatereel target enrol"),
        (changed(f'["{KEY}"]', '["x"]'), "host_keys: is not a public key"),
        (changed("key = {", "pasword = {"), "did you mean"),
        (changed("{ file =", "{ fil ="), "file"),
        (changed('{ file = "keys/web1_root" }', '"hunter2"'), "key: must be a table, not a string"),
        (changed("key = { file", 'password = { env = "X" }\nkey = { file'), "either key"),
        (changed("accounts.root", 'accounts."ro ot"'), "is no login name"),
        (changed("targets.web1]", 'targets."we@b"]'), "is no name for a target"),
        (changed("[ssh]", 'time_zone = "Mars"\n[ssh]'), 'time_zone: "Mars" is no time zone'),
        (changed("[gateway]", "gateway = 1\n[gatewax]"), "must be a table, not a number"),
        (changed("[ssh]", "[ssh]\nlogin_timeout = 31"), "is 31; it must be from 1 to 30"),
        (changed("[ssh]", "[ssh]\nlogin_timeout = true"), "must be a whole number, not true or"),
        (changed("[ssh]", '[ssh]\nenvironment = ["A B"]'), '"A B" is no variable name'),
        (changed('["sre"]', '["sre"]\nkeys = []'), "is not TOML"),
        ("[gateway", "is not TOML"),
        ("", ": gateway: is missing"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert line in str(refused.value)
    assert str(refused.value).startswith(str(FILE))
    assert "\n" not in str(refused.value)


def test_no_secret_is_in_an_error() -> None:
    with pytest.raises(ConfigError) as refused:
        parse(changed('{ file = "keys/web1_root" }', '"hunter2"'))
    assert "hunter2" not in f"{refused.value} {refused.value.operator}"


def test_one_key_of_two_principals_is_refused() -> None:
    with pytest.raises(ConfigError, match="both alice and bob"):
        parse(GOOD + f'\n[principals.bob]\nkeys = ["{KEY}"]\n')


def test_a_name_that_begins_like_a_home_is_a_file_where_there_is_none() -> None:
    config = parse_config(FILE, changed('"recordings"', '"~no.such.user/recordings"').encode())
    assert config.gateway.store == FILE.parent / "~no.such.user/recordings"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gatereel init"):
        load_config(tmp_path / "none.toml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(path)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_configuration_or_a_config_error(data: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_config(FILE, data)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_change_is_a_configuration_or_a_config_error(old: str, new: str) -> None:
    text = GOOD.replace(old, new, 1) if old else GOOD + new
    try:
        parse(text)
    except ConfigError:
        return


def test_where_the_configuration_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEREEL_CONFIG", raising=False)
    assert find_config(None) == Path("gatereel.toml")
    monkeypatch.setenv("GATEREEL_CONFIG", "/x/y.toml")
    assert find_config(None) == Path("/x/y.toml")
    assert find_config("z.toml") == Path("z.toml")


@pytest.mark.parametrize(
    "data",
    [b"x = " + b"[" * 5000 + b"]" * 5000, b"x = " + b"9" * 5000, b'[gateway]\nstore = "a\\u0000b"'],
    ids=["nested", "number", "nul"],
)
def test_what_would_upset_a_parser_is_a_config_error(data: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_config(Path("c.toml"), data)


def test_an_account_is_never_called_like_all_of_them() -> None:
    with pytest.raises(ConfigError, match="is no login name"):
        parse(changed("accounts.root]", 'accounts."*"]'))
