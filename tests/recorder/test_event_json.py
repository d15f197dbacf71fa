"""Events as JSON; `tests/recorder/commands/test_read.py` reads them through the verb."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from recorder import events
from recorder.event_json import event_json, plain
from recorder.format import Packed
from tests.recorder.builders import WALL_NS


def test_values_as_json() -> None:
    assert plain({"a": b"x", "b": b"\xff", "c": [b"\xff", {"d": b"\xff"}]}) == {
        "a": "x", "b_hex": "ff", "c": [{"hex": "ff"}, {"d_hex": "ff"}],
    }  # fmt: skip


def test_bytes_are_text_only_where_they_are_utf_8() -> None:
    told = event_json(Packed(7, 5, 0, b"", events.Output(5, 1, b"\xff")), WALL_NS)
    assert told == {
        "event": 7,
        "time": 5,
        "wall": "2026-09-21T14:13:20.000005Z",
        "code": "o",
        "channel": 1,
        "data_hex": "ff",
    }
    told = event_json(Packed(7, 5, 0, b"", events.Unknown(5, 1, "sql", (b"a", 1))), WALL_NS)
    assert (told["code"], told["fields"]) == ("sql", ["a", 1])


@pytest.mark.parametrize("kind", events.EVENT_TYPES)
def test_every_event_is_json_with_its_own_fields(kind: type[Any]) -> None:
    values = {"bytes": b"x", "int": 3, "str": "x", "bool": True, "Facts": {"a": b"x"}}
    made = {
        field.name: values.get(str(field.type), ("x",))
        for field in fields(kind)
        if field.name not in ("at", "channel", "code")
    }
    told = event_json(Packed(7, 5, 0, b"", kind(5, 1, **made)), WALL_NS)
    assert set(made) - {"time"} <= set(told)
    assert json.loads(json.dumps(told)) is not None
