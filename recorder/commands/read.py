"""The verbs that look at recordings: ``sessions``, ``info``, ``show``, ``events``, ``verify``.

Knows: the recorder's parts and how to say what they hold. Called by the front door, through
`recorder.cli`, with parsed arguments; returns exit statuses. Recorded text is shown with its
control characters escaped: it never acts on the terminal that reads it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, assert_never

from recorder.attest import load_verifiers
from recorder.commands import output
from recorder.errors import NotFound, StoreError
from recorder.event_json import event_json, plain
from recorder.places import store_path
from recorder.reader import Recording
from recorder.spelling import visible
from recorder.store import Store
from recorder.summary import Summary, rfc3339, summarise, summary_of
from recorder.verify import Report, verify_reel, verify_store


def sessions(options: argparse.Namespace) -> int:
    """``gatereel sessions [WORD...] [--json]``"""
    store = Store.open(store_path(options))
    words = [word.casefold() for word in options.filter]
    found = [summary for name in store.ids() if matches(summary := summarise(store, name), words)]
    found.sort(key=lambda summary: summary.state != "live")
    if options.json:
        rows = [summary.as_json(_frames_known(store, summary)) for summary in found]
        _write_json(rows)
        return 0
    if not found:
        raise NotFound(
            f"no session in {store.path} fits" if words else f"no session in {store.path} yet"
        )
    for summary in found:
        sys.stdout.write(row(summary) + "\n")
    return 0


def matches(summary: Summary, words: list[str]) -> bool:
    """Whether every one of these (folded) words is in the row."""
    facts = summary.facts
    row = " ".join(
        str(value)
        for value in (
            summary.id, summary.state, summary.where,
            *(facts.get(key, "") for key in ("principal", "kind", "protocol")),
        )
    ).casefold()  # fmt: skip
    return all(word in row for word in words)


def row(summary: Summary) -> str:
    """A session in a list, as one line."""
    if not summary.facts:
        return f"{summary.id}  {summary.state:<11}  {visible(summary.reason)}"
    start = (rfc3339(summary.wall_ns) or "")[:19].replace("T", " ")
    principal = visible(str(summary.facts["principal"]))
    return (
        f"{summary.id}  {summary.state:<11}  {start}Z  {summary.duration / 1e6:>9.1f}s  "
        f"{principal:<12}  {visible(summary.where)}"
    )


def _frames_known(store: Store, summary: Summary) -> int | None:
    """How many frames the derived file has, where there is one that fits."""
    from recorder.index import Index

    if not summary.facts or not store.index(Path(summary.path).stem).exists():
        return None
    with Recording(store, Path(summary.path).stem) as recording:
        known = Index.load(recording)
        try:
            return len(known.frames)
        finally:
            known.close()


def info(options: argparse.Namespace) -> int:
    """``gatereel info SESSION [--json]``"""
    from recorder.index import Index

    with open_recording(options) as recording:
        summary = summary_of(recording)
        built = Index.load_or_build(recording)
        facts = {
            **summary.as_json(len(built.frames)),
            "header": plain(summary.facts),
            "chunks": recording.chunk_count,
            "sealed_events": recording.sealed_events,
            "size": recording.path.stat().st_size if recording.path.exists() else 0,
            "channels": list(built.channels),
            "commands": len(built.commands),
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


def show(options: argparse.Namespace) -> int:
    """``gatereel show SESSION [--at T | --event N | --frame N] [--format F] [-o FILE]``"""
    from recorder.index import Index
    from recorder.moments import AtEvent, AtFrame, AtTime, Span, parse, resolve
    from recorder.playback import Playback
    from recorder.show import render

    with open_recording(options) as recording:
        built = Index.load_or_build(recording)
        span = Span(built.duration, recording.header.facts["wall"], len(built.frames), built.events)
        wish = options.at if options.at is not None else "100%"
        if options.event is not None:
            wish = f"#e{options.event}"
        elif options.frame is not None:
            wish = f"#f{options.frame}"
        playback = Playback(recording, built)
        moment = resolve(parse(wish), span)
        match moment:
            case AtTime(time):
                view = playback.at_time(time, options.channel)
            case AtEvent(event):
                view = playback.at_event(event, options.channel)
            case AtFrame(frame):
                view = playback.at_frame(frame)
            case _:
                assert_never(moment)
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


def verify(options: argparse.Namespace) -> int:
    """``gatereel verify [PATH...] [--key FILE] [--json]``"""
    keys = [key for path in options.key for key in load_verifiers(path)]
    reports: list[Report] = []
    for name in options.path or [store_path(options)]:
        path = Path(name)
        if path.is_dir():
            store = Store(path)
            reports += verify_store(store, keys or store.verifiers())
            continue
        if not path.exists() and path.suffix != ".reel":
            store = Store.open(store_path(options))
            path = store.reel(store.find(str(name)))
        if not path.exists():
            raise NotFound(f"there is no sealed recording at {path}")
        reports.append(verify_reel(path, keys or Store(path.parent).verifiers()))
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
