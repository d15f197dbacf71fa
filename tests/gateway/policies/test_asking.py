"""What Cedar is asked, and with how little."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import cedarpy

from gateway.policies.asking import entities_of, questions
from gateway.policies.texts import SCHEMA
from gateway.policy import (
    ACTIONS,
    APPROVE,
    KUBE_ACTIONS,
    SESSION_ACTIONS,
    SQL_ACTIONS,
    UNMASK,
    Circumstances,
    Request,
    place_of,
)

WHEN = Circumstances(5, 3600, "10.0.0.1", "publickey", "CHG-1", "because", ("dba",))
PLACE = place_of("ssh", {"env": "prod"}, ("email",))
ASKED = Request("alice", "person", ("sre",), "connect", "web1", "root", {}, "", PLACE, WHEN)
FACTS: dict[str, dict[str, Any]] = {
    "exec": {"command": b"scp -t /x", "program": "scp", "way": "written", "paths": [b"/x"]},
    "subsystem": {"command": b"netconf"},
    "forward": {"address": "10.0.0.2:1", "resolved": ["10.0.0.3:1", "[::1]:1"]},
    "read-file": {"operation": "open", "path": b"/a", "other": b"/b"},
    UNMASK: {"class": "email"},
    APPROVE: {"requester": "bob", "asked": "exec"},
}


def test_every_action_is_asked_as_the_schema_has_it() -> None:
    policies = cedarpy.PolicySet.from_str("permit (principal, action, resource);")
    for action in (*ACTIONS, *SESSION_ACTIONS, *SQL_ACTIONS, *KUBE_ACTIONS, UNMASK, APPROVE):
        owner = "bob" if action in SESSION_ACTIONS else ""
        request = replace(ASKED, action=action, owner=owner, facts=FACTS.get(action, {}))
        for question in questions(request):
            result = cedarpy.is_authorized(question, policies, entities_of(request), SCHEMA)
            assert result.allowed, (action, result.diagnostics.errors)


def test_a_name_is_asked_about_once_for_each_address_it_has() -> None:
    request = replace(ASKED, action="forward", facts={**FACTS["forward"], "address": "db:1"})
    found = [json.loads(question["context"]).get("ip") for question in questions(request)]
    assert found[0] is None
    assert [each["__extn"]["arg"] for each in found[1:]] == ["10.0.0.3", "::1"]


def test_entities_are_few_and_parsed_once() -> None:
    assert entities_of(ASKED) is entities_of(replace(ASKED, action="shell", when=Circumstances()))
    own = [each for each in json.loads(str(entities_of(ASKED))) if each["uid"]["type"] != "Action"]
    assert sorted(each["uid"]["type"] for each in own) == ["Account", "Person", "Target"]
