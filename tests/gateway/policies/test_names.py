"""Names that nothing has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import parse_config
from gateway.policies.names import empty_groups, unknown_names
from tests.gateway.cedar_rules import policies
from tests.gateway.test_config import FILE, GOOD


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ('permit (principal == Person::"alice", action, resource in Target::"web1");', ""),
        ('permit (principal == Person::"alcie", action, resource);', 'Person::"alcie"'),
        ('permit (principal == Workload::"alice", action, resource);', 'Workload::"alice"'),
        ('permit (principal, action, resource in Target::"web2");', 'Target::"web2"'),
        ('permit (principal, action, resource == Account::"app@web1");', 'Account::"app@web1"'),
        ('permit (principal, action, resource in Label::"env=test");', 'Label::"env=test"'),
        ('permit (principal, action, resource) when { principal in [Person::"bob"] };', "bob"),
    ],
)
def test_a_slip_of_the_pen_is_found(text: str, unknown: str) -> None:
    config = replace(parse_config(FILE, GOOD.encode()), policies=policies(text))
    found = unknown_names(config)
    assert len(found) == bool(unknown)
    assert all(unknown in line and Path(FILE).name in line for line in found)


def test_a_group_without_members_is_told() -> None:
    text = '@hold("dba") permit (principal in Group::"sre", action, resource in Group::"x");'
    text = text.replace(' in Group::"x"', "")
    config = replace(parse_config(FILE, GOOD.encode()), policies=policies(text))
    assert [line.split()[5] for line in empty_groups(config)] == ["dba,"]
