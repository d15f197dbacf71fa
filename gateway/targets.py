"""Names to targets: what an SSH user name asks for, and what it means here.

Knows: the addressing ``[account@]target`` and ``account%target``, and the configured targets.
Must never know: who asks (that is identity), whether they may (that is policy), or sockets.
Called by `gateway.session`, and by ``gatereel check`` for names that collide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
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
    """A target, the account to be used there, and what it is reached through."""

    target: Target
    account: Account
    through: Route | None = None

    @property
    def hops(self) -> list[Route]:
        """All that is connected to, in order: the target itself last."""
        return [*(self.through.hops if self.through is not None else ()), self]


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
        self._aliases = {
            alias: target for target in self._by_name.values() for alias in target.aliases
        }

    def resolve(self, name: str, reachable: Callable[[Target, Account], bool]) -> Route:
        """What the user name asks for.

        ``reachable`` tells what this principal may reach: errors name nothing else, so that
        nobody learns a target's name by guessing.
        """
        address = parse_user(name)
        target = self.named(address.target)
        if target is None or not any(reachable(target, a) for a in target.accounts.values()):
            raise self._unknown(address.target, reachable)
        if address.account is not None:
            account = target.accounts.get(address.account)
            if account is None:
                raise UnknownAccount(
                    f"{target.name} has no account {quoted(address.account)} here;"
                    f" {_offer(target, reachable)}",
                    operator=f"account {address.account!r} asked for on {target.name}",
                )
            return self._route(target, account)
        if len(target.accounts) == 1:
            return self._route(target, next(iter(target.accounts.values())))
        raise UnknownAccount(
            f"{target.name} has several accounts, so name one: {_offer(target, reachable)}",
            operator=f"no account named for {target.name}",
        )

    def named(self, name: str) -> Target | None:
        """By its name, or one of its others."""
        return self._by_name.get(name) or self._aliases.get(name)

    def at(
        self, host: str, port: int, reachable: Callable[[Target, Account], bool]
    ) -> Target | None:
        """Which target a client means that asks for a connection there: by name or alias, at the
        target's own port or SSH's; or by its very address. None where this principal may reach
        none such, or several have that address."""
        folded = host.casefold()
        offered = [
            target
            for target in self._by_name.values()
            if any(reachable(target, account) for account in target.accounts.values())
        ]
        for target in offered:
            names = (target.name, *target.aliases)
            if port in (22, target.port) and folded in (name.casefold() for name in names):
                return target
        found = [each for each in offered if (each.host.casefold(), each.port) == (folded, port)]
        return found[0] if len(found) == 1 else None

    def hosts(self, reachable: Callable[[Target, Account], bool]) -> list[str]:
        """Under what names and addresses a client may ask for what this principal may reach."""
        return sorted(
            {
                name.casefold()
                for target in self._by_name.values()
                if any(reachable(target, account) for account in target.accounts.values())
                for name in (target.name, *target.aliases, target.host)
            }
        )

    def has(self, route: Route) -> bool:
        """Whether a target and an account of these names are still registered."""
        target = self._by_name.get(route.target.name)
        return target is not None and route.account.name in target.accounts

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
        target = self.named(address.target)
        return target is None or not any(reachable(target, a) for a in target.accounts.values())

    def reachable(self, may: Callable[[Target, Account], bool]) -> list[str]:
        """``account@target`` of all that this principal may reach, sorted."""
        return sorted(
            f"{account.name}@{target.name}"
            for target in self._by_name.values()
            for account in target.accounts.values()
            if may(target, account)
        )

    def _route(self, target: Target, account: Account) -> Route:
        """With the way there, which `gateway.config` has seen to end."""
        if not target.jump:
            return Route(target, account)
        login, _, name = target.jump.rpartition("@")
        through = self._by_name[name]
        accounts = through.accounts
        passed = accounts[login] if login else next(iter(accounts.values()))
        return Route(target, account, self._route(through, passed))

    def _unknown(self, name: str, may: Callable[[Target, Account], bool]) -> UnknownTarget:
        offered = self.reachable(may)
        if offered:
            shown = ", ".join(offered[:8]) + (", ..." if len(offered) > 8 else "")
            hint = f"you may reach: {shown}"
        else:
            hint = "no policy lets you reach any; ask whoever runs this gateway"
        return UnknownTarget(
            f"there is no target {quoted(name)} for you here; {hint}",
            operator=f"target {name!r} asked for",
        )


def _offer(target: Target, may: Callable[[Target, Account], bool]) -> str:
    names = sorted(account.name for account in target.accounts.values() if may(target, account))
    return "you may use: " + ", ".join(f"{name}@{target.name}" for name in names)


def quoted(name: str) -> str:
    """A name that a client sent, safe to show: its own control characters stay harmless."""
    shown = name if len(name) <= 64 else name[:61] + "..."
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown) + '"'


def collisions(targets: Collection[Target], principals: Iterable[str]) -> list[str]:
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
    for target in targets:
        for alias in target.aliases:
            folded = alias.casefold()
            if folded == GATEWAY_NAME or folded in owners or folded in seen:
                taken = "the gateway itself" if folded == GATEWAY_NAME else "something else"
                problems.append(
                    f'targets.{target.name}: its alias "{alias}" means {taken} already; take it out'
                )
            seen.setdefault(folded, target.name)
    return problems
