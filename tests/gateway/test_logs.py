"""A line of the log is one line, says what happened under stable keys, and does nothing."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.log_settings import LogSettings
from gateway.log_subject import SESSION
from gateway.logbook import NAMED
from gateway.logs import set_up


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = tuple(root.handlers), root.level
    yield
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


def test_a_line_is_an_object_with_stable_keys() -> None:
    out = io.StringIO()
    set_up(LogSettings(), out)
    facts = {"session": "0199", "principal": "alice", "code": "GR-225"}
    logging.getLogger("gateway.x").warning("refused %d", 3, extra=facts)
    line = json.loads(out.getvalue())
    assert list(line)[:3] == ["time", "level", "event"]
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "event": "refused 3", "logger": "gateway.x", **facts}


@given(st.text(), st.text(), st.sampled_from(["json", "text"]))
def test_nothing_in_a_line_acts_or_begins_another(words: str, who: str, form: str) -> None:
    out = io.StringIO()
    set_up(LogSettings(form=form), out)
    logging.getLogger("x").error(words.replace("%", ""), extra={"principal": who})
    text = out.getvalue()
    assert text.endswith("\n")
    assert text[:-1].isprintable()


def test_a_terminal_gets_a_line_to_read() -> None:
    out = Screen()
    set_up(LogSettings(), out)
    logging.getLogger("x").info("hello\x1b[2J\n", extra={"code": "GR-225"})
    assert out.getvalue()[19:] == " INFO    hello\\x1b[2J\\n  code=GR-225\n"


@pytest.mark.parametrize("form", ["json", "text"])
def test_of_an_error_the_place_is_told_and_not_what_it_quotes(form: str) -> None:
    out = io.StringIO()
    set_up(LogSettings(form=form), out)
    try:
        int("hunter2")
    except ValueError:
        logging.getLogger("x").exception("a fault")
    assert "hunter2" not in out.getvalue()
    assert "ValueError" in out.getvalue()
    assert "test_of_an_error_the_place" in out.getvalue()


def test_the_level_is_as_it_was_set_and_a_library_is_quieter() -> None:
    out = io.StringIO()
    set_up(LogSettings(level="warning"), out)
    logging.getLogger("x").info("no")
    logging.getLogger("asyncssh").warning("no")
    logging.getLogger("x").warning("yes")
    assert out.getvalue().count("\n") == 1


def test_the_page_of_operations_has_every_key_that_is_logged() -> None:
    root = Path(__file__).parents[2]
    used = {"time", "level", "event", "logger", "session", "error", "place", *NAMED}
    for path in (root / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "extra":
                assert isinstance(node.value, ast.Dict), f"{path}: its keys are not to be seen"
                keys = [key for key in node.value.keys if key is not None]
                used |= {str(key.value) for key in keys if isinstance(key, ast.Constant)}
    text = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("| key of the log | is |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == used


def test_what_is_logged_on_behalf_of_a_session_says_which() -> None:
    out = io.StringIO()
    set_up(LogSettings(form="json"), out)
    before = SESSION.set("0199")
    logging.getLogger("x").warning("two\nlines")
    logging.getLogger("x").warning("of another", extra={"session": "0200"})
    SESSION.reset(before)
    (first, second) = map(json.loads, out.getvalue().splitlines())
    assert (first["session"], first["event"]) == ("0199", "two\\nlines")
    assert second["session"] == "0200"
