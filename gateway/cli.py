"""The gateway's verbs: ``init``, ``target``, ``gateway``, ``check``, ``verify``, ``explain``,
``backtest`` and ``demo``.

Knows: arguments, lines, exit statuses. Must never know: how a gateway works; nothing heavy is
imported before a verb runs. Called by the front door.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from recorder.cli import Verb, verify_words
from recorder.places import add_place_arguments

DONE, NOT_SO, WRONG_USE = 0, 1, 2


def verbs() -> list[Verb]:
    """Those of this package."""
    return [
        Verb("demo", "try all of it on this machine, with nothing to configure", _demo_words, demo),
        Verb("init", "write a configuration, keys and folders to start from", _init_words, init),
        Verb("target", "enrol targets: show their host keys and pin them", _target_words, target),
        Verb("gateway", "run the gateway", _config_word, gateway),
        Verb("check", "read the configuration and say what is wrong", _check_words, check),
        Verb(
            "verify",
            "check that recordings are complete and unaltered",
            _verify_words,
            verify,
        ),
        Verb(
            "explain",
            "what policy says of a request, and what would change it",
            _explain_words,
            explain,
        ),
        Verb(
            "backtest",
            "every recorded decision under other policies: what would change, for whom",
            _backtest_words,
            backtest,
        ),
    ]


def _config_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        help="the configuration (else $GATEREEL_CONFIG, else ./gatereel.toml)",
    )


def _init_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="where (else here)")


def _check_words(parser: argparse.ArgumentParser) -> None:
    _config_word(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _target_words(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    enrol = what.add_parser("enrol", help="fetch a target's host keys, pin them after a yes")
    enrol.add_argument("name", metavar="NAME", help="what it will be called here")
    enrol.add_argument("address", metavar="ADDRESS", help="HOST or HOST:PORT")
    enrol.add_argument("--yes", action="store_true", help="pin without asking")
    _config_word(enrol)
    authority = what.add_parser(
        "user-ca", help="print the line that targets need in their TrustedUserCAKeys"
    )
    _config_word(authority)


def _verify_words(parser: argparse.ArgumentParser) -> None:
    verify_words(parser)
    parser.add_argument(
        "--decisions",
        action="store_true",
        help="ask every recorded decision again of the policies that were in force",
    )


def _explain_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("principal", metavar="PRINCIPAL", help="who")
    parser.add_argument("action", metavar="ACTION", help="connect, shell, exec, read-file, replay…")
    parser.add_argument("target", metavar="TARGET", help="[ACCOUNT@]TARGET")
    parser.add_argument(
        "what", nargs="*", metavar="WHAT", help="the command, path, HOST:PORT, data class"
    )
    parser.add_argument("--at", metavar="TIME", help="2026-11-24T08:00 (else now)")
    parser.add_argument("--source", default="", metavar="ADDRESS", help="the client's IP address")
    parser.add_argument("--method", default="publickey", metavar="WORD", help="how it was proven")
    parser.add_argument("--ticket", default="", metavar="TEXT", help="the ticket that is given")
    parser.add_argument("--reason", default="", metavar="TEXT", help="the reason that is given")
    parser.add_argument(
        "--approved",
        action="append",
        default=[],
        metavar="GROUP",
        help="that one of this group has approved it; once for each approver",
    )
    parser.add_argument("--terminal", action="store_true", help="with a terminal")
    parser.add_argument("--other", default="", metavar="PATH", help="the second path, or requester")
    parser.add_argument("--operation", default="", metavar="WORD", help="what is done to a file")
    parser.add_argument("--owner", default="", metavar="NAME", help="whose session it is")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    _config_word(parser)


def _backtest_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("policies", type=Path, metavar="POLICIES", help="a folder of *.cedar")
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="STORE", help="recordings (else the store)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    add_place_arguments(parser)


def _demo_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--headless",
        action="store_true",
        help="drive a scripted session, verify it, print what was recorded (as without a terminal)",
    )
    parser.add_argument("--json", action="store_true", help="with --headless: one JSON document")
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="for its keys, configuration and recordings (else in your data folder)",
    )


def init(options: argparse.Namespace) -> int:
    from gateway.init import lay_out

    folder = Path(options.folder)
    lay_out(folder, print)
    where = "" if folder == Path() else f" -c {folder / 'gatereel.toml'}"
    print(f"next: fill in {folder / 'gatereel.toml'}, then run: gatereel check{where}")
    return DONE


def target(options: argparse.Namespace) -> int:
    from gateway.config import find_config, load_config
    from gateway.enrol import enrol, user_authority

    if options.what == "user-ca":
        return user_authority(load_config(find_config(options.config)), print)
    return enrol(
        find_config(options.config), options.name, options.address, _yes(options.yes), print
    )


def gateway(options: argparse.Namespace) -> int:
    from gateway.config import find_config, load_config
    from gateway.logs import set_up
    from gateway.serve import run

    config = load_config(find_config(options.config))
    set_up(config.operation.log, sys.stderr)
    return run(config, lambda line: print(f"gatereel: {line}", flush=True))


def check(options: argparse.Namespace) -> int:
    from gateway.checking import problems
    from gateway.config import find_config, load_config
    from gateway.notes import notes
    from gateway.policies.trials import tried
    from gateway.separation import Separation, separation
    from recorder.errors import GatereelError

    path = find_config(options.config)
    found: list[GatereelError]
    noted: list[str] = []
    summary, users, tests = "", Separation([], []), 0
    try:
        config = load_config(path)
    except GatereelError as error:
        found = [error]
    else:
        tests, failing = tried(config)
        found = problems(config) + failing
        noted = notes(config)
        users = separation(config)
        summary = (
            f"{path}: {len(config.principals)} principals, {len(config.targets)} targets,"
            f" {len(config.policies.rules)} policies" + (f", {tests} tests" if tests else "")
        )
    if options.json:
        lines = [{"code": each.code, "message": each.person} for each in found]
        told = {"ok": not found, "problems": lines, "tests": tests, "notes": noted}
        print(json.dumps({**told, **users._asdict()}))
    else:
        for problem in found:
            print(f"gatereel: {problem.code}: {problem.person}", file=sys.stderr)
        for note in noted:
            print(f"note: {note}")
        for line in users.apart:
            print(f"apart: {line}")
        for line in users.together:
            print(f"together: {line}")
        if not found:
            print(f"{summary}: all in order")
    return NOT_SO if found else DONE


def verify(options: argparse.Namespace) -> int:
    from recorder.commands import read

    if not options.decisions:
        return read.verify(options)
    from gateway.policies.proving import Prover

    return read.verify(options, Prover().prove)


def explain(options: argparse.Namespace) -> int:
    from gateway.policies.commands import explain_

    return explain_(options)


def backtest(options: argparse.Namespace) -> int:
    from gateway.policies.commands import backtest_

    return backtest_(options)


def demo(options: argparse.Namespace) -> int:
    from gateway.demo.run import run

    headless = options.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    return run(
        folder=options.folder,
        headless=headless,
        as_json=options.json,
        say=lambda line: print(line, flush=True),
    )


def _yes(given: bool) -> bool | None:
    """Whether to pin without asking; None: ask, since somebody is there to answer."""
    return True if given else (None if sys.stdin.isatty() else False)
