from __future__ import annotations

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
