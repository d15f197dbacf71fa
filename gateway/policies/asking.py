"""A request as Cedar is asked it: principal, action, resource, context, and the few entities that
it needs. Pure.

Knows: requests, the schema's names. Must never know: policies, verdicts. Called by
`gateway.policies.decision`.

Rules get facts that are parsed, never text to pick apart: what cannot be read with certainty is
absent, and says so.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import json
import posixpath
from collections.abc import Mapping
from typing import Any

import cedarpy

from gateway import command_line
from gateway.policy import (
    APPROVE,
    FILE_ACTIONS,
    FORWARD,
    KUBE_ACTIONS,
    SESSION_ACTIONS,
    SFTP,
    SQL_ACTIONS,
    UNMASK,
    Circumstances,
    Place,
    Request,
)

OPEN_SFTP = "open-sftp"
_GROUPS: Mapping[str, tuple[str, ...]] = {
    OPEN_SFTP: (SFTP, "subsystem"),
    **dict.fromkeys(FILE_ACTIONS, (SFTP,)),
    **dict.fromkeys(SESSION_ACTIONS, ("oversight",)),
    **dict.fromkeys(SQL_ACTIONS, ("sql",)),
    **dict.fromkeys(KUBE_ACTIONS, ("kube",)),
}
"""Actions in the groups that the schema has."""
KEPT = 16384
"""Parsed entities that are kept: a principal on an account is one or two, of some kilobytes."""
_TYPES = {"person": "Person", "workload": "Workload"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - local time is added by hand


@functools.lru_cache(KEPT)
def entities(
    principal: str,
    kind: str,
    groups: tuple[str, ...],
    target: str,
    account: str,
    place: Place,
    owner: str,
    action: str,
) -> cedarpy.Entities:
    """Those that a request of these may need, parsed once. ``action``: one that is in others, or
    empty; a handle with every action would be ten times the size, and there is one for each
    principal."""
    labels = [("Label", f"{name}={value}") for name, value in place.labels]
    about = _id("Target", target)
    login = f"{account}@{target}"
    found = [
        _entity(
            _TYPES.get(kind, "Person"),
            principal,
            {"name": principal},
            [("Group", group) for group in groups],
        ),
        _entity(
            "Target",
            target,
            {
                "kind": place.kind,
                "data": [{"__entity": _id("DataClass", each)} for each in place.data],
            },
            labels,
        ),
        _entity(
            "Account",
            login,
            {"login": account, "target": {"__entity": about}},
            [("Target", target)],
        ),
    ]
    if action:
        over = _GROUPS[action]
        found.append(_entity("Action", action, {}, [("Action", group) for group in over]))
    if owner:
        attributes = {
            "owner": owner,
            "own": owner == principal,
            "login": account,
            "target": {"__entity": about},
        }
        found.append(_entity("Session", "", attributes, [("Account", login)]))
    return cedarpy.Entities.from_json_str(json.dumps(found))


def entities_of(request: Request) -> cedarpy.Entities:
    action = _action(request)
    return entities(
        request.principal,
        request.kind,
        request.groups,
        request.target,
        request.account,
        request.place,
        request.owner,
        action if action in _GROUPS else "",
    )


def _action(request: Request) -> str:
    if request.action == "subsystem" and request.facts.get("command") == SFTP.encode():
        return OPEN_SFTP
    return request.action


def questions(request: Request) -> list[dict[str, Any]]:
    """What Cedar is asked: once, or of a name that leads somewhere once more for each address.
    All of them must be allowed. The facts are of the types that `Request` says; what is not of
    them raises ValueError."""
    login = f"{request.account}@{request.target}"
    common = {
        "principal": _id(_TYPES.get(request.kind, "Person"), request.principal),
        "action": _id("Action", _action(request)),
        "resource": _id("Session", "") if request.owner else _id("Account", login),
    }
    context = {**_circumstances(request.when), **_facts(request)}
    found = [{**common, "context": json.dumps(context)}]
    if request.action == FORWARD:
        for address in request.facts.get("resolved", ()):
            more = {**context, **_ip(_parted(address)[0])}
            found.append({**common, "context": json.dumps(more)})
    return found


def _circumstances(when: Circumstances) -> dict[str, Any]:
    moment = _EPOCH + datetime.timedelta(microseconds=when.at)
    here = moment + datetime.timedelta(seconds=when.offset)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    found: dict[str, Any] = {
        "time": {"__extn": {"fn": "datetime", "arg": stamp}},
        "weekday": _DAYS[here.weekday()],
        "hour": here.hour,
        "minute": here.minute,
        "method": when.method,
        "approvals": list(when.approvals),
    }
    source = _ip(when.source)
    if source:
        found["source"] = source["ip"]
    said = {"ticket": when.ticket, "reason": when.reason}
    return {**found, **{name: value for name, value in said.items() if value}}


def _facts(request: Request) -> dict[str, Any]:
    facts = request.facts
    action = request.action
    if action == "shell":
        return {"terminal": bool(facts.get("terminal"))}
    if action == "exec":
        return {"terminal": bool(facts.get("terminal")), **_command(facts.get("command", b""))} | (
            _transfer(facts)
        )
    if action == "subsystem":
        return {"name": facts.get("command", b"").decode("ascii", "replace")}
    if action in FILE_ACTIONS:
        return {
            "operation": str(facts.get("operation", "")),
            **_path("path", facts.get("path")),
            **_path("other", facts.get("other")),
        }
    if action == FORWARD:
        host, port = _parted(str(facts["address"]))
        return {"host": host, "port": port, **_ip(host)}
    if action == UNMASK:
        return {"class": {"__entity": _id("DataClass", str(facts["class"]))}}
    if action == APPROVE:
        return {"requester": str(facts["requester"]), "asked": str(facts["asked"])}
    return {}


def _command(command: bytes) -> dict[str, Any]:
    match command_line.read(command):
        case command_line.Plain(argv) as plain:
            return {
                "unknown": False,
                "command": {
                    "program": argv[0],
                    "arguments": list(argv[1:]),
                    "count": len(argv) - 1,
                    "line": plain.line,
                },
            }
        case command_line.Unknown():
            return {"unknown": True}


def _transfer(facts: Mapping[str, Any]) -> dict[str, Any]:
    if "program" not in facts:
        return {}
    paths = [_text(path) for path in facts.get("paths", ())]
    return {
        "transfer": {
            "program": str(facts["program"]),
            "way": str(facts.get("way", "")),
            "paths": [path for path in paths if path is not None],
        }
    }


def _path(name: str, path: object) -> dict[str, str]:
    text = _text(path)
    if text is None or not text.startswith("/") or "\0" in text:
        return {}
    if text != posixpath.normpath(text) or text.startswith("//"):
        return {}
    return {name: text}


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _parted(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _ip(host: str) -> dict[str, Any]:
    """As Cedar has it. An IPv4 address in an IPv6 one is the IPv4 address: both lead there."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return {}
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return {"ip": {"__extn": {"fn": "ip", "arg": str(found)}}}


def _entity(
    kind: str, name: str, attributes: dict[str, Any], parents: list[tuple[str, str]]
) -> dict[str, Any]:
    ids = [_id(*parent) for parent in parents]
    return {"uid": _id(kind, name), "attrs": attributes, "parents": ids}


def _id(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}
