"""What Prometheus reads is what was counted, in its own format."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from gateway.meters import Meters
from gateway.metrics import Sample, exposition


def values(meters: Meters, sample: Sample) -> dict[str, float]:
    page = exposition(meters, lambda: sample).decode()
    return {
        each.name + "".join(f"|{value}" for value in each.labels.values()): each.value
        for family in text_string_to_metric_families(page)
        for each in family.samples
    }


def test_the_page_says_what_was_counted() -> None:
    meters = Meters(from_clients=7, to_clients=9, opened=3, closed=1, sealer_up=True, free=42)
    meters.refused.update({"GR-225": 2, "GR-223": 1})
    meters.outages["sealer"] += 1
    for seconds in (0.0002, 0.0002, 20.0):
        meters.append.note(seconds)
    found = values(meters, Sample(2, 5, 3, True, 4, 1000, 1.5))
    assert found["gatereel_sessions_live"] == 2
    assert found["gatereel_sessions_opened_total"] == 3
    assert found["gatereel_refused_total|GR-225"] == 2
    assert found["gatereel_outages_total|sealer"] == 1
    assert found["gatereel_channel_bytes_total|from_client"] == 7
    assert found["gatereel_connections|no"] == 5
    assert (found["gatereel_sealer_up"], found["gatereel_indexer_up"]) == (1, 0)
    assert found["gatereel_journal_unsealed_bytes"] == 1000
    assert found["gatereel_disk_free_bytes"] == 42
    assert found["gatereel_journal_append_seconds_bucket|0.00025"] == 2
    assert found["gatereel_journal_append_seconds_bucket|+Inf"] == 3
    assert found["gatereel_journal_append_seconds_count"] == 3


def test_what_is_not_known_is_not_said() -> None:
    assert "gatereel_disk_free_bytes" not in values(Meters(), Sample(0, 0, 0, False, 0, 0, 0.0))
