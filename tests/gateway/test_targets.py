from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.config import Account, Target
from gateway.refusals import UnknownAccount, UnknownTarget
from gateway.targets import Address, Targets, collisions, parse_user


def target(name: str, *accounts: str) -> Target:
    return Target(
        name=name,
        host="127.0.0.1",
        port=22,
        host_keys=(),
        known_hosts=None,
        labels={},
        accounts={a: Account(a, None, None, None) for a in accounts},
        keep_input="echoed",
        legacy=False,
        connect_timeout=10,
    )


def anything(_target: Target, _account: Account) -> bool:
    return True


@pytest.mark.parametrize(
    ("user", "account", "name"),
    [
        ("web1", None, "web1"),
        ("root@web1", "root", "web1"),
        ("root%web1", "root", "web1"),
        ("a@b@web1", "a@b", "web1"),
        ("a%b@web1", "a%b", "web1"),
        ("a%b%web1", "a%b", "web1"),
        ("@web1", None, "web1"),
        ("root@", "root", ""),
        ("", None, ""),
        ("../x", None, "../x"),
        ("~root@$HOME", "~root", "$HOME"),
    ],
)
def test_user_names_split_at_the_last_separator(user: str, account: str | None, name: str) -> None:
    assert parse_user(user) == Address(account, name)


def test_the_only_account_is_the_default() -> None:
    route = Targets([target("web1", "root")]).resolve("web1", anything)
    assert (route.target.name, route.account.name) == ("web1", "root")


def test_of_several_accounts_one_must_be_named() -> None:
    targets = Targets([target("web1", "root", "deploy")])
    with pytest.raises(UnknownAccount, match="deploy@web1, root@web1"):
        targets.resolve("web1", anything)
    assert targets.resolve("deploy%web1", anything).account.name == "deploy"


def test_an_unknown_account_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownAccount, match=r'no account "admin" here; you may use: root@web1'):
        Targets([target("web1", "root")]).resolve("admin@web1", anything)


@pytest.mark.parametrize("name", ["", "web", "../web1", "WEB1", "web1 ", "~web1", "$HOME"])
def test_unknown_targets_are_refused_with_what_may_be_reached(name: str) -> None:
    with pytest.raises(UnknownTarget, match="you may reach: root@web1") as refused:
        Targets([target("web1", "root")]).resolve(name, anything)
    assert refused.value.code == "GR-226"


def test_a_target_out_of_reach_looks_like_none() -> None:
    targets = Targets([target("web1", "root"), target("vault", "root")])

    def only_web(target: Target, _account: Account) -> bool:
        return target.name == "web1"

    with pytest.raises(UnknownTarget) as hidden:
        targets.resolve("root@vault", only_web)
    with pytest.raises(UnknownTarget) as missing:
        targets.resolve("root@vaulu", only_web)
    assert str(hidden.value).replace("vault", "vaulu") == str(missing.value)


def test_control_characters_of_a_name_do_not_reach_the_line() -> None:
    with pytest.raises(UnknownTarget) as refused:
        Targets([]).resolve("\x1b[2Jx\n", anything)
    assert "\x1b" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("targets", "principals", "words"),
    [
        (["gatereel"], [], "the gateway itself"),
        (["Alice"], ["alice"], "a principal has this name"),
        (["web1", "WEB1"], [], "by case only"),
    ],
)
def test_names_that_would_mean_two_things(
    targets: list[str], principals: list[str], words: str
) -> None:
    problems = collisions([target(name, "root") for name in targets], principals)
    assert len(problems) == 1
    assert words in problems[0]


def test_names_apart_do_not_collide() -> None:
    assert collisions([target("web1", "root"), target("web2", "root")], ["alice"]) == []


def test_nobody_is_called_as_the_gateway_is() -> None:
    (problem,) = collisions([], ["Gatereel"])
    assert problem.startswith("principals.Gatereel")


@pytest.mark.parametrize(
    ("user", "meant"),
    [
        ("gatereel", True),
        ("alice", True),
        ("deploy", True),
        ("web2", True),  # which alice may not reach, and so may not know of
        ("web1", False),
        ("root@web1", False),
        ("root@nowhere", False),
        ("root%nowhere", False),
    ],
)
def test_what_addresses_the_gateway_itself(user: str, meant: bool) -> None:
    targets = Targets([target("web1", "root"), target("web2", "root")])
    only_web1 = lambda t, _: t.name == "web1"  # noqa: E731 - as short as it is
    assert targets.means_gateway(user, "alice", only_web1) is meant


BASTION = replace(target("bastion", "root", "hop"), host="192.0.2.1")
WEB = replace(
    target("web1", "root"),
    host="192.0.2.2",
    port=2222,
    aliases=("www.example.org", "W3"),
    jump="hop@bastion",
)
DEEP = replace(target("deep", "app"), host="192.0.2.2", jump="web1")


def test_the_way_leads_through_what_the_configuration_names() -> None:
    targets = Targets([BASTION, WEB, DEEP])
    hops = targets.resolve("deep", anything).hops
    assert [(hop.target.name, hop.account.name) for hop in hops] == [
        ("bastion", "hop"),
        ("web1", "root"),
        ("deep", "app"),
    ]
    assert [hop.target.name for hop in targets.resolve("root@bastion", anything).hops] == [
        "bastion"
    ]


def test_a_target_has_other_names() -> None:
    targets = Targets([BASTION, WEB])
    assert targets.resolve("root@www.example.org", anything).target is WEB
    assert not targets.means_gateway("W3", "alice", anything)


@pytest.mark.parametrize(
    ("host", "port", "name"),
    [
        ("web1", 22, "web1"),
        ("web1", 2222, "web1"),
        ("WEB1", 22, "web1"),
        ("w3", 22, "web1"),
        ("www.example.org", 2222, "web1"),
        ("192.0.2.2", 2222, "web1"),
        ("192.0.2.2", 22, "deep"),
        ("web1", 80, None),
        ("192.0.2.2", 80, None),
        ("192.0.2.9", 22, None),
        ("", 22, None),
    ],
)
def test_a_connection_is_for_a_name_at_its_port_or_the_very_address(
    host: str, port: int, name: str | None
) -> None:
    found = Targets([BASTION, WEB, DEEP]).at(host, port, anything)
    assert (found and found.name) == name


def test_an_address_that_several_have_means_none_of_them_unless_one_is_reachable() -> None:
    twin = replace(WEB, name="twin", aliases=())
    targets = Targets([WEB, twin])
    assert targets.at("192.0.2.2", 2222, anything) is None
    assert targets.at("192.0.2.2", 2222, lambda t, _: t is twin) is twin
    assert targets.at("web1", 22, lambda t, _: t is twin) is None


def test_hosts_are_those_of_what_is_reachable() -> None:
    targets = Targets([BASTION, WEB])
    assert targets.hosts(lambda t, _: t is WEB) == ["192.0.2.2", "w3", "web1", "www.example.org"]
    assert targets.hosts(lambda *_: False) == []


@pytest.mark.parametrize("alias", ["bastion", "Alice", "gatereel", "WEB1"])
def test_an_alias_that_means_something_else_is_a_collision(alias: str) -> None:
    (line,) = collisions([BASTION, replace(WEB, aliases=(alias,))], ["alice"])
    assert f'its alias "{alias}"' in line


def test_an_alias_of_two_targets_is_a_collision() -> None:
    (line,) = collisions([WEB, replace(DEEP, aliases=("w3",))], [])
    assert line.startswith("targets.deep: its alias")
