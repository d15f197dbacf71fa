"""What policy is asked about somebody who was proven, on a target. Pure.

Knows: proofs, routes, requests. Must never know: policies, sockets. Called by `gateway.session`.
"""

from __future__ import annotations

from gateway.identity import Proof
from gateway.policy import Circumstances, Request
from gateway.targets import Route
from recorder.events import Facts


def question(proof: Proof, route: Route, action: str, facts: Facts) -> Request:
    """May this principal do that there?"""
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


def asked_facts(request: Request) -> Facts:
    """As the question about connecting is recorded."""
    return {
        **request.facts,
        "principal": request.principal,
        "kind": request.kind,
        "groups": list(request.groups),
        "target": request.target,
        "account": request.account,
    }
