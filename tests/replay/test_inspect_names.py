from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.inspect_names import (
    control_sequence_name,
    escape_name,
    string_name,
    system_command_name,
)
from replay.invisible import hidden


@pytest.mark.parametrize(
    ("sequence", "name"),
    [
        (("", "", "", "m"), "reset"),
        (("", "1;4;31;47", "", "m"), "bold, underline, red, on white"),
        (("", "38;5;1;38;5;2", "", "m"), "colour 1, colour 2"),
        (("", "38;2;255;128;0;1", "", "m"), "#ff8000, bold"),
        (("", "48:2::1:2:3", "", "m"), "on #010203"),
        (("", "4:3;58;5;9", "", "m"), "underline style 3, underline colour 9"),
        (("", "38", "", "m"), "colour (incomplete)"),
        (("", "8", "", "m"), "concealed"),
        (("", "95;104", "", "m"), "bright magenta, on bright blue"),
        (("", "", "", "H"), "cursor to row 1, column 1"),
        (("", "12;40", "", "H"), "cursor to row 12, column 40"),
        (("", "3", "", "A"), "cursor up 3"),
        (("", "", "", "b"), "repeat the last character 1 times"),
        (("", "2", "", "J"), "erase the screen"),
        (("", "9", "", "J"), "erase (9)"),
        (("", "", "", "K"), "erase to the end of the line"),
        (("?", "1049", "", "h"), "on: alternate screen, cursor saved"),
        (("?", "25;2004", "", "l"), "off: cursor shown, bracketed paste"),
        (("?", "7777", "", "h"), "on: mode 7777"),
        (("", "4", "", "h"), "on: insert"),
        (("", "5;20", "", "r"), "scroll between rows 5 and 20"),
        (("", "", "", "r"), "scroll between rows 1 and the last"),
        (("", "2", " ", "q"), "cursor shape: block"),
        (("", "6", "", "n"), "ask where the cursor is"),
        (("", "3", "", "g"), "clear all tab stops"),
        (("", "8;24;80", "", "t"), "resize the window to 80×24"),
        (("", "22;0", "", "t"), "push the title"),
        (("", "18", "", "t"), "ask about the window"),
        (("", "99", "", "t"), "window operation"),
        ((">", "4;2", "", "m"), "set modified keys"),
        (("", "", "!", "p"), "soft reset"),
        (("", "1", "%", "z"), "unknown sequence"),
    ],
)
def test_control_sequences_by_name(sequence: tuple[str, str, str, str], name: str) -> None:
    assert control_sequence_name(*sequence) == name


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("0;vim\u200b", "title and icon: vim⟦ZWSP⟧"),
        ("8;;https://example.org/", "link to https://example.org/"),
        ("8;;", "link ends"),
        ("52;c;cm0gLXJmIC8=", "set the clipboard: rm -rf /"),
        ("52;c;?", "ask for the clipboard"),
        ("52;c;***", "set the clipboard (no base64)"),
        ("133;A", "prompt begins"),
        ("133;D;1", "command ended: status 1"),
        ("133;Z", "shell mark"),
        ("4242;x", "unknown system command: x"),
        ("", "unknown system command: "),
    ],
)
def test_system_commands_by_name(body: str, name: str) -> None:
    assert system_command_name(body) == name


def test_escapes_and_strings_by_name() -> None:
    assert escape_name("(", "0") == "charset G0: line drawing"
    assert escape_name("", "7") == "save cursor"
    assert escape_name("#", "8").startswith("alignment test")
    assert escape_name("&", "z") == "unknown escape"
    assert string_name("P", "$qm") == "ask for a setting"
    assert string_name("P", "0;1;0q#0") == "picture (sixel)"
    assert string_name("P", "xyz") == "device control string"
    assert string_name("_", "Ga=T") == "application command (APC)"


@given(
    st.sampled_from(["", "?", ">", "<", "="]),
    st.text("0123456789;:", max_size=40),
    st.sampled_from(["", " ", "!", "$", '"', "'", "%"]),
    st.sampled_from([chr(code) for code in range(0x40, 0x7F)]),
)
def test_every_sequence_has_a_name_that_can_be_read(
    prefix: str, text: str, intermediates: str, final: str
) -> None:
    name = control_sequence_name(prefix, text, intermediates, final)
    assert name
    assert name.isprintable()


@given(st.text())
def test_no_system_command_smuggles_anything_into_its_name(body: str) -> None:
    assert not any(map(hidden, system_command_name(body)))
