"""The gateway's errors: every class has a code of its own and a line that says what it is."""

from __future__ import annotations

import inspect
import re

from gateway import errors
from recorder.errors import GatereelError


def test_codes_are_the_gateways_and_unique() -> None:
    classes = [
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, GatereelError) and each is not GatereelError
    ]
    assert len(classes) >= 8
    assert len({each.code for each in classes}) == len(classes)
    for each in classes:
        assert re.fullmatch(r"GR-2\d\d", each.code)
        assert each.summary
        assert each.summary != GatereelError.summary


def test_the_persons_line_and_the_operators_line() -> None:
    error = errors.Denied("not here", operator="rule 3")
    assert (str(error), error.person, error.operator) == ("not here", "not here", "rule 3")
    assert errors.Denied("not here").operator == "not here"


def test_the_line_for_a_principal_acts_on_no_terminal() -> None:
    """VIEW-01 at the door: whatever a target or a file put into an error is only text here."""
    error = errors.Denied("a\x1b]0;t\x07b\r\nc\x9bd\u202ee\ud800f")
    assert errors.line_for(error) == b"gatereel: GR-201: a?]0;t?b??c?d?e?f"
    assert errors.line_for(errors.Denied("grün 日本")) == "gatereel: GR-201: grün 日本".encode()
    assert len(errors.line_for(errors.Denied("x" * 100_000))) == 1000
