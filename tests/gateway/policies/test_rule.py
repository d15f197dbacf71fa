"""A policy as it was written."""

from __future__ import annotations

import pytest

from gateway.policies.errors import PolicyError
from gateway.policies.rule import read, validate
from gateway.policies.texts import Texts


def test_ids_places_and_scopes() -> None:
    texts = Texts.of({
        "b.cedar": 'permit (principal == Person::"a", action, resource);',
        "a.cedar": "".join(f'@id("p{n}") forbid (principal, action == Action::"exec", resource);'
                           for n in range(12)),
    })  # fmt: skip
    rules, _ = read(texts)
    assert [rule.id for rule in rules][-2:] == ["p11", "b#1"]
    last = rules[-1]
    assert (last.where, last.permits, last.names_action) == ("b.cedar:1", True, False)
    assert last.scope("principal") == (("Person", "a"),)
    assert last.scope("resource") == ()
    assert rules[-2].scope("action") == (("Action", "exec"),)
    assert validate(texts, rules) == []


def test_two_of_one_id_are_refused() -> None:
    with pytest.raises(PolicyError, match='the id "x" is that of'):
        read(Texts.of({"a.cedar": '@id("x") permit (principal, action, resource);' * 2}))
