from __future__ import annotations

import pytest

from replay.tui.app import ReplayApp
from replay.tui.keys import Group
from replay.tui.library_keys import LIBRARY, LIBRARY_BINDINGS, RESULTS, RESULTS_BINDINGS
from replay.tui.library_screen import LibraryScreen
from replay.tui.results_screen import ResultsScreen


@pytest.mark.parametrize(("screen", "groups"), [(LibraryScreen, LIBRARY), (ResultsScreen, RESULTS)])
def test_every_key_is_an_action_of_its_screen(screen: type, groups: tuple[Group, ...]) -> None:
    for group in groups:
        for binding in group.bindings:
            action = binding.action.partition("(")[0]
            place = ReplayApp if action.startswith("app.") else screen
            assert hasattr(place, f"action_{action.removeprefix('app.')}"), binding


def test_every_column_has_a_digit() -> None:
    digits = {b.key for b in LIBRARY_BINDINGS if b.action.startswith("column(")}
    assert digits == set("1234567890")


def test_no_id_is_used_twice() -> None:
    ids = [binding.id for binding in (*LIBRARY_BINDINGS, *RESULTS_BINDINGS)]
    assert len(ids) == len(set(ids))
