"""The tables of the configuration that are about keeping a gateway going.

Knows: [limits], its keys, defaults and bounds (docs/configuration.md). Must never know: what is
done by them. Called by `gateway.config` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.limits import Bounds, Limits
from gateway.toml_table import Table

WEEK = 7 * 24 * 3600
MOST = 1_000_000
_KIB = 1024
_PETABYTE = 1 << 30
"""In MiB."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What the four tables say."""

    limits: Limits = field(default_factory=Limits)
    bounds: Bounds = field(default_factory=Bounds)


def read_operation(root: Table) -> Operation:
    """Reads and finishes each of the tables. Raises ConfigError."""
    empty = Table(root.source, (), {})
    limits, bounds = _limits(root.table("limits") or empty)
    return Operation(limits, bounds)


def _limits(table: Table) -> tuple[Limits, Bounds]:
    entry, each = Limits(), Bounds()
    limits = Limits(
        unproven=table.integer("unproven", entry.unproven, 1, MOST),
        unproven_per_address=table.integer(
            "unproven_per_address", entry.unproven_per_address, 1, MOST
        ),
        per_address=table.integer("per_address", entry.per_address, 1, MOST),
        per_principal=table.integer("per_principal", entry.per_principal, 1, MOST),
        connections=table.integer("connections", entry.connections, 1, MOST),
    )
    bounds = Bounds(
        idle=table.integer("idle", each.idle, 0, WEEK),
        total=table.integer("total", each.total, 0, WEEK),
        patience=table.integer("patience", each.patience, 1, 600),
        window=table.integer("window", each.window, 64 * _KIB, 64 * _KIB * _KIB),
        queue=table.integer("queue", each.queue, 64 * _KIB, 64 * _KIB * _KIB),
    )
    table.finish()
    return limits, bounds
