"""What an administrator expects of the policies, row by row, tried out.

Knows: ``tests.toml`` beside the policies, its shape (docs/policy.md). Must never know: what runs.
Called by ``gatereel check``; a gateway starts whatever these say.
"""

from __future__ import annotations

import datetime
import tomllib
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from gateway.config import Config
from gateway.policies.again import outcome_of, repeated
from gateway.policies.errors import NotAsked, TrialFailed
from gateway.policies.point import clock_in
from gateway.policies.supposing import Words, suppose
from gateway.policy import Circumstances, Request, place_of
from gateway.refusals import ConfigError
from gateway.toml_table import Source, Table
from recorder.errors import GatereelError

FILE = "tests.toml"
NOON = "2026-01-07T12:00"
"""When a row is asked that does not say when: on a Wednesday."""
VERDICTS = ("allow", "deny", "hold")


@dataclass(frozen=True, slots=True)
class Trial:
    """One row."""

    place: str
    """Its file, line and name."""
    request: Request
    verdict: str
    policies: tuple[str, ...] | None
    """In any order; None: whichever decide."""
    obligations: tuple[str, ...] | None


def path_of(config: Config) -> Path:
    return config.gateway.policies / FILE


def tried(config: Config) -> tuple[int, list[GatereelError]]:
    """How many rows there are, and what is wrong: with the file, or with what comes out."""
    path = path_of(config)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0, []
    except (OSError, UnicodeDecodeError) as problem:
        return 0, [TrialFailed(f"{path} cannot be read: {problem}")]
    try:
        trials = read(config, path, text)
    except GatereelError as problem:
        return 0, [problem]
    found = [(trial, difference(config, trial)) for trial in trials]
    return len(trials), [TrialFailed(f"{trial.place}: {said}") for trial, said in found if said]


def read(config: Config, path: Path, text: str) -> list[Trial]:
    """The rows. Raises ConfigError with the place of what is wrong with one."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ConfigError(f"{path} is not TOML: {problem}") from None
    root = Table(Source(path, text), (), values)
    trials = [_trial(config, table) for table in root.array("test")]
    root.finish()
    return trials


def difference(config: Config, trial: Trial) -> str:
    """What comes out otherwise than expected; empty: nothing."""
    outcome = outcome_of(repeated(config.policies, trial.request))
    others = trial.verdict != outcome.verdict
    if trial.policies is not None:
        others |= set(trial.policies) != set(outcome.rules)
    if trial.obligations is not None:
        others |= set(trial.obligations) != set(outcome.obliged)
    if not others:
        return ""
    by = "" if trial.policies is None else f" by {', '.join(trial.policies) or 'none'}"
    obliged = "" if trial.obligations is None else f" with {', '.join(trial.obligations) or 'none'}"
    return f"expected {trial.verdict}{by}{obliged}, and policy says {outcome}"


def _trial(config: Config, table: Table) -> Trial:
    line = table.source.line(table.where)
    name = table.text("name") or ""
    when = _when(config, table)
    target = table.require_text("target", 'write target = "web1"')
    account = table.text("account")
    labelled = table.has("labels") or table.has("data")
    kind = table.text("target_kind") or "ssh"
    place = place_of(kind, table.mapping("labels"), table.texts("data")) if labelled else None
    words = Words(
        principal=table.require_text("principal", 'write principal = "alice"'),
        action=table.require_text("action", 'write action = "connect"'),
        where=f"{account}@{target}" if account else target,
        what=table.text("what") or "",
        other=table.text("other") or "",
        operation=table.text("operation") or "",
        terminal=table.flag("terminal"),
        owner=table.text("owner") or "",
        kind=table.choice("kind", ("", "person", "workload"), ""),
        groups=table.texts("groups") if table.has("groups") else None,
        place=place,
    )
    table.require_text("expect", 'write expect = "deny"')
    trial_of = table.choice("expect", VERDICTS, "deny")
    policies = table.texts("policies") if table.has("policies") else None
    obligations = table.texts("obligations") if table.has("obligations") else None
    table.finish()
    try:
        request = suppose(config, words, when)
    except NotAsked as problem:
        raise table.source.error(table.where, problem.person) from None
    place_name = f"{table.source.path}:{line}" + (f' "{name}"' if name else "")
    return Trial(place_name, request, trial_of, policies, obligations)


def _when(config: Config, table: Table) -> Circumstances:
    zone = config.gateway.zone
    at, offset = table.parsed(
        "at", table.text("at") or "2026-01-07T12:00", lambda t: moment(t, zone)
    )
    return Circumstances(
        at=at,
        offset=offset,
        source=table.text("source") or "",
        method=table.text("method") or "publickey",
        ticket=table.text("ticket") or "",
        reason=table.text("reason") or "",
        approvals=table.texts("approvals"),
    )


def moment(text: str, zone: str) -> tuple[int, int]:
    """A time as somebody writes it, as policies are told it. Raises ValueError."""
    try:
        when = datetime.datetime.fromisoformat(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=zoneinfo.ZoneInfo(zone))
        seconds = int(when.timestamp())
        return clock_in(zone, lambda: seconds * 1_000_000_000)()
    except (ValueError, OverflowError, OSError):
        raise ValueError(f'"{text}" is no time; write 2026-11-24T08:00, or with +01:00') from None
