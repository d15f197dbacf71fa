from __future__ import annotations

from replay.projector import Broke
from replay.tui.messages import NextSession, Reported, TimeSought


def test_a_flood_of_seeks_becomes_the_newest() -> None:
    assert TimeSought(1).can_replace(TimeSought(2))
    assert not TimeSought(1).can_replace(NextSession())


def test_facts_that_must_all_arrive_replace_nothing() -> None:
    report = Reported(Broke("one", fatal=False))
    assert not report.can_replace(Reported(Broke("two", fatal=False)))
