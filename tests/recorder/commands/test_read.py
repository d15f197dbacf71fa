"""The verbs that look, through the front door: what they print and how they exit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gatereel
from recorder.commands.read import visible
from recorder.events import Input, Output, TargetReached, Terminal, Unknown
from tests.recorder.builders import Studio, fixed_signer, outputs


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path / "store") as made:
        yield made


class Ran:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    def json(self) -> Any:
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def gate(studio: Studio, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str, store: bool = True) -> Ran:
        place = ["--store", str(studio.path)] if store else []
        status = gatereel.main([*words, *place])
        return Ran(status, *capsys.readouterr())

    return run


def test_events_are_told_exactly(studio: Studio, gate: Any) -> None:
    later = Unknown(3, 1, "sql-row", (1, [b"\xff", "x"], {"a": b"y"}))
    session = studio.whole(
        [Output(1, 1, b"text"), Output(2, 1, b"\xff\x00"), later,
         TargetReached(4, 0, {"key": b"\xfe", "n": 1})]
    )  # fmt: skip
    facts = gate("events", session, "--json").lines()
    assert [fact["event"] for fact in facts] == list(range(9))
    assert [fact["code"] for fact in facts[4:8]] == ["o", "o", "sql-row", "target"]
    assert (facts[4]["data"], facts[4]["time"], facts[4]["channel"]) == ("text", 1, 1)
    assert facts[5]["data_hex"] == "ff00"
    assert facts[6]["fields"] == [1, [{"hex": "ff"}, "x"], {"a": "y"}]
    assert facts[7]["facts"] == {"key_hex": "fe", "n": 1}
    assert facts[4]["wall"] == "2026-09-21T14:13:20.000001Z"
    some = gate("events", session, "--json", "--from", "7").lines()
    assert some == facts[7:]
    text = gate("events", session).out
    assert text.count("\n") == 9
    assert "\x00" not in text


def test_events_up_to_the_damage_then_one_line(studio: Studio, gate: Any) -> None:
    session = studio.whole(outputs(5))
    path = studio.store.reel(session)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    ran = gate("events", session, "--json")
    assert ran.status == 1
    assert len(ran.lines()) == 10
    assert ran.err.startswith("gatereel: GR-101: ")


def test_verify_says_what_and_where_and_exits_with_it(studio: Studio, gate: Any) -> None:
    nothing = gate("verify")
    assert (nothing.status, "nothing to verify" in nothing.err) == (1, True)
    session = studio.whole(outputs(5))
    path = studio.store.reel(session)
    for words in ((), (session,), (session[:13],)):
        ran = gate("verify", *words)
        assert (ran.status, ran.out.splitlines()[0]) == (0, f"{session}: verified")
    assert gate("verify", str(path), store=False).status == 0
    path.write_bytes(path.read_bytes()[:-30])
    ran = gate("verify", session)
    assert ran.status == 1
    assert ran.out.splitlines()[0] == f"{session}: NOT verified"
    assert "FAIL table" in ran.out
    report = gate("verify", "--json").json()
    assert report["ok"] is False
    assert [check["name"] for check in report["checks"] if not check["ok"]] == ["layout", "table"]


def test_verify_goes_by_the_key_that_is_given(studio: Studio, gate: Any, tmp_path: Path) -> None:
    session = studio.whole()
    key = tmp_path / "other.key"
    key.write_text(f"# somebody else's\n\n{fixed_signer('other', 3).verifier}\n")
    assert gate("verify", session, "--key", str(key)).status == 1
    key.write_text(f"{fixed_signer().verifier}\n")
    assert gate("verify", session, "--key", str(key)).status == 0
    key.write_text("nonsense\n")
    assert gate("verify", session, "--key", str(key)).err.startswith("gatereel: GR-106: ")
    assert gate("verify", session, "--key", str(tmp_path / "none")).status == 1


@pytest.mark.parametrize("words", [("info", "zzz"), ("events", "zzz"), ("verify", "none.reel")])
def test_what_is_not_there_is_one_line(gate: Any, words: tuple[str, ...]) -> None:
    ran = gate(*words)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith("gatereel: GR-105: ")


def test_no_recorded_byte_acts_on_the_terminal() -> None:
    every = "".join(map(chr, [*range(0xA1), 0xAD, 0x200B, 0x202E, 0x2066, 0xFEFF, 0xE0001]))
    shown = visible(every)
    assert shown.isprintable()
    assert visible("plain ünï 漢字 🙂") == "plain ünï 漢字 🙂"


def test_info_lists_the_commands(studio: Studio, gate: Any) -> None:
    session = studio.whole(
        [
            Terminal(0, 1, "xterm", 80, 24, 0, 0, b""),
            Output(1, 1, b"$ "),
            Input(100_000, 1, b"ls"),
            Output(100_001, 1, b"ls"),
            Input(200_000, 1, b"\r"),
            Output(200_001, 1, b"\r\nout\r\n$ "),
        ]
    )
    facts = gate("info", session, "--json").json()
    (command,) = facts["command_list"]
    assert facts["commands"] == 1
    assert (command["text"], command["confidence"]) == ("ls", 90)
    assert (command["time"], command["ended"]) == (200_000, 200_001)
    assert command["first"] < command["event"] < command["last"]
    assert "commands       1\n" in gate("info", session).out
