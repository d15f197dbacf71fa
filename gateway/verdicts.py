"""A verdict as it is recorded. Pure.

Knows: verdicts and events. Must never know: who asked, what is done. Called by every relay, by
`gateway.session` and `gateway.logbook`: there is one way to write a decision down.
"""

from __future__ import annotations

from gateway.errors import Denied, NeedsApproval
from gateway.hold_errors import NotApproved
from gateway.policy import Allow, Deny, Hold, Verdict
from recorder.events import Decided, Facts

NOTICE = "notice:"


def decided(at: int, channel: int, request: int, verdict: Verdict, unmet: str = "") -> Decided:
    """``unmet``: why what an answer obliges to cannot be done here, so that it is a refusal."""
    match verdict:
        case Allow(rules, obligations, basis) if unmet:
            more = {"said": "allow", "obliged": list(obligations)}
            return Decided(at, channel, request, "deny", rules, unmet, {**basis, **more})
        case Allow(rules, obligations, basis):
            facts = _with(basis, obligations)
            return Decided(at, channel, request, "allow", rules, "", facts)
        case Deny(rules, reason, basis):
            return Decided(at, channel, request, "deny", rules, reason, basis)
        case Hold(rules, reason, _, obligations, basis):
            facts = _with(basis, obligations)
            return Decided(at, channel, request, "hold", rules, reason, facts)


def refusal(verdict: Verdict, what: str, lacking: str) -> Denied | NeedsApproval | NotApproved:
    """What the principal is told of an answer that does not let them; ``lacking`` as above."""
    match verdict:
        case Allow():
            return Denied(f"policy does not allow {what}: {lacking}")
        case Deny(reason=reason, basis=basis) if basis.get("said") == "hold":
            return NotApproved(f"{what} was not approved: {reason}")
        case Deny(reason=reason):
            return Denied(f"policy does not allow {what}: {reason}")
        case Hold(reason=reason):
            return NeedsApproval(f"{what} needs a second person's approval: {reason}")


def not_approved(verdict: Hold, reason: str) -> Deny:
    """The refusal that a hold came to."""
    said = {"said": "hold", **_with({}, verdict.obligations)}
    return Deny(verdict.rules, reason, {**verdict.basis, **said})


def notices(obligations: tuple[str, ...]) -> list[str]:
    """The lines that somebody is to be told."""
    return [each.removeprefix(NOTICE) for each in obligations if each.startswith(NOTICE)]


def unmet(obligations: tuple[str, ...], met: tuple[str, ...], who: str) -> str:
    """Why these cannot be carried out by ``who``, if they cannot. An obligation that nobody here
    can carry out must not be forgotten."""
    rest = [each for each in obligations if not each.startswith(NOTICE) and each not in met]
    return f"it asks for {', '.join(rest)}, which {who} cannot do" if rest else ""


def _with(basis: Facts, obligations: tuple[str, ...]) -> Facts:
    return {**basis, "obliged": list(obligations)} if obligations else basis
