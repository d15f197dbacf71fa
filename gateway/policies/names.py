"""The names in policies that nothing has: slips of the pen, which would open or forbid nothing.

Knows: policies and the configuration. Must never know: files, requests. Called by `gateway.serve`
(a name that is nobody's is an error) and by ``gatereel check`` (a group without members is a note).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config import Config


def unknown_names(config: Config) -> list[str]:
    """A line for each person, workload, target, account, label or data class that there is not."""
    known = _known(config)
    return [
        f'{rule.where} ("{rule.id}"): there is no {kind}::"{name}" in {config.path.name}'
        for rule in config.policies.rules
        for kind, name in sorted(set(mentioned(rule.document)))
        if kind in known and name not in known[kind]
    ]


def empty_groups(config: Config) -> list[str]:
    """A line for each group that a policy names and nobody is in."""
    known = {group for principal in config.principals for group in principal.groups}
    named = {
        name
        for rule in config.policies.rules
        for kind, name in mentioned(rule.document)
        if kind == "Group"
    }
    named |= {each.group for rule in config.policies.rules for each in rule.obligations.approvers}
    return [
        f"nobody is in the group {name}, which a policy names" for name in sorted(named - known)
    ]


def _known(config: Config) -> dict[str, set[str]]:
    principals, targets = config.principals, config.targets
    return {
        "Person": {each.name for each in principals if each.kind == "person"},
        "Workload": {each.name for each in principals if each.kind == "workload"},
        "Target": {each.name for each in targets},
        "Account": {f"{login}@{each.name}" for each in targets for login in each.accounts},
        "Label": {f"{name}={value}" for each in targets for name, value in each.labels.items()},
        "DataClass": {name for each in targets for name in each.mask},
    }


def mentioned(document: Any) -> Iterator[tuple[str, str]]:
    """Every entity in Cedar's JSON form."""
    if isinstance(document, dict):
        if set(document) == {"type", "id"}:
            yield document["type"], document["id"]
            return
        for value in document.values():
            yield from mentioned(value)
    elif isinstance(document, list):
        for value in document:
            yield from mentioned(value)
