"""Events as JSON: the shape that ``events --json`` and exports promise.

Knows: events. Must never know: files, screens, who reads it. Called by the command line and by
`recorder.convert.json_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recorder.events import Event as AnyEvent
from recorder.events import Facts, Unknown
from recorder.format import Packed
from recorder.moments import rfc3339


def event_json(record: Packed, wall_ns: int) -> dict[str, Any]:
    """One line of ``events --json``."""
    event = record.event
    return {
        "event": record.number,
        "time": record.time,
        "wall": rfc3339(wall_ns, record.time),
        "code": event.code,
        "channel": event.channel,
        **_fields(event),
    }


def _fields(event: AnyEvent) -> Facts:
    if isinstance(event, Unknown):
        return {"fields": plain(list(event.fields))}
    names = [name for name in type(event).__dataclass_fields__ if name not in ("at", "channel")]
    values = {name: getattr(event, name) for name in names}
    # An anchor's own time is its record's; the record's keeps the name.
    values.pop("time", None)
    fields: Facts = plain(values)
    return fields


def plain(value: Any) -> Any:
    """The value with bytes as text where they are UTF-8, else under a key ending in ``_hex``."""
    if isinstance(value, dict):
        return dict(_plain_items(value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"hex": value.hex()}
    return value


def _plain_items(mapping: Facts) -> Iterator[tuple[str, Any]]:
    for key, value in mapping.items():
        if isinstance(value, bytes):
            try:
                yield key, value.decode()
            except UnicodeDecodeError:
                yield f"{key}_hex", value.hex()
        else:
            yield key, plain(value)
