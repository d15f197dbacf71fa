"""Writes the parts of the documentation that the code already says: run by ``make docs``.

`PAGES` maps each page to the function that renders it; `tests/test_project.py` renders them
again and compares, so that none can fall behind. The picture is drawn by the application.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import gatereel
from recorder.errors import GatereelError
from recorder.reader import Recording

DOCS = Path(__file__).parent
PACKAGES = ("recorder", "gateway", "replay")
GENERATED = "<!-- written by `make docs`; change the code instead -->"


# -- docs/cli.md ---------------------------------------------------------------------------------


def cli() -> str:
    """Every verb with its arguments, off the parser itself."""
    verbs = subcommands(gatereel.build_parser(PACKAGES))
    lines = [
        "# The command line",
        "",
        GENERATED,
        "",
        "Exit status: 0 done, 1 the thing asked about is not so (verification failed, nothing",
        "found, refused), 2 wrong use, 130 interrupted. Errors go to standard error as one line:",
        "a code of [errors.md](errors.md), what happened, what to do. `GATEREEL_DEBUG=1` adds the",
        "operator's line. Times in JSON are integer microseconds.",
        "",
        "| verb | does |",
        "|---|---|",
    ]
    shown = {name: verbs[name] for name in gatereel.VERBS}
    lines += [f"| [`{name}`](#{name}) | {sub.description} |" for name, sub in shown.items()]
    for name, sub in shown.items():
        lines += ["", f"## {name}", "", *verb_section(name, sub)]
    return "\n".join(lines) + "\n"


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The verbs of a parser by name, each with a description; empty where it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for listed in action._choices_actions:
                sub = action.choices[listed.dest]
                sub.description = sub.description or listed.help
            return dict(action.choices)
    return {}


def verb_section(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    nested = subcommands(parser)
    if nested:
        yield f"{sentence(parser.description)}"
        for word, sub in nested.items():
            yield from ["", f"### {name} {word}", "", *verb_section(f"{name} {word}", sub)]
        return
    actions = [
        action
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction) and action.help != argparse.SUPPRESS
    ]
    usage = " ".join([f"gatereel {name}", *(synopsis(action) for action in actions)])
    yield from ["```", usage, "```", "", sentence(parser.description)]
    if actions:
        yield from ["", "| argument | means |", "|---|---|"]
        for action in actions:
            words = ", ".join(f"`{word}`" for word in spellings(action)).replace("|", "\\|")
            help_ = (action.help or "") % {**vars(action), "prog": "gatereel"}
            yield f"| {words} | {help_.replace('|', chr(92) + '|')} |"


def sentence(text: str | None) -> str:
    text = text or ""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def value(action: argparse.Action) -> str:
    """How the value of an argument is shown: a name, or the words that it may be."""
    if action.metavar is not None:
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.choices is not None:
        return "{" + ",".join(str(choice) for choice in action.choices) + "}"
    return action.dest.upper()


def spellings(action: argparse.Action) -> list[str]:
    if not action.option_strings:
        return [value(action)]
    tail = "" if action.nargs == 0 else f" {value(action)}"
    return [f"{option}{tail}" for option in action.option_strings]


def synopsis(action: argparse.Action) -> str:
    if action.option_strings:
        word = spellings(action)[-1]
        return word if action.required else f"[{word}]"
    match action.nargs:
        case "?":
            return f"[{value(action)}]"
        case "*":
            return f"[{value(action)} ...]"
        case "+":
            return f"{value(action)} ..."
        case argparse.REMAINDER:
            return f"[{value(action)} ...]"
        case _:
            return value(action)


# -- docs/modules.md -----------------------------------------------------------------------------


def modules() -> str:
    """Every module, and the one sentence that its docstring begins with."""
    lines = [
        "# Modules",
        "",
        GENERATED,
        "",
        "Each module's docstring says what it knows, what it must never know, and who calls it;",
        "this is how it begins. Who may import whom is in [architecture.md](architecture.md).",
    ]
    for package in PACKAGES:
        lines += ["", f"## {package}", "", "| module | |", "|---|---|"]
        for path in sorted((DOCS.parent / package).rglob("*.py")):
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            if said:
                name = path.relative_to(DOCS.parent).as_posix().removesuffix("/__init__.py")
                lines.append(f"| `{name}` | {' '.join(said.partition(chr(10) * 2)[0].split())} |")
    return "\n".join(lines) + "\n"


# -- docs/errors.md ------------------------------------------------------------------------------


def error_classes() -> list[type[GatereelError]]:
    """Every class of error in the three packages, by code."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(DOCS.parent / package)], f"{package}."):
            importlib.import_module(module.name)
    found: set[type[GatereelError]] = set()
    waiting = [GatereelError]
    while waiting:
        for sub in waiting.pop().__subclasses__():
            waiting.append(sub)
            if sub.__module__.split(".")[0] in PACKAGES:
                found.add(sub)
    return sorted(found, key=lambda each: (each.code, each.__name__))


def errors() -> str:
    """Every code, what it means, and where in the code it is at home."""
    lines = [
        "# Errors",
        "",
        GENERATED,
        "",
        "Each error has a code that does not change from version to version, one line for the",
        "person who met it and one for the operator. 1xx come from the recorder, 2xx from the",
        "gateway, 3xx from replay, 4xx from the command line.",
        "",
        "| code | means | class |",
        "|---|---|---|",
    ]
    lines += [
        f"| {each.code} | {each.summary} | `{each.__module__}.{each.__name__}` |"
        for each in error_classes()
    ]
    return "\n".join(lines) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": cli,
    "errors.md": errors,
    "modules.md": modules,
}


# -- docs/images ---------------------------------------------------------------------------------


def draw(store: Path) -> None:
    """The application as it draws itself, on the sample sessions."""
    program = [sys.executable, "-m", "replay.tui.picture"]
    images = DOCS / "images"
    images.mkdir(exist_ok=True)
    vim = next(path for path in store.glob("*.reel") if title(path).startswith("vim"))
    pictures = {
        "player.svg": (vim, ["--at", "72%", "--size", "84x30"]),
        "inspector.svg": (vim, ["--at", "40%", "--size", "120x34", "--keys", "x"]),
        "library.svg": (store, ["--size", "140x36", "--keys", "down down down down"]),
        "results.svg": (store, ["--size", "110x24", "--keys", "slash f a i l e d enter n n"]),
    }
    for name, (path, arguments) in pictures.items():
        subprocess.run([*program, path, images / name, *arguments], check=True)
        print(f"docs/images/{name}")


def title(path: Path) -> str:
    with Recording.open(path) as recording:
        return str(recording.header.facts["target"])


def main() -> int:
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")
        print(f"docs/{name}")
    with tempfile.TemporaryDirectory() as folder:
        # A copy, since looking at a recording writes its index beside it.
        store = Path(shutil.copytree(DOCS.parent / "sample_sessions", Path(folder) / "store"))
        draw(store)
    return 0


if __name__ == "__main__":
    sys.exit(main())
