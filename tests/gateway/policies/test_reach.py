"""What can decide nothing is told, and nothing else is: held against asking everything."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config import load_config
from gateway.policies.decision import Policies
from gateway.policies.reach import unreachable
from gateway.policy import Allow, Request, place_of
from tests.gateway.policies.site import ACCESS, CONFIG, lay_out

SRE = '@id("sre") permit (principal in Group::"sre", action == Action::"shell", resource);'


def told(folder: Path, text: str) -> list[str]:
    return unreachable(load_config(lay_out(folder, text)))


SPELT = {
    "ALL": "principal",
    "NOBODY": 'principal in Group::"x"',
    "SRES": 'principal in Group::"sre"',
    "SHELL": 'action == Action::"shell"',
    "EXEC": 'action == Action::"exec"',
    "BOTH": 'action in [Action::"shell", Action::"exec"]',
    "WEB1": 'resource in Target::"web1"',
    "ANY": "resource",
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        # Nobody is in it, nothing is labelled so, the principal is another kind.
        ('permit (NOBODY, EXEC, ANY);', "about nothing"),
        ('forbid (ALL, EXEC , resource in Label::"a=b");', "about nothing"),
        ('permit (ALL, EXEC, ANY) when { resource.login == "x" };', "about nothing"),
        # What a condition on the request says cannot be told beforehand.
        ('permit (ALL, EXEC, ANY) when { context.hour > 99 };', ""),
        # Forbidden wholly; only by day; only in part.
        ('forbid (ALL, SHELL, WEB1);', "all of it is forbidden by more"),
        ('forbid (ALL, SHELL, ANY) when { context.hour == 3 };', ""),
        ('forbid (ALL, SHELL, ANY) when { resource.login == "app" };', ""),
        # Permitted by another; that one by day; with a notice; for one account.
        ('permit (SRES, SHELL, WEB1);', "nothing that sre does not"),
        ('permit (ALL, SHELL, ANY) when { context.hour == 3 };', "nothing that sre does not"),
        ('@notice("x") permit (ALL, SHELL, ANY);', ""),
        ('permit (ALL, BOTH, ANY);', "nothing that more does not"),
        # About sessions, which outlive accounts and people.
        ('permit (NOBODY, action == Action::"replay", ANY);', ""),
        ('permit (NOBODY, action, ANY);', ""),
    ],
)  # fmt: skip
def test_table(more: str, said: str, tmp_path: Path) -> None:
    for word, text in SPELT.items():
        more = re.sub(rf"\b{word}\b", text, more)
    found = told(tmp_path, f'{SRE}\n@id("more") {more}')
    assert (len(found) == 1 and said in found[0]) if said else found == [], found


def test_a_set_for_one_person(tmp_path: Path) -> None:
    found = told(tmp_path, ACCESS)
    assert [each.split('"')[1] for each in found] == ["sre", "leads"]
    assert "permits nothing that all does not" in found[0], "alice is all there is"
    assert "is about nothing here" in found[1], "nobody is in that group"
    assert unreachable(load_config(lay_out(tmp_path / "none", ACCESS, _without_principals()))) == []


def _without_principals() -> str:
    before, _, rest = CONFIG.partition("[principals.alice]")
    return before + rest[rest.index("[targets") :]


heads = st.tuples(
    st.sampled_from(["permit", "forbid"]),
    st.sampled_from(["principal", 'principal in Group::"sre"', 'principal == Person::"alice"']),
    st.sampled_from(['action == Action::"shell"', 'action in [Action::"exec", Action::"shell"]']),
    st.sampled_from(["resource", 'resource in Target::"web1"', 'resource == Account::"app@web1"']),
    st.sampled_from(
        ["", 'when { resource.login == "app" }', "when { context.hour > 6 }", "when { false }"]
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(heads, min_size=1, max_size=4))
def test_without_what_is_told_of_every_answer_is_the_same(
    rows: list[tuple[str, str, str, str, str]], tmp_path: Path
) -> None:
    """What is said to decide nothing is taken away, one after the other as told together: the
    verdict about everything that anybody could ask stays the same."""
    text = "\n".join(
        f'@id("p{number}") {effect} ({who}, {what}, {where}) {when};'
        for number, (effect, who, what, where, when) in enumerate(rows)
    )
    useless = [each.split('"')[1] for each in told(tmp_path, text)]
    policies = Policies.of(access=text)
    other = policies.without(useless)
    for action, login, group in itertools.product(
        ("shell", "exec"), ("root", "app"), ((), ("sre",))
    ):
        if not group:
            continue
        request = Request(
            "alice", "person", group, action, "web1", login, {"command": b"id"},
            place=place_of("ssh", {"env": "prod"}),
        )  # fmt: skip
        before, after = policies.decide(request), other.decide(request)
        assert isinstance(before, Allow) == isinstance(after, Allow), (useless, text)
