"""The tables of the configuration that are about keeping a gateway going.

Knows: [limits], [disk], [log] and [metrics], their keys, defaults and bounds
(docs/configuration.md). Must never know: what is done by them. Called by `gateway.config` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.config_values import parse_address
from gateway.disk import DiskSettings
from gateway.limits import Bounds, Limits
from gateway.log_settings import FORMS, LEVELS, LogSettings
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
    disk: DiskSettings = field(default_factory=DiskSettings)
    log: LogSettings = field(default_factory=LogSettings)
    metrics: tuple[str, int] | None = None
    """Where they are asked for."""


def read_operation(root: Table) -> Operation:
    """Reads and finishes each of the tables. Raises ConfigError."""
    empty = Table(root.source, (), {})
    limits, bounds = _limits(root.table("limits") or empty)
    disk = _disk(root.table("disk") or empty)
    log = _log(root.table("log") or empty)
    metrics = root.table("metrics")
    return Operation(limits, bounds, disk, log, None if metrics is None else _metrics(metrics))


def _disk(table: Table) -> DiskSettings:
    usual = DiskSettings()
    settings = DiskSettings(
        warn_below=table.integer("warn_below", usual.warn_below, 0, _PETABYTE),
        refuse_below=table.integer("refuse_below", usual.refuse_below, 0, _PETABYTE),
    )
    table.finish()
    return settings


def _log(table: Table) -> LogSettings:
    usual = LogSettings()
    settings = LogSettings(
        level=table.choice("level", LEVELS, usual.level),
        form=table.choice("form", FORMS, usual.form),
    )
    table.finish()
    return settings


def _metrics(table: Table) -> tuple[str, int]:
    listen = table.require_text("listen", 'write listen = "127.0.0.1:9464"')
    address: tuple[str, int] = table.parsed("listen", listen, parse_address)
    table.finish()
    return address


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
        sessions=table.integer("sessions", entry.sessions, 1, MOST),
        sessions_per_principal=table.integer(
            "sessions_per_principal", entry.sessions_per_principal, 1, MOST
        ),
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
