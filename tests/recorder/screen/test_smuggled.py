"""What output says beside the screen: taken out, and nothing invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.screen.smuggled import drawn, in_characters, in_command, overlong, turned


def test_messages_in_characters() -> None:
    tags = "".join(chr(0xE0000 + ord(char)) for char in "a secret")
    selected = "".join(chr(0xE0100 + byte - 16) for byte in "é!".encode())
    assert [said.text for said in in_characters(f"x{tags}y\U0001f600{selected}")] == [
        "a secret",
        "é!",
    ]
    assert list(in_characters("❤\ufe0f plain 1\ufe0f\u20e3")) == []


def test_letters_written_backwards() -> None:
    assert [said.text for said in turned("ok \u202eterces\u202c ok")] == ["secret"]
    assert list(turned("ok")) == []


@given(st.text(st.characters(max_codepoint=127), min_size=1))
def test_overlong_letters_are_letters(text: str) -> None:
    for form in (
        bytes(b for c in text for b in (0xC0 | ord(c) >> 6, 0x80 | ord(c) & 63)),
        bytes(b for c in text for b in (0xE0, 0x80 | ord(c) >> 6, 0x80 | ord(c) & 63)),
    ):
        assert overlong(form) == text.encode()


@given(st.text())
def test_what_is_encoded_as_it_may_be_stays(text: str) -> None:
    data = text.encode("utf-8", "replace")
    assert overlong(data) == data


@pytest.mark.parametrize("word", ["lqqqk", "mqj", "x", "tnu", "aaaa", "h"])
def test_lines_are_lines(word: str) -> None:
    assert not drawn(word)


@pytest.mark.parametrize("word", ["secret", "root", "password"])
def test_letters_may_be_words(word: str) -> None:
    assert drawn(word)


@pytest.mark.parametrize("body", ["11;?", "4;1;rgb:00/ff/00", "133;A", "133;D;0", "104"])
def test_settings_say_nothing(body: str) -> None:
    assert list(in_command(body)) == []


def test_commands_say_what_is_in_them() -> None:
    assert [said.text for said in in_command("9;told")] == ["9;told"]
    assert [said.text for said in in_command("133;A;told")] == ["133;A;told"]
    assert [said.text for said in in_command("52;c;c2VjcmV0")] == ["52;c;c2VjcmV0", "secret"]
    assert [said.text for said in in_command("52;c;%%%")] == ["52;c;%%%"]
