"""Cutting into tokens, and what sequences mean."""

import pytest

from recorder.screen import tokens as module
from recorder.screen.tokens import CALL, CUP, EDIT, EL, IGNORE, RIGHT, SGR, operation, tokens, whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("abc\r\nd", ["abc", "\r\n", "d"]),
        ("a\x1b[1;31mb", ["a", "\x1b[1;31m", "b"]),
        ("aé漢\u0301b", ["a", "é", "漢", "\u0301", "b"]),
        ("a\x7fb", ["a", "b"]),
        ("\x1b]0;t\x07x", ["\x1b]0;t\x07", "x"]),
        ("\x1b]0;t\x1b\\x", ["\x1b]0;t\x1b\\", "x"]),
        ("\x1b(0q\x1bM", ["\x1b(0", "q", "\x1bM"]),
        ("a\x1b[3\nm b", ["a", "\x1b[3\nm b"]),
        ("a\x1bPx\x1b\\b", ["a", "\x1bPx\x1b\\b"]),
        ("a\x9b31m", ["a", "\x9b31m"]),
        ("a\x1b", ["a", "\x1b"]),
        ("\x1b[38;2;1;2;3m\x1b[48;2;4;5;6mx", ["\x1b[38;2;1;2;3m\x1b[48;2;4;5;6m", "x"]),
        ("\x1b[38;2;1;2;3m\x1b[1mx", ["\x1b[38;2;1;2;3m", "\x1b[1m", "x"]),
        ("\x1b[38;2;1;2;3m\x1b[48;2;4;5;6", ["\x1b[38;2;1;2;3m", "\x1b[48;2;4;5;6"]),
    ],
)
def test_tokens(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("token", "is_whole"),
    [
        ("\x1b[m", True),
        ("\x1b[3", False),
        ("\x1b", False),
        ("\x1b]0;a", False),
        ("\x1b[3\nm", False),
    ],
)
def test_whole(token: str, is_whole: bool) -> None:
    assert bool(whole(token)) == is_whole


@pytest.mark.parametrize(
    ("token", "todo"),
    [
        ("\x1b[H", (CUP, 0, 0)),
        ("\x1b[3;4H", (CUP, 2, 3)),
        ("\x1b[0;5f", (CUP, 0, 4)),
        ("\x1b[K", (EL,)),
        ("\x1b[2K", (EDIT, "erase_in_line", (2,))),
        ("\x1b[C", (RIGHT, 1)),
        ("\x1b[m", (SGR, ((0, ()),))),
        ("\x1b[>4;2m", (IGNORE,)),
        ("\x1b[?4m", (IGNORE,)),
        ("\x1b[?1001r", (IGNORE,)),
        ("\x1b[?7;25h", (CALL, "set_private_mode", ((7, 25),))),
        ("\x1b[2 @", (EDIT, "scroll_left", (2,))),
        ("\x1b[!p", (CALL, "soft_reset", ())),
        ("\x1b7", (EDIT, "save_cursor", ())),
        ("\x1b)0", (CALL, "define_charset", ("0", ")"))),
        ("\x1b]2;t\x07", (CALL, "operating_system_command", ("2;t",))),
        ("\x00", (IGNORE,)),
    ],
)
def test_operations(token: str, todo: tuple[object, ...]) -> None:
    assert operation(token) == todo
    assert operation(token) is operation(token)


def test_memory_of_sequences_is_bounded() -> None:
    for number in range(module._REMEMBERED + 100):
        operation(f"\x1b[{number};1H")
    assert len(module._operations) <= module._REMEMBERED + 1
    operation("\x1b]0;" + "x" * 100_000 + "\x07")
    assert all(len(token) <= 64 for token in module._operations)
    assert operation("\r") == (module.RETURN,)


def test_every_operation_that_is_named_exists() -> None:
    from recorder.screen import Screen

    names = {name for name, _ in module._CONTROL_SEQUENCES.values()}
    names |= {name for name, _ in module._ESCAPES.values()}
    names |= {todo[1] for todo in module._CONTROLS.values() if todo[0] in (CALL, EDIT)}
    assert {name for name in names if not callable(getattr(Screen, name, None))} == set()
