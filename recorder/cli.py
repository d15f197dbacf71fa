"""The recorder's verbs: their names, help and arguments. What they do is in `recorder.commands`.

Knows: argparse. Must never know: what a recording is made of; nothing heavy is imported until a
verb runs. Called by the front door.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recorder.amounts import font_size, rate, seconds, speed
from recorder.places import add_place_arguments


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of the command line."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    """Returns the exit status; raises `GatereelError`."""


def verbs() -> list[Verb]:
    """Those of this package, in the order in which help lists them."""
    return [
        Verb("record", "record a local command or shell", _record, _later("write", "record")),
        Verb("info", "what a recording is, and its health", _info, _later("read", "info")),
        Verb("show", "one screen of a recording", _show, _later("read", "show")),
        Verb("events", "the decoded events of a recording", _events, _later("read", "events")),
        Verb(
            "export",
            "write a recording, or a part of one, as another format",
            _export,
            _later("export", "export"),
        ),
        Verb(
            "import", "record what a foreign recording holds", _import, _later("write", "import_")
        ),
        Verb(
            "redact",
            "copy a recording without some of its events; the rest stays provable",
            _redact,
            _later("keep", "redact_"),
        ),
        Verb(
            "preserve",
            "put a session under a legal hold, release it, or list what is held",
            _preserve,
            _later("keep", "preserve_"),
        ),
        Verb("seal", "seal the journals of a store", _seal, _later("write", "seal")),
    ]


def _later(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    """The function, imported when it is called: a verb's help needs none of its weight."""

    def run(options: argparse.Namespace) -> int:
        status: int = getattr(importlib.import_module(f"recorder.commands.{module}"), function)(
            options
        )
        return status

    return run


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs: stable keys")


def _session(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION", help="an id, a unique part of one, or a path")
    add_place_arguments(parser)


def _record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="a .reel file to make")
    parser.add_argument("--title", metavar="TEXT", help="what to list it as (else the command)")
    add_place_arguments(parser)
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- CMD", help="command (else your shell)"
    )


def _info(parser: argparse.ArgumentParser) -> None:
    _session(parser)
    _json(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    _session(parser)
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--at", metavar="T", help="12:03, 1h2m, -5m, 14:03Z, 50%% (else the end)")
    when.add_argument("--event", type=int, metavar="N", help="right after this event")
    when.add_argument("--frame", type=int, metavar="N", help="this frame")
    parser.add_argument("--channel", type=int, metavar="N", help="of this channel")
    parser.add_argument(
        "--format", choices=("text", "ansi", "json", "svg", "png"), help="else text"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="a new file; by suffix")


def _events(parser: argparse.ArgumentParser) -> None:
    _session(parser)
    parser.add_argument(
        "--from", dest="start", type=int, default=0, metavar="N", help="from this event on"
    )
    _json(parser)


def verify_words(parser: argparse.ArgumentParser) -> None:
    """Of the verb that the gateway's package has, since it asks policy again too."""
    parser.add_argument(
        "path", nargs="*", metavar="PATH", help="recordings, stores or session ids (else the store)"
    )
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="verification keys (else the store's own)",
    )
    add_place_arguments(parser)
    _json(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    _session(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="a new file (else stdout)"
    )
    parser.add_argument(
        "--format",
        choices=("cast2", "cast3", "text", "json", "jsonl", "svg", "png", "html", "gif", "mp4"),
        help="else by the file's suffix: .cast (2), .txt, .json, .jsonl, .svg, .png, .html, .gif, "
        ".mp4",
    )
    parser.add_argument("--channel", type=int, metavar="N", help="of this channel only")
    parser.add_argument("--from", dest="start", metavar="T", help="from this moment")
    parser.add_argument("--to", dest="end", metavar="T", help="up to this moment")
    parser.add_argument("--input", action="store_true", help="typed input too, as far as recorded")
    film = parser.add_argument_group("films (GIF, MP4) and pictures")
    film.add_argument("--speed", type=speed, default="1", metavar="X", help="so many times as fast")
    film.add_argument(
        "--idle-cap",
        "--idle-time-limit",
        type=seconds,
        default="5",
        metavar="S",
        help="no pause longer than so many seconds (5)",
    )
    film.add_argument(
        "--fps-cap", type=rate, default="30", metavar="N", help="pictures a second, at most (30)"
    )
    film.add_argument(
        "--last-frame-duration",
        dest="last",
        type=seconds,
        default="3",
        metavar="S",
        help="the last picture stays for so many seconds (3)",
    )
    film.add_argument(
        "--font-size", type=font_size, default="15", metavar="PX", help="of the letters (15)"
    )


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="an asciicast v1, v2 or v3, a ttyrec, or a typescript of script(1)",
    )
    parser.add_argument(
        "--timing", type=Path, metavar="FILE", help="a typescript's (else FILE.timing beside it)"
    )
    parser.add_argument(
        "--typed", type=Path, metavar="FILE", help="a typescript's log of what was typed"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="a .reel file to make")
    add_place_arguments(parser)


def _redact(parser: argparse.ArgumentParser) -> None:
    _session(parser)
    parser.add_argument(
        "--event",
        action="append",
        required=True,
        metavar="N",
        help="strike this event, or a range: 12, 12-20 (again and again, or with commas)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="a new .reel file"
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it is in the copy")
    parser.add_argument(
        "--absent",
        type=Path,
        metavar="FILE",
        help="a file with the text that must be gone: refuse where it can still be read",
    )
    _json(parser)


def _preserve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", metavar="SESSION", help="else what is held is listed")
    parser.add_argument("--release", action="store_true", help="take the hold off again")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; it is recorded")
    add_place_arguments(parser)
    _json(parser)


def _seal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", type=Path, required=True, metavar="PATH")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE")
