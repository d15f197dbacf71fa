"""A verdict as it is recorded."""

from __future__ import annotations

import pytest

from gateway.policy import Allow, Deny, Hold, Verdict
from gateway.verdicts import decided, notices, unmet
from recorder.events import Decided


@pytest.mark.parametrize(
    ("verdict", "lacking", "written"),
    [
        (Allow(("a",)), "", Decided(1, 2, 3, "allow", ("a",), "")),
        (Allow(("a",), ("limit:1",), {"policy": b"d"}), "",
         Decided(1, 2, 3, "allow", ("a",), "", {"policy": b"d", "obliged": ["limit:1"]})),
        (Allow(("a",), ("mask",)), "cannot",
         Decided(1, 2, 3, "deny", ("a",), "cannot", {"said": "allow", "obliged": ["mask"]})),
        (Deny(("a",), "no"), "", Decided(1, 2, 3, "deny", ("a",), "no")),
        (Hold(("a",), "wait"), "", Decided(1, 2, 3, "hold", ("a",), "wait")),
    ],
)  # fmt: skip
def test_each_has_one_form(verdict: Verdict, lacking: str, written: Decided) -> None:
    assert decided(1, 2, 3, verdict, lacking) == written


def test_a_notice_is_told_and_the_rest_must_be_done() -> None:
    assert notices(("notice:hello", "mask")) == ["hello"]
    assert unmet(("notice:hello", "near"), ("near",), "it") == ""
    assert unmet(("notice:hello", "mask"), (), "it") == "it asks for mask, which it cannot do"
