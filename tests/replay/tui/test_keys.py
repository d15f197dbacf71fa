from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from replay.tui.case_keys import CASE_BINDINGS, VERIFY_BINDINGS
from replay.tui.keys import COUNT_LIFE, PLAYER_BINDINGS, STAGE_BINDINGS, Count
from replay.tui.library_keys import LIBRARY_BINDINGS, RESULTS_BINDINGS


def test_digits_typed_together_are_one_count_from_where_they_began() -> None:
    count = Count().typed(2, place=100, now=0).typed(0, place=900, now=COUNT_LIFE)
    assert (count.value(2 * COUNT_LIFE), count.place) == (20, 100)


def test_a_count_is_forgotten_after_a_while() -> None:
    count = Count().typed(2, place=100, now=0)
    assert count.value(COUNT_LIFE + 1) is None
    assert count.typed(3, place=50, now=COUNT_LIFE + 1) == Count("3", 50, 2 * COUNT_LIFE + 1)


def test_without_digits_there_is_no_count_and_none_is_unbounded() -> None:
    assert Count().value(0) is None
    assert Count().typed(0, 1, 0).value(0) == 1
    count = Count()
    for _ in range(100):
        count = count.typed(9, 1, 0)
    assert count.value(0) == 999_999


def test_every_key_has_an_id_of_its_own_a_description_and_one_action() -> None:
    for bindings in (
        PLAYER_BINDINGS,
        LIBRARY_BINDINGS,
        RESULTS_BINDINGS,
        CASE_BINDINGS,
        VERIFY_BINDINGS,
    ):
        ids = [binding.id for binding in bindings]
        assert None not in ids
        assert len(set(ids)) == len(ids)
        keys = [key for binding in bindings for key in binding.key.split(",")]
        assert len(set(keys)) == len(keys)
        assert all(binding.description and binding.key_display for binding in bindings)


def test_every_key_of_the_player_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "player.md").read_text("utf-8")
    for binding in (*PLAYER_BINDINGS, *STAGE_BINDINGS):
        name = (binding.id or "").partition(".")[2]
        shown = binding.key_display or binding.key
        assert name.startswith("to-") or f"| `{shown}` | `{name}` |" in page, name


def pressed_in(page: ast.Module) -> Iterator[str]:
    """Words in calls that press keys, in a test's cases, and in tables of the module."""
    for node in ast.walk(page):
        match node:
            case ast.Call(func=ast.Attribute(attr="press" | "parametrize"), args=args):
                sources: list[ast.expr] = args
            case ast.Call(func=ast.Name(id=name), args=args) if name.startswith(("at_", "press")):
                sources = args
            case ast.Assign(targets=[ast.Name(id=name)], value=table) if name.isupper():
                sources = [table]
            case _:
                continue
        for source in sources:
            for part in ast.walk(source):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from part.value.split()


def test_every_key_has_a_pilot_test() -> None:
    """A key that no test presses is named here."""
    pages = sorted(Path(__file__).parent.glob("test_*.py"))
    pressed = {key for page in pages for key in pressed_in(ast.parse(page.read_text("utf-8")))}
    rooms = {
        "player": PLAYER_BINDINGS,
        "stage": STAGE_BINDINGS,
        "library": LIBRARY_BINDINGS,
        "results": RESULTS_BINDINGS,
        "case": CASE_BINDINGS,
        "verify": VERIFY_BINDINGS,
    }
    missing = {
        f"{room}: {key}"
        for room, bindings in rooms.items()
        for binding in bindings
        for key in binding.key.split(",")
        if key not in pressed
    }
    assert not missing, " ".join(sorted(missing))
