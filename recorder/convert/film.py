"""Frames packed for a player that has no terminal: rows of runs, and what changes between frames.

Knows: frames in order. Must never know: markup, files. Called by `recorder.convert.html`, whose
script unpacks it.

Each different row and look is there once; a frame names the rows that changed. So that any frame
is reached by few steps, one in `KEY_EVERY` names all of its rows. The size is bounded: who has more
takes a range.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from recorder.convert.looks import segments, writable
from recorder.convert.walk import Shown
from recorder.errors import ConversionError
from recorder.screen import Frame

LIMIT = 48 << 20
"""Bytes of a film before it is packed."""
KEY_EVERY = 100
_BLANK = 0
"""The row in which nothing is shown."""
_Key = TypeVar("_Key")
_NUMBER = 12
"""Bytes that a small number takes, at most, with its comma."""


class Film:
    """What was shown, frame by frame; `text` is all of it."""

    def __init__(self) -> None:
        self._styles: dict[tuple[str, str, int], int] = {}
        self._rows: dict[str, int] = {"[]": _BLANK}
        self._titles: dict[str, int] = {"": 0}
        self._frames: list[str] = []
        self._size = 0
        self._shown: list[int] = []
        self._screen: Frame | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, shown: Shown) -> None:
        """The next frame. Raises `ConversionError` where it becomes too much."""
        screen, ref = shown.screen, shown.ref
        changed = screen.changed_rows(self._screen)
        rows = [
            self._row(screen, y) if changed is None or y in changed else self._shown[y]
            for y in range(screen.rows)
        ]
        whole = changed is None or len(self._frames) % KEY_EVERY == 0
        named: list[int] = []
        for y, row in enumerate(rows):
            if (whole and row != _BLANK) or (not whole and row != self._shown[y]):
                named += [y, row]
        x, y, visible = screen.cursor
        self._frames.append(
            _packed(
                [
                    ref.closed,
                    ref.number,
                    ref.last,
                    int(ref.stable),
                    screen.cols if whole else 0,
                    screen.rows,
                    x if visible else -1,
                    y,
                    self._title(screen.title),
                    named,
                ]
            )
        )
        self._shown, self._screen = rows, screen
        self._grow(len(self._frames[-1]))

    def text(self, facts: dict[str, Any]) -> str:
        """The film as JSON, `facts` beside it."""
        parts = [
            _packed(facts)[:-1] + ("," if facts else ""),
            f'"styles":{_packed([list(style) for style in self._styles])},',
            f'"titles":{_packed(list(self._titles))},',
            f'"rows":[{",".join(self._rows)}],',
            f'"frames":[{",".join(self._frames)}]}}',
        ]
        return "".join(parts)

    def _row(self, screen: Frame, y: int) -> int:
        made = _packed(
            [
                [s.x, s.columns, s.text, self._style(s.fg, s.bg, int(s.attributes))]
                for s in segments(screen, y)
            ]
        )
        return self._number(self._rows, made, len(made))

    def _style(self, fg: str, bg: str, attributes: int) -> int:
        return self._number(self._styles, (fg, bg, attributes), 3 * _NUMBER)

    def _title(self, title: str) -> int:
        title = writable(title)
        return self._number(self._titles, title, len(_packed(title)))

    def _number(self, table: dict[_Key, int], key: _Key, size: int) -> int:
        number = table.get(key)
        if number is None:
            number = table[key] = len(table)
            self._grow(size)
        return number

    def _grow(self, size: int) -> None:
        self._size += size + 1
        if self._size > LIMIT:
            raise ConversionError(
                f"that is more than a page holds ({LIMIT >> 20} MiB of frames): take a part of it, "
                "with --from and --to"
            )


def film_of(frames: Iterable[Shown]) -> Film:
    """All of these frames."""
    film = Film()
    for shown in frames:
        if not shown.again:
            film.add(shown)
    return film


def _packed(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
