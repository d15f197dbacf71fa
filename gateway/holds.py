"""The hold board: what waits for a second person, and how it ends. Pure.

Knows: a hold, its terms, the answers to it, the moves that there are. Must never know: databases,
sockets, clocks (``now`` is passed in, in µs since 1970), how somebody proved who they are.
Kept by `gateway.state.board`, driven by `gateway.approvals` (who waits) and `gateway.hold_desk`
(who answers).

An approval is for exactly what was asked: the digest is over principal, kind, action, target,
account and every fact, to the byte. It is used once, and never after it has expired. Nobody
approves their own: an answer is a principal's, by whichever of their keys, and the requester's is
refused whatever policy says. Everybody answers once, on behalf of one group; so two groups are
always two people. One denial ends it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from gateway.hold_errors import AnswerRefused, HoldOver
from gateway.policy import Approvers, Terms
from recorder.events import Facts
from recorder.held import Said, digest_of
from recorder.held import read as read
from recorder.held import written as written

ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Those that are not mistaken for others; an id is eight of them."""
ID_LENGTH = 8
REASON = 500
"""Characters."""


class State(Enum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    USED = "used"


class Move(Enum):
    APPROVE = "approve"
    """The last approval that was lacking."""
    DENY = "deny"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    USE = "use"


MOVES: Mapping[tuple[State, Move], State] = {
    (State.PENDING, Move.APPROVE): State.APPROVED,
    (State.PENDING, Move.DENY): State.DENIED,
    (State.PENDING, Move.WITHDRAW): State.WITHDRAWN,
    (State.PENDING, Move.EXPIRE): State.EXPIRED,
    (State.APPROVED, Move.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Move.EXPIRE): State.EXPIRED,
    (State.APPROVED, Move.USE): State.USED,
}
"""All that can happen; what is not here is refused. Nothing leaves any other state."""

OPEN = (State.PENDING, State.APPROVED)
"""Where something can still come of it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be approved: nothing else is."""

    principal: str
    kind: str
    action: str
    """As policy was asked; "grant" where it is a time window that is asked for."""
    target: str
    account: str
    facts: Facts = field(default_factory=dict)
    """As policy was asked, and whatever else goes to the target with it (``environment``)."""

    def digest(self) -> bytes:
        """SHA-256. Two subjects that differ in a byte have two digests."""
        return digest_of(
            self.principal, self.kind, self.action, self.target, self.account, self.facts
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What one approver said."""

    by: str
    """The principal, as proven."""
    group: str
    """On whose behalf."""
    approves: bool
    reason: str
    at: int
    how: Facts = field(default_factory=dict)
    """Evidence: ``key`` (fingerprint), ``method``, ``address``, ``recording`` (the id of the
    gateway's own recording that has the connection)."""
    signature: bytes = b""
    """SSHSIG over `statement`, verified by whoever took it; empty: none."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One request that waits, or did."""

    id: str
    subject: Subject
    terms: Terms
    reason: str
    """Why policy wants it, as the policy says."""
    opened: int
    """µs since 1970."""
    expires: int
    session: str = ""
    """The recording that it is in; empty: none."""
    uncovered: tuple[str, ...] = ()
    """What follows that no approval of this can cover, said to whoever approves."""
    gateway: str = ""
    """The run of a gateway at which it waits."""
    state: State = State.PENDING
    answers: tuple[Answer, ...] = ()
    why: str = ""
    """How it ended."""

    @property
    def digest(self) -> bytes:
        return self.subject.digest()


def open_hold(
    identity: str,
    subject: Subject,
    terms: Terms,
    now: int,
    *,
    reason: str = "",
    session: str = "",
    uncovered: tuple[str, ...] = (),
    gateway: str = "",
) -> Hold:
    """A new one. ``identity`` is of `new_id`."""
    return Hold(
        identity,
        subject,
        terms,
        reason,
        now,
        now + terms.expires * 1_000_000,
        session,
        uncovered,
        gateway,
    )


def new_id(entropy: bytes) -> str:
    """Of as many random bytes as `ID_LENGTH`."""
    return "".join(ID_LETTERS[byte & 31] for byte in entropy[:ID_LENGTH])


def lacking(hold: Hold) -> tuple[Approvers, ...]:
    """Who must approve yet."""
    have = Counter(each.group for each in hold.answers if each.approves)
    found = (Approvers(a.group, a.count - have[a.group]) for a in hold.terms.approvers)
    return tuple(each for each in found if each.count > 0)


def approvals(hold: Hold) -> tuple[str, ...]:
    """The group of each approval, for `Circumstances.approvals`: sorted, one for each person."""
    return tuple(sorted(each.group for each in hold.answers if each.approves))


def for_group(hold: Hold, groups: tuple[str, ...], named: str = "") -> str:
    """On behalf of which group somebody in ``groups`` answers: the one that they name, else the
    first that is lacking. Raises AnswerRefused where they are in none that can."""
    wanted = [each.group for each in lacking(hold) if each.group in groups]
    if named:
        if named in wanted:
            return named
        raise AnswerRefused(f"you cannot answer this on behalf of {named}; leave --for out")
    if wanted:
        return wanted[0]
    asked = " and ".join(shown_terms(hold.terms))
    raise AnswerRefused(f"this is for {asked} to answer, and you are not among those it lacks")


def answer(hold: Hold, given: Answer, now: int) -> Hold:
    """With this answer. Raises HoldOver or AnswerRefused, and then nothing has changed."""
    if given.by == hold.subject.principal:
        raise AnswerRefused("nobody answers their own request; withdraw it, or ask somebody else")
    _still(hold, now)
    if not given.reason.strip() or len(given.reason) > REASON or not given.reason.isprintable():
        raise AnswerRefused(f"say why, in one printable line of at most {REASON} characters")
    if any(each.by == given.by for each in hold.answers):
        raise AnswerRefused("you have answered this already; it lacks somebody else")
    if given.group not in [each.group for each in lacking(hold)]:
        raise AnswerRefused(f"nothing is lacking from {given.group or 'no group'}")
    if given.approves and hold.terms.signed and not given.signature:
        raise AnswerRefused(
            "this must be signed by your own key: gatereel approve ID --reason ... does that"
        )
    with_it = replace(hold, answers=(*hold.answers, given))
    if not given.approves:
        return _moved(with_it, Move.DENY, f"denied by {given.by}: {given.reason}")
    if lacking(with_it):
        return with_it
    return _moved(with_it, Move.APPROVE, "approved")


def withdraw(hold: Hold, why: str) -> Hold:
    """By whoever asked, or because nobody waits for it any more. Raises HoldOver."""
    return _moved(hold, Move.WITHDRAW, why)


def expire(hold: Hold, now: int) -> Hold:
    """As it is at this time: expired, if it is open and its time is over."""
    if hold.state in OPEN and now >= hold.expires:
        return _moved(hold, Move.EXPIRE, "nobody approved it in time")
    return hold


def use(hold: Hold, digest: bytes, now: int) -> Hold:
    """For what has this digest, once. Raises HoldOver where it is not approved, or not any more;
    AnswerRefused where the approval is for something else."""
    _still(hold, now, (State.APPROVED,))
    if digest != hold.digest:
        raise AnswerRefused("the approval is for something else")
    return _moved(hold, Move.USE, "used")


def statement(hold: Hold, given: Answer) -> bytes:
    """What an approver signs: it names all that the answer means, in one spelling."""
    return Said(
        given.approves, hold.id, hold.digest, hold.expires, hold.gateway, given.by, given.group,
        given.reason, given.at,
    ).statement()  # fmt: skip


def shown_terms(terms: Terms) -> list[str]:
    """ "two of dba", "one of security"."""
    return [
        f"{_NUMBERS.get(each.count, str(each.count))} of {each.group}" for each in terms.approvers
    ]


_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}


def _still(hold: Hold, now: int, states: tuple[State, ...] = (State.PENDING,)) -> None:
    if now >= hold.expires and hold.state in OPEN:
        raise HoldOver("this request has expired")
    if hold.state not in states:
        raise HoldOver(f"this request is {hold.state.value}")


def _moved(hold: Hold, move: Move, why: str) -> Hold:
    after = MOVES.get((hold.state, move))
    if after is None:
        raise HoldOver(f"this request is {hold.state.value}")
    return replace(hold, state=after, why=why)
