"""A query from a command line, and sessions from wherever they are known."""

from pathlib import Path

import pytest

from recorder.store import Store
from replay.commands.asking import Tell, asked, current, entries, joined
from replay.errors import QueryError
from tests.recorder.builders import Studio, outputs


def test_an_argument_with_blanks_is_a_phrase() -> None:
    assert joined(["a", "b c", "purpose:nightly backup", '"x y"', "/a b/"]) == (
        'a "b c" purpose:"nightly backup" "x y" /a b/'
    )
    assert joined(["who:a* -target:db*", "-who:x y"]) == "who:a* -target:db* -who:x y"


def test_what_is_wrong_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(QueryError):
        asked("a\x1b[2J after:x")
    shown, pointer = capsys.readouterr().err.splitlines()
    assert "\x1b" not in shown
    start = pointer.index("^")
    assert shown[start : start + len(pointer.strip())] == "after:x"


def test_notes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("rm -rf").asks
    assert "note:" in capsys.readouterr().err


def test_sessions_come_from_the_catalog_where_it_is_current(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        one = studio.whole(outputs(3))
        store = Store(tmp_path)
        assert [(entry.id, entry.indexed) for entry in entries(store)] == [(one, 0)]
        with current(store) as catalog:
            assert len(catalog.entries()) == 1
        assert [entry.indexed > 0 for entry in entries(store)] == [True]
        studio.clock.advance(1_000_000)
        live = studio.begin()
        assert [entry.id for entry in entries(store)] == [live.id, one]
        assert entries(store)[0].live


def test_progress_is_for_terminals(capsys: pytest.CaptureFixture[str]) -> None:
    Tell(shown=False)("going on")
    assert capsys.readouterr().err == ""
    tell = Tell(shown=True)
    tell("going on")
    tell("")
    assert capsys.readouterr().err == "\r\x1b[Kgoing on\r\x1b[K"
