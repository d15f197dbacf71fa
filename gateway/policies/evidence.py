"""What a decision rested on, for the record, and the request that the record stands for. Pure.

Knows: requests and facts. Must never know: policies, recordings, files. Called by
`gateway.policies.decision`, which gives it to every verdict, and by `gateway.policies.again`.

The action and its facts are in the `Asked` event before it; everything else is here: who asked, as
which of whose groups, about what, when, from where, and under which set of policies.
"""

from __future__ import annotations

from gateway.policy import Circumstances, Place, Request
from recorder.events import Facts


def basis_of(request: Request, policy: bytes) -> Facts:
    """As it is recorded. Only what is not empty: a decision may be one of thousands."""
    when, place = request.when, request.place
    found: Facts = {
        "policy": policy,
        "principal": request.principal,
        "kind": request.kind,
        "groups": list(request.groups),
        "target": request.target,
        "account": request.account,
        "owner": request.owner,
        "type": place.kind,
        "labels": dict(place.labels),
        "data": list(place.data),
        "at": when.at,
        "offset": when.offset,
        "source": when.source,
        "method": when.method,
        "ticket": when.ticket,
        "reason": when.reason,
        "approvals": list(when.approvals),
    }
    return {key: value for key, value in found.items() if value}


def request_of(action: str, facts: Facts, basis: Facts) -> Request:
    """The request again. Raises KeyError or TypeError where the record is none of `basis_of`."""
    return Request(
        principal=str(basis["principal"]),
        kind=str(basis["kind"]),
        groups=tuple(basis.get("groups", ())),
        action=action,
        target=str(basis.get("target", "")),
        account=str(basis.get("account", "")),
        facts=facts,
        owner=str(basis.get("owner", "")),
        place=Place(
            kind=str(basis.get("type", "ssh")),
            labels=tuple(sorted(dict(basis.get("labels", {})).items())),
            data=tuple(basis.get("data", ())),
        ),
        when=Circumstances(
            at=int(basis.get("at", 0)),
            offset=int(basis.get("offset", 0)),
            source=str(basis.get("source", "")),
            method=str(basis.get("method", "")),
            ticket=str(basis.get("ticket", "")),
            reason=str(basis.get("reason", "")),
            approvals=tuple(basis.get("approvals", ())),
        ),
    )
