from __future__ import annotations

from recorder.errors import GatereelError
from replay.errors import NoTerminal


def test_the_persons_line_and_the_operators() -> None:
    error = NoTerminal("the app needs a terminal", operator="stdout is a pipe")
    assert isinstance(error, GatereelError)
    assert (error.code, str(error), error.operator) == (
        "GR-301",
        "the app needs a terminal",
        "stdout is a pipe",
    )
