"""What Prometheus reads is what was counted, in its own format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from gateway.logbook import PARTS
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


PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def exposed() -> dict[str, dict[str, set[str]]]:
    """By metric its labels, and the values that these had."""
    meters = Meters(free=1)
    meters.refused["GR-223"] = 1
    for part in ("sealer", "indexer", "recording", *PARTS.values()):
        meters.outages[part] = 1
    found: dict[str, dict[str, set[str]]] = {}
    page = exposition(meters, lambda: Sample(0, 0, 0, True, 0, 0, 0.0)).decode()
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name = family.name if family.type == "histogram" else sample.name
            labels = found.setdefault(name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def documented() -> Iterator[tuple[str, dict[str, set[str]]]]:
    text = PAGE.read_text(encoding="utf-8").partition("| metric | labels | is |")[2]
    for line in text.splitlines()[2:]:
        if not line.startswith("| `gatereel_"):
            return
        names, labels, _ = line.strip("|").split("|")
        label, *values = re.findall(r"`(\w+)`", labels) or [""]
        for name in re.findall(r"`(\w+)`", names):
            yield name, {label: set(values)} if label else {}


def test_the_page_of_operations_has_each_metric_with_its_labels() -> None:
    said = dict(documented())
    there = exposed()
    assert said.keys() == there.keys()
    for name, labels in said.items():
        assert labels.keys() == there[name].keys(), name
        for label, values in labels.items():
            assert not values or values == there[name][label], name


def test_names_are_as_prometheus_has_them_and_no_label_grows() -> None:
    """Counters end in _total, units are whole and last; every value of a label is one of a few."""
    page = exposition(Meters(free=1), lambda: Sample(0, 0, 0, True, 0, 0, 0.0)).decode()
    for family in text_string_to_metric_families(page):
        assert re.fullmatch(r"gatereel_[a-z]+(_[a-z]+)*", family.name)
        assert f"# TYPE {family.name}" in page or f"# TYPE {family.name}_total counter" in page
        assert family.documentation
        assert (family.type == "counter") == (f"{family.name}_total" in page), family.name
        assert not re.search(r"_(ms|us|kb|mib|minutes|percent)\b", family.name)
    assert {label for labels in exposed().values() for label in labels} == {
        "code",
        "proven",
        "direction",
        "part",
        "le",
    }
