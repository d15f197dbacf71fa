"""The verbs ``redact`` and ``preserve``.

Knows: the recorder's parts and how to say what they did. Called by the front door, through
`recorder.cli`, with parsed arguments; returns exit statuses.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from recorder import local
from recorder.clock import SystemClock
from recorder.commands.read import open_recording
from recorder.errors import RedactionError
from recorder.events import Disclosed, ErrorOutput, Input, Notice, Output
from recorder.index import Index
from recorder.keeping import held, preserve, release
from recorder.places import data_folder, store_path
from recorder.reader import Recording
from recorder.redact import parse_ranges, redact
from recorder.spelling import visible
from recorder.store import Store

SECRET_LIMIT = 1 << 16


def redact_(options: argparse.Namespace) -> int:
    """``gatereel redact SESSION --event N… -o FILE --reason TEXT [--absent FILE]``"""
    ranges = parse_ranges(options.event)
    path: Path = options.output
    if path.suffix != ".reel":
        path = path.with_name(f"{path.name}.reel")
    secret = _secret(options.absent) if options.absent else ""
    signer = local.user_signer(data_folder())

    def check(copy: Path) -> None:
        if secret and (where := still_readable(copy, secret)):
            raise RedactionError(f"what must be gone can still be read {where}: nothing is written")

    with open_recording(options) as recording:
        keys = recording.store.verifiers()
        done = redact(
            recording, ranges, path, signer, SystemClock(), os.urandom,
            by=local.user_name(), reason=options.reason, check=check,
        )  # fmt: skip
    # So that the copy can be verified where it was made; an auditor brings keys of their own.
    for key in (*keys, signer.verifier):
        Store(path.parent).trust(key)
    if options.json:
        _write_json({"path": str(path), **done._asdict()})
    else:
        sys.stdout.write(f"{path}: {done.kept} events kept, {done.struck} struck\n")
    return 0


def _secret(path: Path) -> str:
    try:
        text = path.read_bytes()[:SECRET_LIMIT].decode().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RedactionError(f"cannot read {path} as text: {error}") from error
    if not text:
        raise RedactionError(f"{path} is empty: it should hold the text that must be gone")
    return text


def still_readable(path: Path, secret: str) -> str:
    """Where a text can still be read in a recording, in words; "" where it can not: in the bytes
    of any stream, however they were cut, and on any screen."""
    wanted = secret.encode()
    tails: dict[tuple[int, str], bytes] = {}
    with Recording.open(path) as recording:
        for record in recording.records():
            if wanted in record.raw:
                return f"in event {record.number}"
            match record.event:
                case Output() | ErrorOutput() | Notice() | Input() | Disclosed() as event:
                    stream = (event.channel, event.code)
                    data = tails.get(stream, b"") + event.data
                    if wanted in data:
                        return f"across events up to {record.number}"
                    tails[stream] = data[-len(wanted) + 1 :] if len(wanted) > 1 else b""
                case _:
                    continue
        try:
            with Index.load_or_build(recording) as index:
                for seen in index.text():
                    if secret in seen.text or secret in seen.detail:
                        return f"on frame {seen.whole}"
        finally:
            recording.store.index(recording.name).unlink(missing_ok=True)
    return ""


def preserve_(options: argparse.Namespace) -> int:
    """``gatereel preserve [SESSION] [--release] [--reason TEXT]``"""
    store = Store.open(store_path(options))
    if options.session is None:
        return _list(store, as_json=options.json)
    session = store.find(options.session)
    signer = local.user_signer(data_folder())
    change = release if options.release else preserve
    change(store, session, signer, SystemClock(), os.urandom, options.reason)
    hold = held(store, session)
    if options.json:
        _write_json({"session": session, "held": hold is not None})
    else:
        state = "released" if hold is None else "preserved: it is not pruned until it is released"
        sys.stdout.write(f"{session} {state}\n")
    return 0


def _list(store: Store, *, as_json: bool) -> int:
    holds = [hold for session in store.ids() if (hold := held(store, session))]
    if as_json:
        _write_json([hold._asdict() for hold in holds])
        return 0
    for hold in holds:
        words = f"{hold.since[:19]}  {hold.by}: {hold.reason}"
        sys.stdout.write(f"{hold.session}  {visible(words)}\n")
    if not holds:
        sys.stdout.write("no session is preserved\n")
    return 0


def _write_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
