"""The shape that every error has."""

from __future__ import annotations

import pytest

from recorder.errors import GatereelError, RecordingError, UnsupportedRecording


def test_the_text_of_an_error_is_the_persons_line() -> None:
    error = GatereelError("say this", operator="know that")
    assert str(error) == error.person == "say this"
    assert error.operator == "know that"


def test_without_an_operators_line_both_get_the_same() -> None:
    assert GatereelError("say this").operator == "say this"


def test_damage_has_a_place() -> None:
    assert RecordingError("it is damaged").where == ""
    assert RecordingError("it is damaged", where="chunk 3").where == "chunk 3"


def test_who_catches_damage_catches_what_is_too_new_as_well() -> None:
    with pytest.raises(RecordingError) as caught:
        raise UnsupportedRecording("it needs a newer reader")
    assert caught.value.code == "GR-102"
