"""The gateway's log: one JSON object a line, or one readable line on a terminal, never both.

Knows: structlog, behind the ``logging`` calls of all modules. Must never know: what is logged, but
that it may be hostile and that it may quote a secret: nothing in a line acts on a terminal or
begins another line, and of an error only its kind and place are shown. Called by ``gatereel
gateway``, once.

Keys mean the same everywhere: docs/operations.md has all of them.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from gateway.log_settings import LogSettings
from gateway.log_subject import SESSION

_LONGEST = 4000
"""Characters of one value."""
_FIRST = ("time", "level", "event", "code", "session", "principal", "target")

Fields = MutableMapping[str, Any]


def set_up(settings: LogSettings, stream: TextIO) -> None:
    """From here on everything that is logged goes to ``stream``."""
    as_json = settings.form == "json" or (settings.form == "auto" and not stream.isatty())
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _about,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _place_of_error,
            _harmless,
            structlog.processors.JSONRenderer(sort_keys=False) if as_json else _readable,
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    # What a library says of connections quotes whatever a peer sends.
    logging.getLogger("asyncssh").setLevel(logging.ERROR)


def _about(_logger: object, _method: str, fields: Fields) -> Fields:
    """What it is about, where whoever logs it does not say so."""
    if session := SESSION.get():
        fields.setdefault("session", session)
    return fields


def _place_of_error(_logger: object, _method: str, fields: Fields) -> Fields:
    """Kind and place of an exception; its message might quote a value."""
    caught = fields.pop("exc_info", None)
    if isinstance(caught, tuple) and caught[1] is not None:
        fields["error"] = type(caught[1]).__name__
        fields["place"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(caught[2])
        ]
    return fields


def _harmless(_logger: object, _method: str, fields: Fields) -> Fields:
    """Everything as text in which nothing acts, in an order that one gets used to."""
    first = {key: fields[key] for key in _FIRST if key in fields}
    return {key: _shown(value) for key, value in {**first, **fields}.items()}


def _shown(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {str(_shown(str(key))): _shown(each) for key, each in value.items()}
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    shown = "".join(each if each.isprintable() else _escaped(each) for each in text[:_LONGEST])
    return shown + ("…" if len(text) > _LONGEST else "")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _readable(_logger: object, _method: str, fields: Fields) -> str:
    """``TIME LEVEL event  key=value ...``"""
    left = dict(fields)
    time, level, event = (str(left.pop(key, "")) for key in ("time", "level", "event"))
    left.pop("logger", None)
    place = left.pop("place", [])
    words = "".join(f"  {key}={value}" for key, value in left.items())
    lines = [f"{time[:19].replace('T', ' ')} {level.upper():7} {event}{words}"]
    return "\n    ".join([*lines, *map(str, place if isinstance(place, list) else [])])
