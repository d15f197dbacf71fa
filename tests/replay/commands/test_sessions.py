"""``gatereel sessions``: what it lists, live or not, indexed or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import gatereel
from recorder.events import Output
from replay.sqlite_catalog import SqliteCatalog
from tests.recorder.builders import Studio, outputs

Ran = tuple[int, str, str]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


@pytest.fixture
def run(studio: Studio, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(verb: str, *words: str) -> Ran:
        status = gatereel.main([verb, "--store", str(studio.path), *words])
        return (status, *capsys.readouterr())

    return run


def ids(ran: Ran) -> list[str]:
    return [line[:36] for line in ran[1].splitlines()]


def test_they_are_listed_live_first_and_filtered(studio: Studio, run: Callable[..., Ran]) -> None:
    assert run("sessions")[0] == 1
    one = studio.whole(outputs(5), principal="ann")
    studio.clock.advance(1_000_000)
    live = studio.begin(principal="bob\x1b[2J", target="db\u202e1")
    studio.clock.advance(1_000_000)
    bad = studio.whole()
    studio.store.reel(bad).write_bytes(b"?")
    ran = run("sessions")
    assert ran[0] == 0
    assert ids(ran) == [live.id, bad, one]
    assert "\x1b" not in ran[1]
    assert "\u202e" not in ran[1]
    assert "bob\\x1b[2J" in ran[1]
    assert ids(run("sessions", "ANN", "sealed")) == [one]
    status, out, err = run("sessions", "nobody")
    assert (status, out) == (1, "")
    assert err.startswith("gatereel: GR-105: ")
    status, out, err = run("sessions", "--json", "nobody")
    assert (status, out) == (1, "[]\n")
    assert err.startswith("gatereel: GR-105: ")
    rows = json.loads(run("sessions", "--json")[1])
    assert [row["state"] for row in rows] == ["live", "damaged", "sealed"]
    assert rows[2].keys() == rows[1].keys() >= {
        "id", "path", "principal", "kind", "target", "account", "protocol", "start", "duration",
        "events", "frames", "state", "reason", "purpose", "commands", "verdicts", "masks",
    }  # fmt: skip
    assert rows[2]["frames"] is None


def test_filters_are_the_languages(studio: Studio, run: Callable[..., Ran]) -> None:
    one = studio.whole([Output(1, 1, b"secret")], principal="ann")
    studio.clock.advance(1_000_000)
    two = studio.whole([Output(1, 1, b"else")], principal="bob", target="db1")
    assert ids(run("sessions", "who:ann")) == [one]
    assert ids(run("sessions", "who:a* -target:db*", "state:sealed")) == [one]
    assert ids(run("sessions", "--", "-ann")) == [two]
    assert ids(run("sessions", "screen:secret")) == [one]
    assert ids(run("sessions", "after:2026-01-01", "who:bob,ann")) == [two, one]
    status, _, err = run("sessions", "state:nowhere")
    assert status == 2
    assert "GR-315" in err
    assert "^^^^^^^^^^^^^" in err
    rows = json.loads(run("sessions", "--json", "who:ann")[1])
    assert (rows[0]["frames"], rows[0]["commands"]) == (1, 0)


def test_what_a_catalog_of_somebody_elses_lacks_is_read(
    studio: Studio, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = studio.whole([Output(1, 1, b"secret")], principal="ann")
    run("index")
    monkeypatch.setattr(SqliteCatalog, "writable", False)
    studio.clock.advance(1_000_000)
    two = studio.whole([Output(1, 1, b"secret too")], principal="bob")
    studio.whole([Output(1, 1, b"nothing")], principal="cid")
    assert ids(run("sessions", "screen:secret")) == [two, one]
    assert ids(run("sessions", "screen:secret", "who:bob")) == [two]
