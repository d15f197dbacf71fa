"""The one verb of replay on the command line: ``gatereel replay``.

Knows: argparse, and what a SESSION argument may look like. Must never know: how the app works;
it is imported when the verb runs. Called by the front door.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recorder.cli import Verb
from recorder.places import add_config_argument, add_place_arguments, data_folder, store_path

if TYPE_CHECKING:
    from recorder.moments import Moment
    from recorder.store import Store

_NUMBERED = re.compile(r"(.+)(#[ef][0-9]+)")


def verbs() -> list[Verb]:
    """Those of this package, in the order in which help lists them."""
    return [
        Verb("replay", "play sessions back, in an app", _arguments, _run),
        Verb("sessions", "list the sessions of a store", _sessions, _run_sessions),
        Verb("search", "find what was on screens, typed, run", _search, _run_search),
        Verb("case", "bookmarks and notes, signed, in a file of their own", _case, _run_case),
        Verb("prune", "remove recordings that are due, and record it", _prune, _run_prune),
        Verb("watch", "watch a live session, through the gateway", _watch, _run_watch),
        Verb("kill", "end a live session, through the gateway", _kill, _run_kill),
        Verb("requests", "list what waits for approval", _requests, _run_requests),
        Verb("approve", "approve what waits, signed by your own key", _approve, _run_approve),
        Verb("deny", "deny what waits for approval", _deny, _run_deny),
        Verb("withdraw", "take back what you asked for", _withdraw, _run_withdraw),
        Verb("served", "show recordings to somebody at the gateway", _served, _run_served),
        Verb("index", "derive frames and text, and keep the catalog", _index, _run_index),
    ]


def _prune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--older-than", metavar="AGE", help="those that ended so long ago: 90d (or h, w, y)"
    )
    parser.add_argument("--keep", type=int, metavar="N", help="all but the newest so many")
    parser.add_argument("--dry-run", action="store_true", help="say what would go; change nothing")
    add_place_arguments(parser)
    parser.add_argument("--json", action="store_true", help="for programs: stable keys")


def _run_prune(options: argparse.Namespace) -> int:
    from replay.commands.prune import prune_

    return prune_(options)


def _sessions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "filter",
        nargs="*",
        metavar="FILTER",
        help="who:alice, target:web*, after:yesterday, verdict:deny, cmd:rm, ...; words that must "
        "be in the row (docs/search.md)",
    )
    add_place_arguments(parser)
    parser.add_argument("--json", action="store_true", help="for programs: stable keys")


def _run_sessions(options: argparse.Namespace) -> int:
    from replay.commands.sessions import sessions

    return sessions(options)


def _search(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query",
        metavar="QUERY",
        help='words, "phrases", /regular expressions/, -without, in:typed, cmd:run, sql:, file:, '
        "title:, and filters as sessions has them (docs/search.md)",
    )
    # Without a default argparse calls it required where the query is missing.
    parser.add_argument("session", nargs="*", default=[], metavar="SESSION", help="in these only")
    parser.add_argument("--limit", type=_count, metavar="N", help="stop after so many hits")
    add_place_arguments(parser)
    parser.add_argument("--json", action="store_true", help="a line a hit, with stable keys")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _run_search(options: argparse.Namespace) -> int:
    from replay.commands.search import search

    return search(options)


def _index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="*", metavar="SESSION", help="these (else all)")
    parser.add_argument("--rebuild", action="store_true", help="anew, whatever is there")
    parser.add_argument("--follow", action="store_true", help="go on as recordings grow")
    add_place_arguments(parser)


def _run_index(options: argparse.Namespace) -> int:
    from replay.commands.index import index

    return index(options)


def _session_of_gateway(parser: argparse.ArgumentParser) -> None:
    from replay.remote import add_gateway_argument

    parser.add_argument("session", metavar="SESSION", help="an id, or a unique part of one")
    add_gateway_argument(parser)
    add_config_argument(parser)


def _watch(parser: argparse.ArgumentParser) -> None:
    _session_of_gateway(parser)


def _run_watch(options: argparse.Namespace) -> int:
    from replay.commands.watch import watch

    return watch(options)


def _kill(parser: argparse.ArgumentParser) -> None:
    _session_of_gateway(parser)
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="what the principal is told"
    )


def _run_kill(options: argparse.Namespace) -> int:
    from replay.commands.kill import kill

    return kill(options)


def _requests(parser: argparse.ArgumentParser) -> None:
    from replay.remote import add_gateway_argument

    add_gateway_argument(parser)
    add_config_argument(parser)
    parser.add_argument("--json", action="store_true", help="for programs: stable keys")


def _run_requests(options: argparse.Namespace) -> int:
    from replay.commands.requests import requests

    return requests(options)


def _withdraw(parser: argparse.ArgumentParser) -> None:
    from replay.remote import add_gateway_argument

    parser.add_argument("id", metavar="ID", help="of the request")
    add_gateway_argument(parser)
    add_config_argument(parser)


def _run_withdraw(options: argparse.Namespace) -> int:
    from replay.commands.requests import withdraw

    return withdraw(options)


def _request_of_gateway(parser: argparse.ArgumentParser) -> None:
    from replay.remote import add_gateway_argument

    parser.add_argument("id", metavar="ID", help="of the request: ssh GATEWAY requests lists them")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the record")
    add_gateway_argument(parser)
    add_config_argument(parser)


def _approve(parser: argparse.ArgumentParser) -> None:
    _request_of_gateway(parser)
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="the key to sign with, as the gateway knows yours; a .pub: that of the agent",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before signing")


def _run_approve(options: argparse.Namespace) -> int:
    from replay.commands.approve import approve

    return approve(options)


def _deny(parser: argparse.ArgumentParser) -> None:
    _request_of_gateway(parser)


def _run_deny(options: argparse.Namespace) -> int:
    from replay.commands.approve import deny

    return deny(options)


def _served(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--line", type=int, required=True, metavar="FD")
    parser.add_argument("--store", type=Path, required=True, metavar="PATH")
    parser.add_argument("verb", choices=("sessions", "export", "replay", "watch"))
    parser.add_argument("words", nargs=argparse.REMAINDER)


def _run_served(options: argparse.Namespace) -> int:
    from replay.commands.served import served

    return served(options)


def _case(parser: argparse.ArgumentParser) -> None:
    from replay import case_words

    case_words.arguments(parser)


def _run_case(options: argparse.Namespace) -> int:
    from replay import case_words

    return case_words.run(options)


def _arguments(parser: argparse.ArgumentParser) -> None:
    from replay.remote import add_gateway_argument

    parser.add_argument(
        "session",
        nargs="?",
        metavar="SESSION",
        help="an id, a unique part of one, or a path; #e1842, #f977 or @12:03 after it says "
        "where to begin (without SESSION: the library)",
    )
    parser.add_argument(
        "--case", type=Path, metavar="FILE", help="where bookmarks go (else a file of your own)"
    )
    add_gateway_argument(parser)
    add_place_arguments(parser)


def split(text: str) -> tuple[str, Moment | None]:
    """A SESSION argument as the session's name and the moment after it, if any.

    Raises `MomentError` where what follows an ``@`` is no moment. The name of a file that is
    there is a name as a whole, whatever is in it.
    """
    from recorder.moments import parse

    if Path(text).exists():
        return text, None
    if match := _NUMBERED.fullmatch(text):
        return match[1], parse(match[2])
    name, at, moment = text.rpartition("@")
    return (name, parse(moment)) if at and name else (text, None)


def check_terminal() -> None:
    """Raises `NoTerminal` where there is nothing to show an app on."""
    from replay.errors import NoTerminal

    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        why = "input and output must be one"
    elif os.environ.get("TERM", "dumb") == "dumb":
        why = "TERM says that this one can do nothing"
    else:
        return
    raise NoTerminal(
        f"the app needs a terminal, and {why}. `gatereel sessions` lists, "
        "`gatereel show SESSION --at 12:03` prints a screen"
    )


def _run(options: argparse.Namespace) -> int:
    check_terminal()
    from recorder.store import Store, locate

    if options.session is None:
        path = store_path(options)
        # Nobody has made the user's own store before the first recording: that is no error.
        store = Store.open(path, create=path == data_folder() / "recordings")
        return _play(store, None, None, options)
    name, moment = split(options.session)
    folder = None if Path(name).suffix == ".reel" else store_path(options)
    return _play(*locate(name, folder), moment, options)


def _play(
    store: Store, session: str | None, moment: Moment | None, options: argparse.Namespace
) -> int:
    from replay import pace

    pace.prepare()
    from recorder.reader import Recording
    from replay.case_file import default_path
    from replay.commands.case import author_name
    from replay.remote import known_gateway
    from replay.scope import LocalScope
    from replay.tending import Tender
    from replay.tui.app import ReplayApp
    from replay.tui.own_keys import own_keys
    from replay.tui.player_writes import CasePlace

    pace.settle()
    place = CasePlace(options.case or default_path(), author_name(None))
    scope = LocalScope(known_gateway(options))
    if session is None:
        app = ReplayApp(store, tender=Tender(store), scope=scope, case=place, own=own_keys())
    else:
        opener = partial(Recording, store, session)
        app = ReplayApp(recording=opener, start=moment, scope=scope, case=place, own=own_keys())
    app.run()
    return app.return_code or 0
