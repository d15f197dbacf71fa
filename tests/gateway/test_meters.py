"""Counts go where they belong."""

from __future__ import annotations

import pytest

from gateway.meters import SECONDS, Latency


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(0.0, 0), (SECONDS[0], 0), (0.0002, 1), (10.0, 12), (11.0, 13)]
)
def test_a_duration_is_in_the_first_bucket_that_holds_it(seconds: float, bucket: int) -> None:
    latency = Latency()
    latency.note(seconds)
    assert latency.counts.index(1) == bucket
    assert latency.total == seconds
