"""The table of prompts."""

from __future__ import annotations

import pytest

from recorder.prompt_shapes import asks_for_more, look_of, shape_of


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("$ ", "shell"),
        ("root@db:/var/lib# ", "shell"),
        (">>> ", "python"),
        ("shop=# ", "psql"),
        ("shop!> ", "psql"),
        ("mysql> ", "mysql"),
        ("sqlite> ", "sqlite"),
        ("(Pdb) ", "debugger"),
        ("alice@web1 ~> ", "console"),
        ("❯ ", "decorated shell"),
        ("➜  src ", "decorated shell"),
        ("> ", "console"),
    ],
)
def test_each_is_what_it_is(prompt: str, name: str) -> None:
    shape = shape_of(prompt)
    assert shape is not None
    assert shape.name == name


@pytest.mark.parametrize("prompt", ["", "Password: ", "Continue? [Y/n] ", "login: ", "name"])
def test_what_is_none(prompt: str) -> None:
    assert shape_of(prompt) is None


def test_what_asks_for_more_does_so_of_its_own_kind() -> None:
    assert asks_for_more("$ ", "> ")
    assert asks_for_more("web1% ", "for> ")
    assert asks_for_more("shop=# ", "shop-# ")
    assert not asks_for_more("$ ", "sqlite> ")
    assert not asks_for_more("$ ", "mysql> ")
    assert not asks_for_more("> ", "> ")
    assert not asks_for_more("name", "> ")


def test_the_look_stays_when_the_folder_changes_but_not_when_the_person_does() -> None:
    assert look_of("al@web:~$ ") == look_of("al@web:/etc/nginx$ ")
    assert look_of("al@web:~$ ") != look_of("bob@web:~$ ")
    assert look_of("$ ") != look_of("# ")
    assert look_of("➜  app git:(main) ✗ ") == look_of("➜  src ")
