from __future__ import annotations

from pathlib import Path

import pytest

from gateway.toml_table import Source, Table, dotted

TEXT = """\
a = 1
[b]
c = 1
"d e".f = 2
[[g]]
h = 1
[[g]]
h = 2
[b.i]   # with a comment
j = 1
"""


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("a",), 1),
        (("b",), 2),
        (("b", "c"), 3),
        (("b", "d e", "f"), 4),
        (("g",), 5),
        (("g", "0", "h"), 6),
        (("g", "1", "h"), 8),
        (("b", "i"), 9),
        (("b", "i", "j"), 10),
        (("b", "i", "missing"), 9),
        (("nowhere",), 0),
    ],
)
def test_keys_are_found_in_the_text(where: tuple[str, ...], line: int) -> None:
    assert Source(Path("x"), TEXT).line(where) == line


def test_paths_are_written_as_toml_would() -> None:
    assert dotted(("targets", "web 1", "host_keys")) == 'targets."web 1".host_keys'


def test_what_a_key_holds_is_known_before_it_is_read() -> None:
    table = Table(Source(Path("x.toml"), ""), (), {"a": {"b": 1}, "c": "d"})
    assert table.has_table("a")
    assert not table.has_table("c")
    assert not table.has_table("e")
