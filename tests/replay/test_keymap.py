from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.keymap import KeymapError, default_path, parse, read, shown, spelt

DEFAULTS = {
    "player.next-frame": "full_stop",
    "player.previous-frame": "comma",
    "player.inspect": "x",
    "player.help": "question_mark,f1",
    "library.sort": "s",
}


def test_keys_as_they_are_written() -> None:
    keymap = parse(b'[player]\nnext-frame = ["n", "ctrl+n"]\ninspect = "i"\n', DEFAULTS)
    assert keymap == {"player.next-frame": "n,ctrl+n", "player.inspect": "i"}
    assert parse(b"", DEFAULTS) == {}


def test_a_key_that_is_given_away_is_lost_to_what_had_it() -> None:
    keymap = parse(b'[player]\nnext-frame = "x"\nprevious-frame = "?"\n', DEFAULTS)
    assert keymap["player.next-frame"] == "x"
    assert keymap["player.inspect"] == "f63"
    assert keymap["player.help"] == "f1"
    assert "library.sort" not in parse(b'[player]\ninspect = "s"\n', DEFAULTS)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"[player", "this is not TOML"),
        (b"\xff", "this is not TOML"),
        (b"[plaer]\n", "there is no section [plaer]: there are library, player"),
        (b"player = 3\n", "there is no section [player]"),
        (b'[player]\nnext-fram = "n"\n', "[player] has no 'next-fram'; is next-frame meant?"),
        (b'[player]\nzzz = "n"\n', "[player] has no 'zzz'"),
        (b"[player]\ninspect = 3\n", "inspect needs a key in quotes"),
        (b"[player]\ninspect = []\n", "inspect needs a key in quotes"),
        (b'[player]\ninspect = "two keys"\n', "'two keys' is no key"),
        (b'[player]\ninspect = ""\n', "'' is no key"),
        (b'[player]\ninspect = "n"\nnext-frame = "n"\n', "'n' is both inspect and next-frame"),
        (b'[player]\ninspect = "."\nhelp = "full_stop"\n', "is both inspect and help"),
        (b"#" * 70_000, "too large"),
    ],
)
def test_what_cannot_be_is_one_line(data: bytes, line: str) -> None:
    with pytest.raises(KeymapError) as caught:
        parse(data, DEFAULTS)
    assert line in caught.value.person
    assert "\n" not in caught.value.person


@given(st.binary(max_size=80))
def test_a_file_is_read_or_refused_whatever_it_holds(data: bytes) -> None:
    keymap: dict[str, str] = {}
    with contextlib.suppress(KeymapError):
        keymap = parse(data, DEFAULTS)
    assert set(keymap) <= set(DEFAULTS)


def test_a_file_is_named_in_the_error_and_need_not_be_there(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    assert read(path, DEFAULTS) == {}
    path.write_text('[player]\ninspect = "i"\n')
    assert read(path, DEFAULTS) == {"player.inspect": "i"}
    path.write_text("[player")
    with pytest.raises(KeymapError, match=r"keys\.toml: this is not TOML"):
        read(path, DEFAULTS)
    with pytest.raises(KeymapError, match="cannot read"):
        read(tmp_path, DEFAULTS)
    assert default_path().name == "keys.toml"


def test_keys_for_people() -> None:
    assert shown("full_stop") == "."
    assert shown("ctrl+n,page_up") == "ctrl n page up"
    assert spelt(".") == "full_stop"
    assert spelt("n") == "n"
