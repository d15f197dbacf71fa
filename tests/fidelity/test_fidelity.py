"""We show what xterm.js shows: cells, colours, attributes, cursor, buffer and title.

Against stored results, so no Node is needed; `make fidelity` makes them anew.
"""

from __future__ import annotations

import pytest

from tests.fidelity import corpus
from tests.fidelity.snapshots import Case, differences, play

CASES = corpus.cases()
EXPECTED = corpus.expected()


def test_the_corpus_is_large_enough() -> None:
    recorded = [case for case in CASES if "/" not in case["name"]]
    assert len(recorded) >= 60
    assert len(CASES) - len(recorded) >= 400
    assert {case["name"] for case in CASES} == set(EXPECTED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_snapshot_agrees(case: Case) -> None:
    theirs = EXPECTED[case["name"]]
    assert theirs is not None, "the reference itself fails on it: it says nothing, so leave it out"
    found = [differences(*pair) for pair in zip(play(case), theirs, strict=True)]
    if case["name"] in corpus.NAMED:
        assert any(found), "named as a difference, but it is none"
    else:
        assert not any(found), f"first at snapshot {[bool(f) for f in found].index(True)}: {found}"


def test_named_differences_exist() -> None:
    assert set(corpus.NAMED) <= {case["name"] for case in CASES}
