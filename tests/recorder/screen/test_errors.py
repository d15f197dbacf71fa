"""The one error."""

import pytest

from recorder.screen import Screen, ScreenStateError


def test_it_is_a_value_error_and_says_what_is_wrong() -> None:
    with pytest.raises(ScreenStateError, match="form"):
        Screen.restore(b"{}")
    assert issubclass(ScreenStateError, ValueError)
