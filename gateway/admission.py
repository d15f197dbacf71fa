"""What is asked about a session, what a no to it says, and what a yes obliges to.

Knows: proofs, routes, verdicts and their words. Must never know: journals, sockets. Called by
`gateway.session`, and by whoever decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from gateway.errors import NeedsApproval, Revoked
from gateway.hold_errors import NotApproved
from gateway.identity import Proof
from gateway.masking.plan import OBLIGATION
from gateway.policy import (
    FORWARD,
    READ_FILE,
    SFTP,
    UNMASK,
    Allow,
    Circumstances,
    Deny,
    Hold,
    Request,
    Verdict,
)
from gateway.refusals import ConnectDenied, NotRecordable
from gateway.targets import Route
from recorder.errors import GatereelError, JournalError
from recorder.events import Facts

_SHOWING = frozenset({"shell", "exec", READ_FILE, FORWARD})


def shows(request: Request) -> bool:
    """Whether a target's data is seen by this: it is masked, or refused where that cannot be.
    SFTP decides about each file by itself."""
    if request.action == "subsystem":
        return request.facts.get("command") != SFTP.encode()
    return request.action in _SHOWING


def in_full(verdict: Verdict, decide: Callable[[Request], Verdict], request: Request) -> Verdict:
    """The answer to a request with all that it obliges to: what policy says about masks too."""
    if not isinstance(verdict, Allow) or not shows(request):
        return verdict
    # Who approved this has not approved that.
    alone = replace(request.when, approvals=())
    unmask = replace(request, action=UNMASK, facts={}, when=alone)
    return with_masks(verdict, decide, unmask, request.place.data)


def with_masks(
    verdict: Allow, decide: Callable[[Request], Verdict], unmask: Request, classes: Collection[str]
) -> Allow:
    """With the classes that must not be seen as obligations; the rules that spare somebody one
    are among those that decided."""
    rules, obligations = list(verdict.rules), list(verdict.obligations)
    for name in classes:
        spared = decide(replace(unmask, facts={**unmask.facts, "class": name}))
        if isinstance(spared, Allow) and not spared.obligations:
            rules += [rule for rule in spared.rules if rule not in rules]
        else:
            obligations.append(OBLIGATION + name)
    return Allow(tuple(rules), tuple(obligations), verdict.basis)


def request_for(proof: Proof, route: Route, action: str, facts: Facts) -> Request:
    principal = proof.principal
    return Request(
        principal=principal.name,
        kind=principal.kind,
        groups=principal.groups,
        action=action,
        target=route.target.name,
        account=route.account.name,
        facts=facts,
        place=route.target.place,
        when=Circumstances(source=proof.source, method=proof.method),
    )


def connecting(
    proof: Proof, route: Route, address: str, jump: str, approvals: tuple[str, ...] = ()
) -> Request:
    """The question about a connection, with the approvals that there are for it."""
    facts = {"address": address, **({"jump": jump} if jump else {})}
    request = request_for(proof, route, "connect", facts)
    return replace(request, when=replace(request.when, approvals=approvals))


def asked_facts(request: Request) -> Facts:
    return {
        **request.facts,
        "principal": request.principal,
        "kind": request.kind,
        "groups": list(request.groups),
        "target": request.target,
        "account": request.account,
    }


def revoked(what: str, reason: str = "") -> Revoked:
    why = f"{what}: {reason}" if reason else what
    return Revoked(f"this ends, since the gateway's configuration has changed: {why}", operator=why)


def not_recordable(problem: JournalError) -> NotRecordable:
    return NotRecordable(
        "the session cannot be recorded, so it does not begin; tell whoever runs this gateway",
        operator=problem.operator,
    )


def refusal(verdict: Deny | Hold, proof: Proof, route: Route) -> GatereelError:
    where = f"{route.account.name}@{route.target.name}"
    if isinstance(verdict, Hold):
        return NeedsApproval(
            f"{where} needs a second person's approval ({verdict.reason}), which cannot be asked"
            " for here"
        )
    if verdict.basis.get("said") == "hold":
        return NotApproved(f"connecting to {where} was not approved: {verdict.reason}")
    return ConnectDenied(
        f"{proof.principal.name} may not connect to {where}: {verdict.reason};"
        " ask whoever runs this gateway for a policy"
    )
