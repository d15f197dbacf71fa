"""A line of the log is one line, says what happened under stable keys, and does nothing."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.log_settings import LogSettings
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
