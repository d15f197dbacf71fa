"""The verbs that look at recordings: ``info``, ``show``, ``events``, ``verify``.

Knows: the recorder's parts and how to say what they hold. Called by the front door, through
`recorder.cli`, with parsed arguments; returns exit statuses. Recorded text is shown with its
control characters escaped: it never acts on the terminal that reads it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_never

from recorder.attest import load_verifiers
from recorder.commands import output
from recorder.errors import NotFound, RecordingError, StoreError
from recorder.event_json import event_json, plain
from recorder.events import Facts
from recorder.keeping import Hold, held
from recorder.places import store_path
from recorder.reader import Recording
from recorder.spelling import visible as visible
from recorder.store import Store
from recorder.summary import summary_of
from recorder.verify import Report, verify_reel
from recorder.verify_store import verify_store


def info(options: argparse.Namespace) -> int:
    """``gatereel info SESSION [--json]``"""
    from recorder.commands import deriving
    from recorder.cues import masked_counts, opaque_words

    with open_recording(options) as recording:
        summary = summary_of(recording)
        built = deriving.whole(recording)
        facts = {
            **summary.as_json(len(built.frames)),
            "header": plain(_header_told(summary.facts)),
            "preserved": hold._asdict() if (hold := hold_on(recording)) else None,
            "chunks": recording.chunk_count,
            "sealed_events": recording.sealed_events,
            "size": recording.path.stat().st_size if recording.path.exists() else 0,
            "channels": list(built.channels),
            "commands": len(built.commands),
            "opaque": opaque_words(built.cues),
            "masked": masked_counts(built.cues),
        }
        if options.json:
            facts["command_list"] = [command._asdict() for command in built.commands]
        built.close()
    if options.json:
        _write_json(facts)
        return 0
    header = facts.pop("header")
    for key, value in {**facts, **header}.items():
        text = json.dumps(value) if isinstance(value, dict | list) else str(value)
        sys.stdout.write(f"{key:<14} {visible(text)}\n")
    return 0


def _header_told(facts: Facts) -> Facts:
    """The header's facts; of a redacted copy, without what is there for verification alone."""
    copy = facts.get("redacted")
    if not isinstance(copy, dict):
        return facts
    told = {key: copy[key] for key in ("session", "by", "reason") if key in copy}
    return {**facts, "redacted": told}


def hold_on(recording: Recording) -> Hold | None:
    """The legal hold on a recording, by its marker in its store."""
    return held(recording.store, recording.name)


def show(options: argparse.Namespace) -> int:
    """``gatereel show SESSION [--at T | --event N | --frame N] [--format F] [-o FILE]``"""
    from recorder.commands import deriving
    from recorder.moments import AtEvent, AtFrame, AtTime, parse
    from recorder.playback import Playback
    from recorder.show import render

    with open_recording(options) as recording:
        wish = options.at if options.at is not None else "100%"
        if options.event is not None:
            wish = f"#e{options.event}"
        elif options.frame is not None:
            wish = f"#f{options.frame}"
        built, target = deriving.until(recording, parse(wish))
        playback = Playback(recording, built)
        match target:
            case AtTime(time):
                view = playback.at_time(time, options.channel)
            case AtEvent(event):
                view = playback.at_event(event, options.channel)
            case AtFrame(frame):
                view = playback.at_frame(frame)
            case _:
                assert_never(target)
        kind = options.format or _picture_of(options.output)
        if kind == "png":
            from recorder.convert.png import as_png

            picture = as_png(view.screen, comment=f"session {recording.id} #e{view.event}")
            with output.binary(options.output) as into:
                into.write(picture)
        else:
            with output.text(options.output) as out:
                if kind == "svg":
                    from recorder.convert.svg import as_svg

                    out.writelines(as_svg(view.screen))
                else:
                    out.write(render(view, kind))
        built.close()
    return 0


def _picture_of(path: Path | None) -> str:
    """The format that a file's suffix means."""
    return {".svg": "svg", ".png": "png", ".json": "json"}.get(path.suffix if path else "", "text")


def events(options: argparse.Namespace) -> int:
    """``gatereel events SESSION [--json] [--from N]``"""
    with open_recording(options) as recording:
        wall_ns = recording.header.facts["wall"]
        for record in recording.records(options.start):
            fact = event_json(record, wall_ns)
            if options.json:
                _write_json(fact)
            else:
                rest = {k: v for k, v in fact.items() if k not in _PLACE}
                words = " ".join(f"{key}={json.dumps(value)}" for key, value in rest.items())
                sys.stdout.write(
                    f"#e{record.number:<7} {record.time / 1e6:>12.6f} "
                    f"{record.event.channel:>3} {record.event.code:<9} {words}\n"
                )
    return 0


_PLACE = ("event", "time", "wall", "code", "channel")


Beside = Callable[[Recording, Report], None]


def verify(options: argparse.Namespace, beside: Beside | None = None) -> int:
    """``gatereel verify [PATH...] [--key FILE] [--json]``. ``beside`` is asked about each recording
    too, and adds to its report: what this package knows nothing of."""
    keys = [key for path in options.key for key in load_verifiers(path)]
    reports: list[Report] = []
    for name in options.path or [store_path(options)]:
        path = Path(name)
        if path.is_dir():
            store = Store(path)
            found = verify_store(store, keys or store.verifiers())
            if beside is not None:
                present = {*store.ids()}  # a report may be about what is gone
                for report in found:
                    if report.subject in present:
                        _ask(beside, store.path / report.subject, report)
            reports += found
            continue
        if not path.exists() and path.suffix != ".reel":
            store = Store.open(store_path(options))
            path = store.reel(store.find(str(name)))
        if not path.exists():
            raise NotFound(f"there is no sealed recording at {path}")
        report = verify_reel(path, keys or Store(path.parent).verifiers())
        if beside is not None:
            _ask(beside, path, report)
        reports.append(report)
    ok = all(report.ok for report in reports)
    if not reports:
        raise StoreError("there is nothing to verify here")
    if options.json:
        checks = [
            {"subject": report.subject, **check._asdict()}
            for report in reports
            for check in report.checks
        ]
        _write_json({"ok": ok, "checks": checks})
    else:
        for report in reports:
            _write_report(report)
    return 0 if ok else 1


def _ask(beside: Beside, path: Path, report: Report) -> None:
    """What cannot be read is not verified, and its report says so already."""
    store, name = Store(path.parent), path.name.removesuffix(".reel")
    with contextlib.suppress(RecordingError, NotFound), Recording(store, name) as recording:
        beside(recording, report)


def _write_report(report: Report) -> None:
    sys.stdout.write(f"{report.subject}: {'verified' if report.ok else 'NOT verified'}\n")
    for check in report.checks:
        mark = "ok  " if check.ok else "FAIL"
        place = f"  [{check.where}]" if check.where else ""
        sys.stdout.write(f"  {mark} {check.name:<11} {visible(check.detail)}{place}\n")


def open_recording(options: argparse.Namespace) -> Recording:
    """The one that the arguments name: a path, an id or a prefix of one."""
    path = Path(options.session)
    by_path = path.suffix == ".reel" or len(path.parts) > 1
    return Recording.open(options.session, None if by_path else store_path(options))


def _write_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
