"""The one decision point: what a set of policies says about a request.

Knows: policies and requests, Cedar between them. Must never know: where either comes from, what is
done about the answer. Asked through `gateway.policy.DecisionPoint`. The same request under the
same texts has the same answer, whenever and wherever it is asked: no clock, no file, no chance.

What is parsed is parsed once: the policies for each set, of many of them those that could be about
somebody on an account (`gateway.policies.slices`), the entities for each principal on each
account. Beside Cedar's own rules (nothing is allowed that no policy permits, one that forbids
wins), what every gatereel decides by:

- a policy that cannot be evaluated denies, and is named;
- `forward`, `unmask`, `approve` and what is done to others' sessions is permitted only by policies
  that name their action: one that permits everything on a target opens nobody's recordings;
- what a name leads to can only forbid;
- a permission that holds wins over one that does not, and of all that permit the strictest of what
  each obliges to holds.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence

import cedarpy

from gateway.policies import asking, obligations, rule
from gateway.policies.errors import PolicyError
from gateway.policies.evidence import basis_of
from gateway.policies.rule import Rule
from gateway.policies.slices import Slices
from gateway.policies.texts import Texts
from gateway.policy import (
    ACTIONS,
    APPROVE,
    ELSEWHERE,
    FORWARD,
    KUBE_ACTIONS,
    SESSION_ACTIONS,
    SQL_ACTIONS,
    UNMASK,
    Allow,
    Deny,
    Hold,
    Request,
    Verdict,
)
from recorder.events import Facts

NAMED_ONLY = (FORWARD, UNMASK, APPROVE)
_KNOWN = frozenset({*ACTIONS, *SQL_ACTIONS, *KUBE_ACTIONS, UNMASK, APPROVE})


class Policies:
    """A set of policies, parsed."""

    def __init__(self, texts: Texts) -> None:
        """Raises PolicyError for what does not read or does not fit the schema."""
        self.texts = texts
        self.rules, whole = rule.read(texts)
        self._slices = Slices(self.rules, whole)
        self._by_id: Mapping[str, Rule] = {each.id: each for each in self.rules}
        self._order = {each.id: number for number, each in enumerate(self.rules)}
        self._digest = texts.digest()
        problems = rule.validate(texts, self.rules)
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise PolicyError(f"{problems[0]}{more}")

    @classmethod
    def of(cls, **files: str) -> Policies:
        """From texts by their names without the suffix."""
        return cls(Texts.of({f"{name}.cedar": text for name, text in files.items()}))

    def digest(self) -> bytes:
        return self._digest

    def without(self, identities: Iterable[str]) -> Policies:
        """As if these were not: for whoever asks what they stand in the way of."""
        gone = set(identities)
        other = copy.copy(self)
        other.rules = tuple(each for each in self.rules if each.id not in gone)
        whole = rule.compiled({each.id: each.document for each in other.rules})
        other._slices = Slices(other.rules, whole)
        other._by_id = {each.id: each for each in other.rules}
        return other

    def find(self, identity: str) -> Rule:
        return self._by_id[identity]

    def decide(self, request: Request) -> Verdict:
        """The verdict, with the ids of all the policies that made it."""
        basis = basis_of(request, self._digest)
        about_session = request.action in SESSION_ACTIONS
        if about_session != bool(request.owner) or not (about_session or request.action in _KNOWN):
            return Deny((), f'there is no action "{request.action}"', basis)
        try:
            questions = asking.questions(request)
            results = cedarpy.is_authorized_batch(
                questions, self._slices.about(request), asking.entities_of(request)
            )
        except (KeyError, ValueError, TypeError) as problem:
            return Deny((), f"what is asked cannot be put to policy: {problem}", basis)
        errors = [each for result in results for each in result.diagnostics.errors]
        if errors:
            return Deny(_failed(errors), f"a policy failed: {_line(errors[0])}", basis)
        permitting: list[Rule] = []
        for result in results:
            if result.decision is not cedarpy.Decision.Allow:
                forbidding = self._named(result.diagnostics.reasons)
                if forbidding:
                    return Deny(_ids(forbidding), _reason(forbidding, "a policy forbids it"), basis)
                return Deny((), _nobody(request), basis)
            permitting += self._named(result.diagnostics.reasons)
        deciding = self._speaking(request, permitting)
        if not deciding:
            return Deny((), _nobody(request), basis)
        return _allowed(request, deciding, basis)

    def _named(self, reasons: Iterable[str]) -> list[Rule]:
        """In the order in which they are written."""
        found = [self._by_id[each] for each in set(reasons)]
        return found if len(found) < 2 else sorted(found, key=lambda each: self._order[each.id])

    def _speaking(self, request: Request, permitting: Sequence[Rule]) -> list[Rule]:
        """Those that count: see above."""
        others = request.owner not in ("", request.principal)
        wanted = others or request.action in NAMED_ONLY
        found = [each for each in permitting if each.names_action or not wanted]
        return list({each.id: each for each in found}.values())


def _allowed(request: Request, deciding: Sequence[Rule], basis: Facts) -> Verdict:
    obliged = [each.obligations for each in deciding]
    words = obligations.words(obliged, session=request.action == "connect")
    if request.action == FORWARD and not _nearby(deciding, str(request.facts.get("address"))):
        words = (*words, ELSEWHERE)
    holding = [each for each in deciding if each.obligations.approvers]
    terms = obligations.terms(obliged)
    if obligations.met(terms, request.when.approvals):
        return Allow(_ids(deciding), words, basis)
    reason = _reason(holding, "a second person must approve it")
    return Hold(_ids(holding), reason, terms, words, basis)


def _nearby(rules: Iterable[Rule], address: str) -> bool:
    """Whether one of them says this very address: no name, since whoever has the name says where
    it leads."""
    host, _, port = address.rpartition(":")
    places = {place for each in rules for place in each.obligations.nearby}
    return bool(places & {address, f"{host}:*"}) and bool(port)


def _ids(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(each.id for each in rules)


def _reason(rules: Sequence[Rule], otherwise: str) -> str:
    return next((each.obligations.reason for each in rules if each.obligations.reason), otherwise)


def _nobody(request: Request) -> str:
    if request.owner:
        whose = f"{request.action} a session of {request.owner}"
        return f"no policy lets {request.principal} {whose}"
    where = f"{request.account}@{request.target}"
    return f"no policy allows {request.principal} {request.action} on {where}"


def _failed(errors: Iterable[str]) -> tuple[str, ...]:
    found = (re.search(r"policy `([^`]*)`", each) for each in errors)
    return tuple(dict.fromkeys(match[1] for match in found if match))


def _line(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)[:300]
