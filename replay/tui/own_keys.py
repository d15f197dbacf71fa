"""A person's own keys, as the app takes them: what their file says, or why it is left out.

Knows: every binding of every screen, the file (`replay.keymap`). Must never know: what an action
does. Called by `replay.cli` before the app begins; a file that cannot be used costs nobody the app.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from textual.binding import Binding

from replay.keymap import KeymapError, default_path, read
from replay.tui.case_keys import CASE_BINDINGS, VERIFY_BINDINGS
from replay.tui.keys import PLAYER_BINDINGS, STAGE_BINDINGS
from replay.tui.library_keys import LIBRARY_BINDINGS, RESULTS_BINDINGS


class OwnKeys(NamedTuple):
    """What differs from the keys that the app comes with."""

    keymap: Mapping[str, str]
    """Keys, by the ids of bindings."""
    problem: str = ""
    """One line, where the file cannot be used."""


@runtime_checkable
class WithOwnKeys(Protocol):
    """An app that has been told."""

    own_keys: OwnKeys


def defaults() -> dict[str, str]:
    """Every key that can be moved, by the id of its binding."""
    every: list[Binding] = [
        *PLAYER_BINDINGS, *STAGE_BINDINGS, *LIBRARY_BINDINGS, *RESULTS_BINDINGS, *CASE_BINDINGS,
        *VERIFY_BINDINGS,
    ]  # fmt: skip
    return {binding.id: binding.key for binding in every if binding.id is not None}


def keymap_of(app: object) -> Mapping[str, str]:
    """The keys of whoever sits at this app, by the ids of bindings, where they differ."""
    return app.own_keys.keymap if isinstance(app, WithOwnKeys) else {}


def own_keys(path: Path | None = None) -> OwnKeys:
    """What the file says; nothing where there is none."""
    try:
        return OwnKeys(read(path or default_path(), defaults()))
    except KeymapError as error:
        return OwnKeys({}, f"{error.code}: {error.person}")
