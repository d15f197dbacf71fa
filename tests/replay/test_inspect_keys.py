from __future__ import annotations

import pytest

from replay.inspect_keys import escaped_name, key_name, sequence_name, shifted_name


@pytest.mark.parametrize(
    ("char", "name"),
    [("\r", "enter"), ("\x03", "ctrl c"), ("\x7f", "backspace"), ("\x1a", "ctrl z"), ("\t", "tab")],
)
def test_controls_are_keys(char: str, name: str) -> None:
    assert key_name(char) == name


@pytest.mark.parametrize(
    ("sequence", "name"),
    [
        (("", "", "A"), "up"),
        (("", "1;5", "C"), "ctrl right"),
        (("", "1;2", "P"), "shift F1"),
        (("", "15", "~"), "F5"),
        (("", "3;7", "~"), "alt ctrl delete"),
        (("", "99", "~"), "key 99"),
        (("", "200", "~"), "paste begins"),
        (("", "27;5;105", "~"), "ctrl key i"),
        (("", "97;5", "u"), "ctrl key a"),
        (("", "8364", "u"), "key U+20AC"),
        (("<", "0;3;4", "M"), "mouse presses the left button at column 3, row 4"),
        (("<", "2;3;4", "m"), "mouse releases the right button at column 3, row 4"),
        (("<", "35;3;4", "M"), "mouse moves with the no button at column 3, row 4"),
        (("<", "65;3;4", "M"), "wheel down at column 3, row 4"),
        (("", "24;80", "R"), "answer: the cursor is in row 24, column 80"),
        (("?", "62;22", "c"), "answer: what the terminal is"),
        (("", "", "I"), "the terminal has focus"),
        (("", "99999999999", "~"), "key 0"),
        ((">", "1", "z"), "unknown sequence"),
    ],
)
def test_sequences_are_keys_mouse_and_answers(sequence: tuple[str, str, str], name: str) -> None:
    assert sequence_name(*sequence) == name


def test_alt_and_application_mode() -> None:
    assert escaped_name("x") == "alt x"
    assert shifted_name("A") == "up"
    assert shifted_name("j") == "keypad j"
