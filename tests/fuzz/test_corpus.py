"""What fuzzing found once stays found: every kept input goes through its boundary again."""

from __future__ import annotations

import pytest

from tests.fuzz import corpus
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs(name: str) -> None:
    kept = corpus.load(name)
    assert kept, "a target without a corpus starts from nothing each time"
    for data in [b"", *kept]:
        TARGETS[name](data)
