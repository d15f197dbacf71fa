"""A gateway's numbers as Prometheus reads them.

Knows: `Meters`, who is inside, how they are named outside (docs/operations.md). Must never know:
sockets, who asks. Called by `gateway.house` when somebody asks, and only then: nothing on the
way of a byte looks a label up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.meters import SECONDS, Latency, Meters

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is so at the moment of asking, beside what the meters have counted."""

    live: int
    unproven: int
    proven: int
    open: bool
    """Whether recording is possible, so that people may come in."""
    journals: int
    """Files that hold events which are not packed and signed yet."""
    unsealed: int
    """Bytes in them."""
    oldest: float
    """Seconds since the oldest whole one was written to; 0 where nothing waits."""


class _Reading(Collector):
    def __init__(self, meters: Meters, sample: Callable[[], Sample]) -> None:
        self._meters = meters
        self._sample = sample

    def collect(self) -> Iterator[Metric]:
        meters, now = self._meters, self._sample()
        yield _gauge("sessions_live", "Sessions that are open", now.live)
        yield _counter("sessions_opened", "Sessions that were opened", meters.opened)
        yield _counter("sessions_closed", "Sessions that have ended", meters.closed)
        yield _counters("refused", "Who was not let in, by code", "code", meters.refused)
        yield _counters("outages", "Outages that began, by part", "part", meters.outages)
        connections = GaugeMetricFamily(
            "gatereel_connections", "Connections, by whether they have logged in", labels=["proven"]
        )
        connections.add_metric(["yes"], now.proven)
        connections.add_metric(["no"], now.unproven)
        yield connections
        ways = {"from_client": meters.from_clients, "to_client": meters.to_clients}
        yield _counters("channel_bytes", "Bytes on clients' channels", "direction", ways)
        yield _gauge("recording_possible", "1 while people may come in", now.open)
        yield _gauge("sealer_up", "1 while the sealer speaks", meters.sealer_up)
        yield _gauge("indexer_up", "1 while the indexer speaks", meters.indexer_up)
        yield _gauge("journals", "Journal files that are not packed yet", now.journals)
        yield _gauge("journal_unsealed_bytes", "Bytes in them", now.unsealed)
        yield _gauge("journal_lag_seconds", "Age of the oldest that is whole", now.oldest)
        if meters.free >= 0:
            yield _gauge("disk_free_bytes", "Room left where recordings are", meters.free)
        yield _histogram("journal_append_seconds", "Time to write events down", meters.append)


def exposition(meters: Meters, sample: Callable[[], Sample]) -> bytes:
    """The whole page. ``sample`` may block."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Reading(meters, sample))
    return generate_latest(registry)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gatereel_{name}", help_text, value=float(value))


def _counter(name: str, help_text: str, value: int) -> CounterMetricFamily:
    return CounterMetricFamily(f"gatereel_{name}", help_text, value=value)


def _counters(name: str, help_text: str, label: str, values: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"gatereel_{name}", help_text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _histogram(name: str, help_text: str, latency: Latency) -> HistogramMetricFamily:
    buckets, seen = [], 0
    for end, count in zip((*map(str, SECONDS), "+Inf"), tuple(latency.counts), strict=True):
        seen += count
        buckets.append((end, float(seen)))
    family = HistogramMetricFamily(f"gatereel_{name}", help_text)
    family.add_metric([], buckets, latency.total)
    return family
