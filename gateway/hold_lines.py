"""A hold in words: to whoever waits, to whoever may answer, and as JSON. Pure.

Knows: holds. Must never know: connections, policies. Called by `gateway.approvals`,
`gateway.console`. What somebody asked for is hostile: every control, format and bidi character
in it is spelled out, and the digest stands beside it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway import holds
from gateway.holds import Answer, Hold, Subject
from gateway.policy import FORWARD, WRITE_FILE, Approvers, Terms
from recorder import held
from recorder.spelling import visible, visible_bytes

VALUE = 8192
"""Characters of one value on a line; beyond that it says so, and the JSON has it."""
SPELLED = "what cannot be seen is spelled out here"
NAMES = 6
"""People of one group who are named."""
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

_UNCOVERED: Mapping[str, str] = {
    "connect": "what is done in the session, as far as policy asks about nothing of it again",
    "shell": "what is typed in this shell, and whatever that runs",
    "exec": "what the command reads on its standard input, and from elsewhere",
    "subsystem": "what is sent to the subsystem",
    WRITE_FILE: "the content that is written",
    FORWARD: "the bytes that go through, which nobody reads",
}


def uncovered(action: str, *, terminal: bool) -> tuple[str, ...]:
    """What follows that no approval of this covers."""
    found = [_UNCOVERED[action]] if action in _UNCOVERED else []
    if terminal and action == "exec":
        found.append("what is typed on its terminal")
    return tuple(found)


def waiting(hold: Hold, people: Mapping[str, Sequence[str]]) -> list[str]:
    """To whoever asked: why, who can answer, how, until when. ``people``: of each group."""
    wanted = " and ".join(_with_names(each, people) for each in holds.lacking(hold))
    how = (
        f"gatereel approve {hold.id} --reason TEXT, which signs"
        if hold.terms.signed
        else f"ssh GATEWAY approve {hold.id} --reason TEXT"
    )
    return [
        f"this needs approval: {visible(hold.reason)}",
        f"request {hold.id}: {wanted} can give it until {_clock(hold.expires)}, with: {how}",
        f"waiting; to take it back: ssh GATEWAY withdraw {hold.id}, or end this connection",
    ]


def answered(hold: Hold, given: Answer) -> str:
    """To whoever asked: one answer, and what is still lacking."""
    word = "approves" if given.approves else "denies"
    line = f"{given.by} {word} {hold.id} for {given.group}: {visible(given.reason)}"
    rest = [_counted(each) for each in holds.lacking(hold)]
    return f"{line}; still lacking: {' and '.join(rest)}" if given.approves and rest else line


def taken(hold: Hold, *, approves: bool) -> str:
    """To whoever answered."""
    if not approves:
        return f"denied: {hold.id}"
    rest = " and ".join(_counted(each) for each in holds.lacking(hold))
    return f"approved: {hold.id}" + (f"; still lacking: {rest}" if rest else "; it goes on")


def described(hold: Hold, now: int) -> list[str]:
    """To whoever may answer: exactly what would be done."""
    subject = hold.subject
    where = f"{subject.account}@{subject.target}"
    left = max(0, hold.expires - now) // 1_000_000
    lines = [
        f"{hold.id}  {subject.principal} ({subject.kind}) asks for {subject.action} on {where}"
    ]
    rows = [(name, _value(value)) for name, value in _facts(subject)]
    rows.append(("why", visible(hold.reason)))
    rows += [("not covered", each) for each in hold.uncovered]
    for each in hold.answers:
        word = "approved" if each.approves else "denied"
        rows.append((word, f"by {each.by} for {each.group}: {visible(each.reason)}"))
    lacks = " and ".join(_counted(each) for each in holds.lacking(hold))
    rows.append(("lacking", lacks + (", each signed" if hold.terms.signed else "")))
    rows.append(("until", f"{_clock(hold.expires)}, {left // 60} min {left % 60} s from now"))
    if hold.session:
        rows.append(("session", hold.session))
    rows.append(("digest", hold.digest.hex()))
    width = max(len(name) for name, _ in rows)
    return [*lines, *(f"  {name:<{width}}  {value}" for name, value in rows)]


def told(hold: Hold, you: str, group: str) -> dict[str, Any]:
    """As JSON, to this principal, who would answer for ``group``. ``written`` is exactly what the
    digest is over; ``facts`` are the same for people."""
    subject = hold.subject
    names = (subject.principal, subject.kind, subject.action, subject.target, subject.account)
    return {
        "id": hold.id,
        "own": subject.principal == you,
        "principal": subject.principal,
        "kind": subject.kind,
        "action": subject.action,
        "target": subject.target,
        "account": subject.account,
        "facts": {name: _plain(value) for name, value in subject.facts.items()},
        "written": held.written([held.FORM, *names, subject.facts]),
        "digest": hold.digest.hex(),
        "reason": hold.reason,
        "approvers": [[each.group, each.count] for each in hold.terms.approvers],
        "lacking": [[each.group, each.count] for each in holds.lacking(hold)],
        "signed": hold.terms.signed,
        "opened": hold.opened,
        "expires": hold.expires,
        "gateway": hold.gateway,
        "session": hold.session,
        "uncovered": list(hold.uncovered),
        "state": hold.state.value,
        "you": you,
        "group": group,
        "answers": [
            {
                "by": each.by,
                "group": each.group,
                "approves": each.approves,
                "reason": each.reason,
                "at": each.at,
                "signed": bool(each.signature),
            }
            for each in hold.answers
        ],
    }


def _facts(subject: Subject) -> Iterable[tuple[str, Any]]:
    """What is run or opened first."""
    first = ("command", "path", "address")
    names = sorted(subject.facts, key=lambda name: (name not in first, name))
    return ((visible(name), subject.facts[name]) for name in names)


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        shown = visible_bytes(value, VALUE)
        same = shown.encode() == value or len(value) > VALUE
        return shown if same else f"{shown}   ({SPELLED})"
    if isinstance(value, str):
        shown = visible(value)
        shown = shown if shown == value else f"{shown}   ({SPELLED})"
    elif isinstance(value, (list, tuple)):
        shown = ", ".join(_value(each) for each in value)
    elif isinstance(value, Mapping):
        shown = ", ".join(f"{visible(str(k))}={_value(v)}" for k, v in value.items())
    else:
        shown = str(value)
    return shown if len(shown) <= VALUE else f"{shown[:VALUE]}… ({len(shown):,} characters)"


def _plain(value: Any) -> Any:
    """For people who read JSON."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value


def _counted(wanted: Approvers) -> str:
    return holds.shown_terms(Terms((wanted,)))[0]


def _with_names(wanted: Approvers, people: Mapping[str, Sequence[str]]) -> str:
    names = list(people.get(wanted.group, ()))
    shown = ", ".join(names[:NAMES]) + (", ..." if len(names) > NAMES else "")
    return f"{_counted(wanted)} ({shown or 'nobody of it is known here'})"


def _clock(at: int) -> str:
    return (_EPOCH + datetime.timedelta(microseconds=at)).strftime("%H:%M:%S UTC")
