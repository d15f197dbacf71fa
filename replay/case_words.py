"""The words of ``gatereel case``: its verbs and their arguments.

Knows: argparse. Must never know: what a case is; nothing heavy is imported until one runs. Called
by `replay.cli`; what the verbs do is in `replay.commands.case` and `replay.commands.case_read`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from recorder.places import add_place_arguments

_Run = Callable[[argparse.Namespace], int]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Every verb under ``case``."""
    what = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    _writing(what)
    _reading(what)


def run(options: argparse.Namespace) -> int:
    """The verb that was chosen."""
    chosen: _Run = options.case_
    return chosen(options)


def _later(module: str, function: str) -> _Run:
    def chosen(options: argparse.Namespace) -> int:
        status: int = getattr(importlib.import_module(f"replay.commands.{module}"), function)(
            options
        )
        return status

    return chosen


def _verb(
    what: argparse._SubParsersAction[argparse.ArgumentParser], name: str, module: str, words: str
) -> argparse.ArgumentParser:
    verb = what.add_parser(name, help=words, description=words, allow_abbrev=False)
    verb.set_defaults(case_=_later(module, "list_" if name == "list" else name))
    verb.add_argument("file", type=Path, metavar="FILE", help="a .case file")
    return verb


def _writing(what: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = _verb(what, "new", "case", "begin a case in a new file")
    new.add_argument("--title", metavar="TEXT", help="what it is about (else the file's name)")
    _author(new)
    add = _verb(what, "add", "case", "bookmark a moment of a session, and keep its screen")
    add.add_argument(
        "session", metavar="SESSION", help="an id, a unique part of one, or a path; "
        "#e1842, #f977 or @12:03 after it says where (else its end)",
    )  # fmt: skip
    add.add_argument("--note", default="", metavar="TEXT", help="what there is to see")
    _author(add)
    add_place_arguments(add)
    note = _verb(what, "note", "case", "say something about the case, or about an entry of it")
    note.add_argument("text", metavar="TEXT")
    note.add_argument("--on", default="", metavar="ENTRY", help="an entry (else the whole case)")
    _author(note)
    edit = _verb(what, "edit", "case", "give an entry of your own another text")
    _entry(edit)
    edit.add_argument("text", metavar="TEXT")
    _author(edit)
    withdraw = _verb(what, "withdraw", "case", "take an entry of your own back; it stays, struck")
    _entry(withdraw)
    _author(withdraw)
    sign = _verb(what, "sign", "case", "sign what you wrote, with your SSH key")
    sign.add_argument(
        "--key", type=Path, metavar="FILE",
        help="a private key, or the .pub of one that the ssh-agent holds (else the agent's only)",
    )  # fmt: skip
    _author(sign)
    merge = _verb(what, "merge", "case", "add what another copy of the case has")
    merge.add_argument("other", type=Path, metavar="OTHER", help="the other copy")
    _author(merge)


def _reading(what: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listed = _verb(what, "list", "case_read", "the bookmarks and notes of a case")
    listed.add_argument("--all", action="store_true", help="what was withdrawn too")
    _trust(listed)
    _json(listed)
    show = _verb(what, "show", "case_read", "one entry, with the screen that it keeps")
    _entry(show)
    show.add_argument("--format", choices=("text", "ansi", "svg"), default="text")
    _trust(show)
    _json(show)
    verify = _verb(
        what, "verify", "case_read",
        "check who wrote what, that nothing is missing, and the screens against the recordings",
    )  # fmt: skip
    _trust(verify)
    verify.add_argument(
        "--recorder-key", type=Path, action="append", default=[], metavar="FILE",
        help="verification keys of who recorded (else the store's)",
    )  # fmt: skip
    verify.add_argument(
        "--offline", action="store_true", help="by the file alone: look at no recording"
    )
    add_place_arguments(verify)
    _json(verify)
    export = _verb(what, "export", "case_read", "write a case as a page or a text")
    export.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="a new .html or .txt file"
    )
    _trust(export)


def _author(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as", dest="author", metavar="NAME", help="who writes (else $GATEREEL_AUTHOR, else you)"
    )


def _entry(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entry", metavar="ENTRY", help="the beginning of an entry's name")


def _trust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allowed-signers", type=Path, metavar="FILE",
        help="whose SSH key is whose (else $GATEREEL_ALLOWED_SIGNERS, else ~/.ssh/allowed_signers)",
    )  # fmt: skip


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs: stable keys")
