"""The front door: one command line, composed from the verbs of the three packages.

Knows: which package has which verb, how an error becomes a line and an exit status. Must never
know: what a verb does. Called by the console script and by ``python -m gatereel``; imported by
nobody. A verb's package is imported only when that verb is asked for, so that a light verb
starts without the weight of the others; `tests/test_project.py` holds the table against the
packages.

Exit status: 0 done, 1 the thing asked about is not so, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recorder.cli import Verb

VERBS: dict[str, str] = {
    "demo": "gateway",
    "init": "gateway",
    "target": "gateway",
    "gateway": "gateway",
    "check": "gateway",
    "explain": "gateway",
    "backtest": "gateway",
    "record": "recorder",
    "replay": "replay",
    "sessions": "replay",
    "search": "replay",
    "info": "recorder",
    "show": "recorder",
    "events": "recorder",
    "verify": "gateway",
    "case": "replay",
    "redact": "recorder",
    "preserve": "recorder",
    "prune": "replay",
    "watch": "replay",
    "kill": "replay",
    "requests": "replay",
    "approve": "replay",
    "deny": "replay",
    "withdraw": "replay",
    "export": "recorder",
    "import": "recorder",
    "index": "replay",
}
"""Verb to package, in the order in which help lists them."""

HIDDEN: dict[str, str] = {"seal": "recorder", "served": "replay"}
"""Verbs that the gateway starts as processes of its own; no person types them."""

MOMENTS = ("--at", "--from", "--to")
"""Options whose value may begin with a minus: a time before the end."""

DONE, NOT_SO, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status and never raises for an error with a code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _dispatch(words)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough: no complaint now, nor at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    return status


def _dispatch(words: list[str]) -> int:
    parser = build_parser(_packages(words))
    if not words:
        parser.print_help(sys.stderr)
        return WRONG_USE
    options = parser.parse_args(_joined(words))
    from recorder.errors import GatereelError

    verb: Verb = options.verb_
    try:
        return verb.run(options)
    except GatereelError as error:
        print(f"gatereel: {error.code}: {error.person}", file=sys.stderr)
        if os.environ.get("GATEREEL_DEBUG") and error.operator != error.person:
            print(f"gatereel: {error.operator}", file=sys.stderr)
        return WRONG_USE if error.wrong_use else NOT_SO


def _joined(words: Sequence[str]) -> list[str]:
    """The words with each moment joined to its option: `--at -5m` is no option without a value."""
    joined: list[str] = []
    for at, word in enumerate(words):
        if word == "--":
            return [*joined, *words[at:]]
        if joined and joined[-1] in MOMENTS and re.fullmatch(r"-[0-9][^-]*", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _packages(words: Sequence[str]) -> list[str]:
    """The packages to import for this command line: one where the verb is known."""
    if words[:1] == ["--version"]:
        return []
    package = {**VERBS, **HIDDEN}.get(words[0]) if words else None
    return [package] if package else sorted({*VERBS.values()})


def build_parser(packages: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with the verbs of these packages, in the order of `VERBS`."""
    parser = argparse.ArgumentParser(
        prog="gatereel",
        description="Record every byte of a session before it is delivered, and play it back.",
        epilog="gatereel VERB --help tells more; docs/cli.md lists everything.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    known: dict[str, Verb] = {}
    for package in packages:
        for verb in importlib.import_module(f"{package}.cli").verbs():
            known[verb.name] = verb
    choices = parser.add_subparsers(metavar="VERB", required=True)
    for name in (*VERBS, *HIDDEN):
        if name not in known:
            continue
        verb = known[name]
        # argparse lists a subparser only when it has a help text, even an empty one.
        if name in HIDDEN:
            sub = choices.add_parser(name, description=verb.help, allow_abbrev=False)
        else:
            sub = choices.add_parser(
                name, description=verb.help, allow_abbrev=False, help=verb.help
            )
        verb.arguments(sub)
        sub.set_defaults(verb_=verb)
    return parser


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"gatereel {version('gatereel')}")
        parser.exit(DONE)


if __name__ == "__main__":
    sys.exit(main())
