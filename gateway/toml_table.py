"""A TOML table read strictly: every key has a type, every key that nobody asked for is an error.

Knows: tables, keys, lines, and how to say what is wrong with one. Must never know what the
keys mean. Called by `gateway.config` alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gateway.refusals import ConfigError

T = TypeVar("T")

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


class Source:
    """The file that tables come from: its name for people, its folder for relative paths."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines = text.splitlines()

    def error(self, where: Sequence[str], what: str, line_of: Sequence[str] = ()) -> ConfigError:
        """An error at the key ``where``; ``line_of`` names the key to look the line up by."""
        line = self.line(line_of or where)
        place = f"{self.path}:{line}" if line else f"{self.path}"
        key = f"{dotted(where)}: " if where else ""
        return ConfigError(f"{place}: {key}{what}")

    def line(self, where: Sequence[str]) -> int:
        """The line that sets this key, or opens its table; 0 if that cannot be told."""
        header: tuple[str, ...] = ()
        counts: dict[tuple[str, ...], int] = {}
        best = 0
        for number, raw in enumerate(self.lines, 1):
            text = raw.strip()
            opened = re.match(r"\[(\[?)([^\[\]]+)\]\]?\s*(?:#.*)?\Z", text)
            if opened:
                header = _split(opened[2])
                if opened[1]:
                    index = counts.get(header, 0)
                    counts[header] = index + 1
                    header = (*header, str(index))
                here = header
            else:
                left, equals, _ = text.partition("=")
                if not equals or text.startswith("#"):
                    continue
                here = header + _split(left)
            if here[: len(where)] == tuple(where):
                return number
            if here == tuple(where)[: len(here)] and here:
                best = number
        return best


def _split(key: str) -> tuple[str, ...]:
    parts = re.findall(r'"([^"]*)"|\'([^\']*)\'|([^.\s]+)', key.strip())
    return tuple(double or single or bare for double, single, bare in parts)


def dotted(where: Sequence[str]) -> str:
    """A key's path as one would write it in TOML."""
    return ".".join(part if _BARE.match(part) else f'"{part}"' for part in where)


class Table:
    """One table; each getter marks its key as known, `finish` refuses what is left."""

    def __init__(self, source: Source, where: Sequence[str], values: Mapping[str, Any]) -> None:
        self.source = source
        self.where = tuple(where)
        self._values = values
        self._known: set[str] = set()
        self._promised: dict[str, str] = {}

    def error(self, key: str, what: str) -> ConfigError:
        return self.source.error((*self.where, key), what)

    def missing(self, key: str, hint: str) -> ConfigError:
        """That this key is needed; or, where it seems to be there misspelt, that."""
        for other in self._values:
            if other not in self._known and difflib.get_close_matches(other, [key], 1, 0.6):
                return self.error(other, f'there is no such key; did you mean "{key}"?')
        return self.source.error((*self.where, key), f"is missing; {hint}", self.where)

    def has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._values

    def has_table(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def promise(self, key: str, what: str) -> None:
        """This key has a meaning in a later version: refuse it by name."""
        self._promised[key] = what

    def _get(self, key: str, kinds: type | tuple[type, ...], name: str) -> Any:
        self._known.add(key)
        value = self._values.get(key)
        if value is None:
            return None
        wrong = isinstance(value, bool) and kinds is int
        if wrong or not isinstance(value, kinds):
            raise self.error(key, f"must be {name}, not {_kind(value)}")
        return value

    def text(self, key: str, default: str | None = None) -> str | None:
        value: str | None = self._get(key, str, "a string")
        if value == "":
            raise self.error(key, "must not be empty")
        if value is not None and "\0" in value:
            raise self.error(key, "must not hold a NUL")
        return default if value is None else value

    def require_text(self, key: str, hint: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.missing(key, hint)
        return value

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        value = self.text(key) or default
        if value not in choices:
            raise self.error(key, f'is "{value}"; {_one_of(choices)}{_near(value, choices)}')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key, list, "a list of strings")
        if value is None:
            return ()
        for item in value:
            if not isinstance(item, str) or not item:
                raise self.error(key, f"must be a list of strings, and holds {_kind(item)}")
        return tuple(value)

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        value: int | None = self._get(key, int, "a whole number")
        if value is None:
            return default
        if not low <= value <= high:
            raise self.error(key, f"is {value}; it must be from {low} to {high}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value: bool | None = self._get(key, bool, "true or false")
        return default if value is None else value

    def table(self, key: str) -> Table | None:
        value = self._get(key, dict, "a table")
        return None if value is None else Table(self.source, (*self.where, key), value)

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The named tables under this key, in the order of the file."""
        value = self._get(key, dict, "a table of tables")
        for name, inner in (value or {}).items():
            if not isinstance(inner, dict):
                raise self.source.error(
                    (*self.where, key, name), f"must be a table, not {_kind(inner)}"
                )
            yield name, Table(self.source, (*self.where, key, name), inner)

    def array(self, key: str) -> Iterator[Table]:
        """The tables of a ``[[key]]``."""
        value = self._get(key, list, f"written as [[{key}]]")
        for index, inner in enumerate(value or []):
            if not isinstance(inner, dict):
                raise self.error(key, f"must be written as [[{key}]]")
            yield Table(self.source, (*self.where, key, str(index)), inner)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of strings with free names, such as labels."""
        value = self._get(key, dict, "a table of strings")
        for name, inner in (value or {}).items():
            if not isinstance(inner, str):
                raise self.source.error(
                    (*self.where, key, name), f"must be a string, not {_kind(inner)}"
                )
        return dict(value or {})

    def parsed(self, key: str, value: str, parse: Callable[[str], T]) -> T:
        """``parse(value)``, its ValueError told as an error of this key."""
        try:
            return parse(value)
        except ValueError as problem:
            raise self.error(key, str(problem)) from None

    def finish(self) -> None:
        """Refuse the first key that no getter asked for."""
        for key in self._values:
            if key in self._promised:
                raise self.error(key, self._promised[key])
            if key not in self._known:
                near = _near(key, sorted(self._known))
                choices = f"; known here: {', '.join(sorted(self._known))}" if not near else ""
                raise self.error(key, f"there is no such key{near}{choices}")


def _near(word: str, choices: Sequence[str]) -> str:
    found = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""


def _one_of(choices: Sequence[str]) -> str:
    return "it must be " + " or ".join(f'"{choice}"' for choice in choices)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "an empty string" if not value else "a string"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
