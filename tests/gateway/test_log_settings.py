"""The usual log is of a level and in a form that the configuration may name."""

from __future__ import annotations

from gateway.log_settings import FORMS, LEVELS, LogSettings


def test_the_usual_is_among_the_choices() -> None:
    usual = LogSettings()
    assert usual.level in LEVELS
    assert usual.form in FORMS
