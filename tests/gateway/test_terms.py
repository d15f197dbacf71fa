"""What a session is bound to by who let it in."""

from __future__ import annotations

import pytest

from gateway.limits import Bounds
from gateway.terms import bounded, kept_as
from tests.gateway.test_session import target


@pytest.mark.parametrize(("own", "said", "total"), [(0, 60, 60), (30, 60, 30), (90, 60, 60)])
def test_the_shorter_time_holds(own: int, said: int, total: int) -> None:
    assert bounded(Bounds(total=own), (f"limit:{said}", "notice:x")).total == total
    assert bounded(Bounds(total=own), ()).total == own


@pytest.mark.parametrize(("said", "kept"), [("full", "all"), ("input-withheld", "none")])
def test_what_policy_says_is_kept_goes_before_the_target(said: str, kept: str) -> None:
    assert kept_as(target("web1"), (f"record:{said}",)).keep_input == kept
    assert kept_as(target("web1"), ()).keep_input == "echoed"
