"""Names to targets: what an SSH user name asks for, and what it means here.

Knows: the addressing ``[account@]target`` and ``account%target``, and the configured targets.
Must never know: who asks (that is identity), whether they may (that is policy), or sockets.
Called by `gateway.session`, and by ``gatereel check`` for names that collide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.config import GATEWAY_NAME, Account, Target
from gateway.refusals import UnknownAccount, UnknownTarget


@dataclass(frozen=True, slots=True)
class Address:
    """What was asked for, taken apart and not yet looked up."""

    account: str | None
    target: str


@dataclass(frozen=True, slots=True)
class Route:
    """A target and the account to be used there."""

    target: Target
    account: Account


def parse_user(name: str) -> Address:
    """``[account@]target``, split at the last ``@``; else ``account%target``, at the last ``%``."""
    for separator in "@%":
        account, found, target = name.rpartition(separator)
        if found:
            return Address(account or None, target)
    return Address(None, name)


class Targets:
    """The registry."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_name: Mapping[str, Target] = {target.name: target for target in targets}

    def resolve(self, name: str, reachable: Callable[[Target, Account], bool]) -> Route:
        """What the user name asks for.

        ``reachable`` tells what this principal may reach: errors name nothing else, so that
        nobody learns a target's name by guessing.
        """
        address = parse_user(name)
        target = self._by_name.get(address.target)
        if target is None or not any(reachable(target, a) for a in target.accounts.values()):
            raise self._unknown(address.target, reachable)
        if address.account is not None:
            account = target.accounts.get(address.account)
            if account is None:
                raise UnknownAccount(
                    f"{target.name} has no account {_quoted(address.account)} here;"
                    f" {_offer(target, reachable)}",
                    operator=f"account {address.account!r} asked for on {target.name}",
                )
            return Route(target, account)
        if len(target.accounts) == 1:
            return Route(target, next(iter(target.accounts.values())))
        raise UnknownAccount(
            f"{target.name} has several accounts, so name one: {_offer(target, reachable)}",
            operator=f"no account named for {target.name}",
        )

    def means_gateway(
        self, name: str, principal: str, reachable: Callable[[Target, Account], bool]
    ) -> bool:
        """Whether this user name addresses the gateway itself: by its name, by the principal's
        own, or by one that is no target for this principal. Who names an account means a target.
        """
        address = parse_user(name)
        if address.account is not None:
            return False
        if address.target in (GATEWAY_NAME, principal):
            return True
        target = self._by_name.get(address.target)
        return target is None or not any(reachable(target, a) for a in target.accounts.values())

    def reachable(self, may: Callable[[Target, Account], bool]) -> list[str]:
        """``account@target`` of all that this principal may reach, sorted."""
        return sorted(
            f"{account.name}@{target.name}"
            for target in self._by_name.values()
            for account in target.accounts.values()
            if may(target, account)
        )

    def _unknown(self, name: str, may: Callable[[Target, Account], bool]) -> UnknownTarget:
        offered = self.reachable(may)
        if offered:
            shown = ", ".join(offered[:8]) + (", ..." if len(offered) > 8 else "")
            hint = f"you may reach: {shown}"
        else:
            hint = "no rule lets you reach any; ask whoever runs this gateway"
        return UnknownTarget(
            f"there is no target {_quoted(name)} for you here; {hint}",
            operator=f"target {name!r} asked for",
        )


def _offer(target: Target, may: Callable[[Target, Account], bool]) -> str:
    names = sorted(account.name for account in target.accounts.values() if may(target, account))
    return "you may use: " + ", ".join(f"{name}@{target.name}" for name in names)


def _quoted(name: str) -> str:
    """A name that a client sent, safe to show: its own control characters stay harmless."""
    shown = name if len(name) <= 64 else name[:61] + "..."
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown) + '"'


def collisions(targets: Iterable[Target], principals: Iterable[str]) -> list[str]:
    """Names that would mean two things, each as a line for a person."""
    problems = []
    owners = {name.casefold(): name for name in principals}
    if GATEWAY_NAME in owners:
        problems.append(
            f'principals.{owners[GATEWAY_NAME]}: "{GATEWAY_NAME}" means the gateway itself;'
            " rename it"
        )
    seen: dict[str, str] = {}
    for target in targets:
        folded = target.name.casefold()
        if folded == GATEWAY_NAME:
            problems.append(
                f'targets.{target.name}: "{GATEWAY_NAME}" means the gateway itself; rename it'
            )
        elif folded in owners:
            problems.append(
                f"targets.{target.name}: a principal has this name, and a principal's own name"
                " means the gateway itself; rename one of them"
            )
        elif folded in seen:
            problems.append(
                f"targets.{target.name}: differs from targets.{seen[folded]} by case only;"
                " rename one of them"
            )
        seen.setdefault(folded, target.name)
    return problems
