"""A request that nobody has made, from words: what it would be if it came. Pure.

Knows: principals and targets of the configuration, what each action's facts are. Must never know:
verdicts. Called by `gateway.policies.commands` (``explain``) and `gateway.policies.trials`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from gateway.config import Config
from gateway.policies.errors import NotAsked
from gateway.policy import (
    ACTIONS,
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
    address_of,
)
from gateway.wire.transfers import transfer_of
from recorder.events import Facts

EVERY = (*ACTIONS, SFTP, *SESSION_ACTIONS, UNMASK, APPROVE, *SQL_ACTIONS, *KUBE_ACTIONS)
_OPERATIONS = {
    "read-file": "open",
    "write-file": "open",
    "list-files": "opendir",
    "change-files": "remove",
    "look-at-files": "stat",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What is asked, as a person writes it."""

    principal: str
    action: str
    """One of `EVERY`; ``open-sftp`` and ``sftp`` both stand for opening SFTP."""
    where: str
    """``account@target``; for a target with one account, the target alone."""
    what: str = ""
    """The command, path, address, subsystem, data class, or the action that is approved."""
    other: str = ""
    """The second path of an operation that has two; whose request is approved."""
    operation: str = ""
    terminal: bool = False
    owner: str = ""
    kind: str = ""
    groups: tuple[str, ...] | None = None
    """None: as the configuration has them."""
    place: Place | None = None


def suppose(config: Config, words: Words, when: Circumstances) -> Request:
    """The request. Raises NotAsked where there is nothing of that name."""
    account, target = _split(config, words.where)
    action = SFTP if words.action == "open-sftp" else words.action
    if action not in EVERY:
        raise NotAsked(f'there is no action "{words.action}"; there are {", ".join(EVERY)}')
    known = next((each for each in config.principals if each.name == words.principal), None)
    if known is None and (not words.kind or words.groups is None):
        raise NotAsked(f'there is no principal "{words.principal}" in {config.path.name}')
    place = words.place or next(
        (each.place for each in config.targets if each.name == target), None
    )
    if place is None:
        raise NotAsked(f'there is no target "{target}" in {config.path.name}')
    if when.source:
        try:
            ipaddress.ip_address(when.source)
        except ValueError:
            raise NotAsked(f'"{when.source}" is no IP address') from None
    facts = _facts(action, words)
    owner = words.owner or words.principal if action in SESSION_ACTIONS else ""
    return Request(
        principal=words.principal,
        kind=words.kind or (known.kind if known else "person"),
        groups=words.groups if words.groups is not None else (known.groups if known else ()),
        action="subsystem" if action == SFTP else action,
        target=target,
        account=account,
        facts=facts,
        owner=owner,
        place=place,
        when=when,
    )


def _split(config: Config, where: str) -> tuple[str, str]:
    account, at, target = where.rpartition("@")
    if at and account:
        return account, target
    accounts = [name for each in config.targets if each.name == target for name in each.accounts]
    if len(accounts) == 1:
        return accounts[0], target
    if not accounts:
        raise NotAsked(f'there is no target "{target}" in {config.path.name}')
    choices = ", ".join(f"{each}@{target}" for each in accounts)
    raise NotAsked(f"{target} has several accounts; write one of {choices}")


def _facts(action: str, words: Words) -> Facts:
    what = words.what
    needs: dict[str, str] = {"exec": "a command", "subsystem": "a name", FORWARD: "HOST:PORT"}
    needs |= {UNMASK: "a data class", APPROVE: "an action", **dict.fromkeys(FILE_ACTIONS, "a path")}
    if action in needs and not what:
        raise NotAsked(f"{action} needs {needs[action]} behind the target")
    if what and action not in needs:
        raise NotAsked(f'{action} takes nothing behind the target, and there is "{what}"')
    makers: dict[str, Callable[[], Facts]] = {
        "shell": lambda: {"terminal": words.terminal},
        "exec": lambda: command_facts(what.encode(), words.terminal),
        "subsystem": lambda: {"command": what.encode()},
        SFTP: lambda: {"command": SFTP.encode()},
        FORWARD: lambda: {"address": _address(what)},
        UNMASK: lambda: {"class": what},
        APPROVE: lambda: {"requester": words.other, "asked": what},
        **dict.fromkeys(FILE_ACTIONS, lambda: _file(action, words)),
    }
    return makers.get(action, dict)()


def command_facts(command: bytes, terminal: bool) -> Facts:
    """As a relay finds them."""
    moved = transfer_of(command)
    return {
        "command": command,
        "terminal": terminal,
        **({} if moved is None else moved.facts()),
    }


def _file(action: str, words: Words) -> Facts:
    found: Facts = {
        "operation": words.operation or _OPERATIONS[action],
        "path": words.what.encode(),
    }
    return {**found, "other": words.other.encode()} if words.other else found


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise NotAsked(f'"{text}" is no address; write db.example.org:5432')
    return address_of(host.removeprefix("[").removesuffix("]"), int(port))
