"""The facets: what the listed sessions have in common, with counts; choosing one filters.

Knows: `replay.library.Facet`. Must never know: entries, queries. Called by the library's screen,
which is told each choice as a filter as it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.message import Message

from replay.library import Facet, written
from replay.tui.cells import label
from replay.tui.virtual_rows import GUTTER, VirtualRows

FEW = 8
"""Values of a facet that are shown until all are asked for."""


@dataclass(frozen=True, slots=True)
class _Row:
    facet: Facet
    value: str = ""
    count: int = 0
    more: int = 0
    """So many values are not shown: the row that shows them."""

    @property
    def title(self) -> bool:
        return not self.value and not self.more


class Facets(VirtualRows):
    """The pane."""

    ONE_CLICK = True

    class Picked(Message):
        """A value was chosen."""

        def __init__(self, written: str) -> None:
            super().__init__()
            self.written = written

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self._facets: Sequence[Facet] = ()
        self._rows: list[_Row] = []
        self._open: set[str] = set()
        self._chosen: Collection[str] = ()

    def show(self, facets: Sequence[Facet], chosen: Collection[str]) -> None:
        """These; ``chosen``: the filters that are in the query, as they are written."""
        self._facets, self._chosen = facets, chosen
        before = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        self._rows = [row for facet in facets for row in self._rows_of(facet)]
        same = [
            n
            for n, row in enumerate(self._rows)
            if before and (row.facet.field, row.value) == (before.facet.field, before.value)
        ]
        self.set_count(len(self._rows), same[0] if same else max(self.cursor, 0))

    def _rows_of(self, facet: Facet) -> list[_Row]:
        values = facet.values
        shown = values if facet.field in self._open else values[:FEW]
        rows = [_Row(facet), *(_Row(facet, value, count) for value, count in shown)]
        if len(shown) < len(values):
            rows.append(_Row(facet, more=len(values) - len(shown)))
        return rows

    def selectable(self, row: int) -> bool:
        return not self._rows[row].title

    def draw_row(self, row: int, width: int) -> Text:
        said = self._rows[row]
        if said.title:
            return Text(said.facet.title, "bold underline", end="")
        if said.more:
            return Text(f"… {said.more} more", "italic", end="")
        count = str(said.count)
        chosen = written(said.facet.field, said.value) in self._chosen
        text = Text(end="").append("✓ " if chosen else "", "bold green")
        text.append_text(label(said.value, "bold" if chosen else ""))
        text.truncate(max(width - len(count) - 1, 1), overflow="ellipsis")
        text.pad_right(max(width - text.cell_len - len(count), 1))
        return text.append(count, "dim")

    def action_choose(self) -> None:
        self._choose(self.cursor)

    def _choose(self, row: int) -> None:
        if not 0 <= row < len(self._rows):
            return
        said = self._rows[row]
        if said.more:
            self._open.add(said.facet.field)
            self.show(self._facets, self._chosen)
        elif said.value:
            self.post_message(self.Picked(written(said.facet.field, said.value)))


WIDTH = 28 + GUTTER
"""Columns of the pane."""
