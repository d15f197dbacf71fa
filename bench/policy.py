"""What a decision costs: a small set, and 1,000 policies with 10,000 principals; and bare Cedar.

The peer is Cedar asked the same questions of all the policies at once, policies, entities and
questions made ready beforehand: what is above it is ours (the question, the evidence, the
obligations), what is below comes of asking only the policies whose head could fit. What is parsed
while decisions are made that had been made before is counted.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

import cedarpy

from bench.figures import Figure, median, percentile, seconds
from gateway.policies import asking, rule
from gateway.policies.decision import Policies
from gateway.policy import Allow, Circumstances, Request, place_of

POLICIES = 1_000
PRINCIPALS = 10_000
TARGETS = 500
ASKED = 5_000


def measure(folder: Path) -> Iterator[Figure]:
    del folder
    small = written(10)
    yield from decisions("a decision on a connection, 10 policies", small, 10, "60 µs class")
    large = written(POLICIES)
    name = f"a decision on a connection, {POLICIES:,} policies, {PRINCIPALS:,} principals"
    yield from decisions(name, large, PRINCIPALS, "< 1 ms")
    parsed = parsed_while(large, PRINCIPALS)
    yield Figure(
        name="parsed again for decisions: policies and entities that had been",
        ours=parsed,
        unit="",
        bar="0",
        method=f"{ASKED:,} decisions",
    )


def decisions(name: str, text: str, people: int, bar: str) -> Iterator[Figure]:
    policies = Policies.of(access=text)
    requests = asked(people)
    bare = rule.compiled({each.id: each.document for each in policies.rules})
    ready = [(asking.questions(each), asking.entities_of(each)) for each in requests]
    decide_all(policies, requests)
    ours, theirs = [], []
    for request, (questions, entities) in zip(requests, ready, strict=True):
        ours.append(seconds(functools.partial(policies.decide, request)))
        theirs.append(
            seconds(functools.partial(cedarpy.is_authorized_batch, questions, bare, entities))
        )
    yield Figure(
        name=f"{name}, p50",
        ours=round(median(ours) * 1e6, 1),
        unit="µs",
        bar=bar,
        method=f"bare Cedar {median(theirs) * 1e6:.0f} µs, in turn; {len(requests):,} of each",
    )
    yield Figure(
        name=f"{name}, p99",
        ours=round(percentile(ours, 99) * 1e6, 1),
        unit="µs",
        bar="",
        method=f"bare Cedar {percentile(theirs, 99) * 1e6:.0f} µs",
    )


def written(count: int) -> str:
    """So many policies, of which two are about each principal."""
    head = '(principal in Group::"staff", action == Action::"connect", resource)'
    found = [f'@id("all") permit {head} when {{ resource.login == "app" }};']
    found += [
        f'@id("team-{number}") permit (principal in Group::"team-{number}",'
        f' action in [Action::"connect", Action::"shell"], resource in Target::"web{number}")'
        " when { context.hour < 24 };"
        for number in range(count - 1)
    ]
    return "\n".join(found)


def asked(people: int) -> list[Request]:
    chance = random.Random(6)
    found = []
    for _ in range(ASKED):
        number = chance.randrange(people)
        found.append(
            Request(
                f"person{number}",
                "person",
                ("staff", f"team-{number % POLICIES}"),
                "connect",
                f"web{number % TARGETS}",
                "app",
                {"address": "192.0.2.1:22"},
                place=place_of("ssh", {"env": "prod"}),
                when=Circumstances(
                    at=1_790_000_000_000_000 + number, source="198.51.100.7", method="publickey"
                ),
            )
        )
    return found


def parsed_while(text: str, people: int) -> int:
    """How often something is parsed for decisions that were all made before."""
    policies = Policies.of(access=text)
    requests = asked(people)
    decide_all(policies, requests)
    counts: list[int] = []

    def counting(original: Callable[[str], object]) -> Callable[[str], object]:
        def parse(text: str) -> object:
            counts.append(1)
            return original(text)

        return parse

    with (
        mock.patch.object(
            cedarpy.PolicySet, "from_json_str", counting(cedarpy.PolicySet.from_json_str)
        ),
        mock.patch.object(
            cedarpy.Entities, "from_json_str", counting(cedarpy.Entities.from_json_str)
        ),
    ):
        decide_all(policies, requests)
    return len(counts)


def decide_all(policies: Policies, requests: Sequence[Request]) -> None:
    for request in requests:
        if not isinstance(policies.decide(request), Allow):
            raise RuntimeError(f"{request.principal} is not let in, and should be")  # noqa: TRY004 - no type of an argument
