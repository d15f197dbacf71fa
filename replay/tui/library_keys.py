"""The keys of the library and of the results, in the order in which help lists them.

Knows: Textual bindings. Must never know: what an action does. As in `replay.tui.keys`, every
binding has an id, so that a keymap can move it, and a description.
"""

from __future__ import annotations

from textual.binding import Binding

from replay.tui.keys import Group


def _key(room: str, keys: str, action: str, description: str, shown: str) -> Binding:
    name = action.replace("(-", "-back-").replace("(", "-").rstrip(")")
    return Binding(keys, action, description, False, shown, id=f"{room}.{name}")


def _library(keys: str, action: str, description: str, shown: str) -> Binding:
    return _key("library", keys, action, description, shown)


def _results(keys: str, action: str, description: str, shown: str) -> Binding:
    return _key("results", keys, action, description, shown)


LIBRARY: tuple[Group, ...] = (
    Group(
        "Find",
        (
            _library("slash", "query", "Write a query: filters apply at once, enter searches", "/"),
            _library("f", "facets", "What sessions have in common: show, choose, hide", "f"),
            _library("c", "clear", "Clear the query", "c"),
        ),
    ),
    Group(
        "Sessions",
        (
            _library("s", "sort(1)", "Sort by the next column", "s"),
            _library("S", "reverse", "Sort the other way", "S"),
            *(
                _library(str(n), f"column({n})", f"Sort by column {n}", str(n))
                for n in range(1, 10)
            ),
            _library("0", "column(10)", "Sort by column 10", "0"),
            _library("p", "preview", "Preview: show or hide", "p"),
            _library("o", "telling", "Open at the screen that the preview shows", "o"),
            _library("r", "reload", "Look at the store again now", "r"),
            _library("b", "app.case", "Bookmarks of all sessions: the case", "b"),
            _library("v", "app.verify", "Verify this session", "v"),
            _library("V", "app.verify_store", "Verify the whole store", "V"),
        ),
    ),
    Group(
        "App",
        (
            _library("question_mark,f1", "help", "This help", "?"),
            _library("q,escape", "back", "Out of the query, out of the app", "q"),
        ),
    ),
)
LIBRARY_BINDINGS = [binding for group in LIBRARY for binding in group.bindings]

RESULTS: tuple[Group, ...] = (
    Group(
        "Hits",
        (
            _results("n", "hit(1)", "Next hit", "n"),
            _results("N", "hit(-1)", "Previous hit", "N"),
            _results("right_curly_bracket,tab", "session(1)", "First hit of the next session", "}"),
            _results(
                "left_curly_bracket,shift+tab",
                "session(-1)",
                "First hit of this session, of the one before",
                "{",
            ),
        ),
    ),
    Group(
        "Search",
        (
            _results("slash", "query", "Another query", "/"),
            _results("r", "again", "Search again", "r"),
        ),
    ),
    Group(
        "App",
        (
            _results("question_mark,f1", "help", "This help", "?"),
            _results("escape", "stop", "Stop the search; back where none goes on", "esc"),
            _results("q", "back", "Back to the library", "q"),
        ),
    ),
)
RESULTS_BINDINGS = [binding for group in RESULTS for binding in group.bindings]
