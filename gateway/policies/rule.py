"""One policy as it was written: its id, its place, what it is about, what it obliges to.

Knows: the text of policies, through Cedar's own parser. Must never know: requests. Called by
`gateway.policies.decision`, and by whoever explains or checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cedarpy

from gateway.policies import obligations
from gateway.policies.errors import PolicyError
from gateway.policies.obligations import Obligations
from gateway.policies.spans import spans
from gateway.policies.texts import Texts


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy."""

    id: str
    file: str
    number: int
    """In its file, from 1."""
    line: int
    text: str
    """As it is written."""
    permits: bool
    document: Mapping[str, Any]
    """Cedar's own JSON form."""
    obligations: Obligations

    @property
    def names_action(self) -> bool:
        """Whether it says which actions it is about."""
        return bool(self.document["action"]["op"] != "All")

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"

    def scope(self, part: str) -> tuple[tuple[str, str], ...]:
        """The entities that its head names for "principal", "action" or "resource"; none: all."""
        head = self.document[part]
        named = head.get("entities") or ([head["entity"]] if "entity" in head else [])
        return tuple((each["type"], each["id"]) for each in named)


def read(texts: Texts) -> tuple[tuple[Rule, ...], cedarpy.PolicySet]:
    """All of them, and what Cedar decides by. Raises PolicyError."""
    rules: list[Rule] = []
    for file, text in texts.files.items():
        rules += _file(file, text)
    seen: dict[str, Rule] = {}
    for rule in rules:
        if (other := seen.setdefault(rule.id, rule)) is not rule:
            raise PolicyError(f'{rule.where}: the id "{rule.id}" is that of {other.where} too')
    return tuple(rules), compiled({rule.id: rule.document for rule in rules})


def compiled(documents: Mapping[str, Mapping[str, Any]]) -> cedarpy.PolicySet:
    """What Cedar decides by, of policies in its JSON form, by what it is to call them."""
    return cedarpy.PolicySet.from_json_str(as_json(documents))


def as_json(documents: Mapping[str, Mapping[str, Any]]) -> str:
    return json.dumps({"staticPolicies": documents, "templates": {}, "templateLinks": []})


def validate(texts: Texts, rules: tuple[Rule, ...]) -> list[str]:
    """What the schema says is wrong, a line each."""
    try:
        result = cedarpy.validate_policies(
            cedarpy.policies_from_json_str(
                as_json({f"p{n}": each.document for n, each in enumerate(rules)})
            ),
            texts.schema,
        )
    except ValueError as problem:
        return [str(problem)]
    return [f"{_named(error.policy_id, rules)}{_plain(error.error)}" for error in result.errors]


def _named(identity: str, rules: tuple[Rule, ...]) -> str:
    match = re.fullmatch(r"policy([0-9]+)", identity)
    if match is None or int(match[1]) >= len(rules):
        return ""
    rule = rules[int(match[1])]
    return f'{rule.where} ("{rule.id}"): '


def _plain(error: str) -> str:
    return re.sub(r"^for policy `[^`]*`, ", "", error)


def _file(file: str, text: str) -> Iterator[Rule]:
    try:
        document = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as problem:
        raise PolicyError(f"{file} does not read as Cedar: {problem}") from None
    if document["templates"]:
        raise PolicyError(f"{file} has a template (?principal, ?resource); write policies")
    found = document["staticPolicies"]
    stem = file.removesuffix(".cedar")
    places = spans(text)
    if len(places) != len(found):
        raise PolicyError(f"{file}: {len(found)} policies, and {len(places)} ends of them")
    for number, key in enumerate(sorted(found, key=lambda each: int(each[6:])), 1):
        place = places[number - 1]
        policy = found[key]
        annotations = {name: value or "" for name, value in policy.get("annotations", {}).items()}
        identity = annotations.get("id") or f"{stem}#{number}"
        if not identity.isprintable() or len(identity) > 200:
            raise PolicyError(f"{file}:{place.line}: its id is not a printable line")
        permits = policy["effect"] == "permit"
        try:
            obliged = obligations.read(annotations, permits=permits)
        except ValueError as problem:
            raise PolicyError(f"{file}:{place.line}: {problem}") from None
        yield Rule(identity, file, number, place.line, place.text, permits, policy, obliged)
