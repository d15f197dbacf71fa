from __future__ import annotations

import logging

import pytest

from gateway.faults import internal


def _fail(nothing: dict[str, str]) -> str:
    return nothing[chr(99) + "anary"]


def test_the_log_has_the_place_and_nobody_the_value(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        with pytest.raises(KeyError) as caught:
            _fail({})
        error = internal(caught.value, 7)
    assert "_fail" in caplog.text
    assert "channel 7: KeyError" in caplog.text
    assert "canary" not in caplog.text + error.person + error.operator
