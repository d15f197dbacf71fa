"""The verbs that read a case: ``list``, ``show``, ``verify``, ``export``.

Knows: case files and what can be said of them. Called through `replay.case_words` with parsed
arguments; returns exit statuses. What a case says is other people's text: it goes out escaped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from recorder.allowed_signers import AllowedSigner, load_allowed_signers
from recorder.attest import Verifier, load_verifiers
from recorder.convert.svg import as_svg
from recorder.errors import GatereelError
from recorder.places import store_path
from recorder.reader import Recording
from recorder.show import as_ansi
from recorder.spelling import visible
from recorder.store import Store
from recorder.summary import rfc3339
from replay.case import Bookmark, Note, Written
from replay.case_check import Finding, Trust, author_of, check_case
from replay.case_file import write_new
from replay.case_report import (
    Judge,
    bookmark_text,
    citation_words,
    html_report,
    kept_frame,
    standing_words,
    text_report,
)
from replay.commands.case import SHORT, find_entry, open_case
from replay.errors import CaseError

SIGNERS = "GATEREEL_ALLOWED_SIGNERS"


def list_(options: argparse.Namespace) -> int:
    """``gatereel case list FILE [--all] [--json]``"""
    file, judge = open_case(options), _judge(options)
    shown = [b for b in file.case.bookmarks if options.all or not b.withdrawn]
    notes = [n for n in file.case.notes if options.all or not n.withdrawn]
    if options.json:
        first = file.case.entries[file.case.id]
        facts = {
            "case": file.case.id,
            "title": file.case.title,
            **_signed_json(first, judge),
            "bookmarks": [_bookmark_json(bookmark, judge) for bookmark in shown],
            "notes": [_note_json(note, judge) for note in notes],
            "faults": [fault._asdict() for fault in file.faults],
        }
        _write_json(facts)
        return 0
    out = sys.stdout
    out.write(f"{visible(file.case.title)}\n")
    for note in notes:
        out.write(
            f"{note.written.name[:SHORT]}  {visible(note.text)}  ({_who(note.written, judge)})\n"
        )
    for b in shown:
        struck = "  withdrawn" if b.withdrawn else ""
        out.write(f"{b.name[:SHORT]}  {citation_words(b)}{struck}\n")
        out.write(f"{'':{SHORT}}  {visible(b.shown)}  ({_who(b.written, judge)})\n")
    for fault in file.faults:
        sys.stderr.write(f"gatereel: line {fault.line}: {fault.text}\n")
    return 0


def show(options: argparse.Namespace) -> int:
    """``gatereel case show FILE ENTRY [--format F] [--json]``"""
    file, judge = open_case(options), _judge(options)
    written = find_entry(file, options.entry)
    bookmark = next((b for b in file.case.bookmarks if b.name == written.name), None)
    if options.json:
        entry = written.entry
        facts = {
            "name": written.name,
            "kind": entry.kind,
            "after": list(entry.after),
            "body": entry.body,
            **_signed_json(written, judge),
        }
        if bookmark:
            facts |= _bookmark_json(bookmark, judge)
        _write_json(facts)
    elif bookmark is None:
        text = str(written.entry.body.get("note", written.entry.body.get("title", "")))
        sys.stdout.write(f"{written.name}  {visible(written.entry.kind)}\n")
        sys.stdout.write(f"{_who(written, judge)}\n{visible(text)}\n")
    elif options.format == "text":
        sys.stdout.writelines(bookmark_text(bookmark, judge))
    else:
        frame = kept_frame(bookmark)
        if frame is None:
            raise CaseError("this entry keeps no screen")
        shown = as_svg(frame) if options.format == "svg" else iter([as_ansi(frame)])
        sys.stdout.writelines(shown)
    return 0


def verify(options: argparse.Namespace) -> int:
    """``gatereel case verify FILE [--allowed-signers FILE] [--recorder-key FILE] [--json]``"""
    file = open_case(options)
    store = None if options.offline else _store(options)
    keys: list[Verifier] = [key for path in options.recorder_key for key in load_verifiers(path)]
    if not keys and store is not None:
        keys = store.verifiers()
    trust = Trust(_signers(options), keys)
    opener = partial(Recording, store) if store is not None else None
    findings = list(check_case(file, trust, opener))
    ok = all(finding.ok for finding in findings)
    if options.json:
        _write_json({"ok": ok, "checks": [_finding_json(finding) for finding in findings]})
        return 0 if ok else 1
    sys.stdout.write(f"{visible(file.case.title)}: {'verified' if ok else 'NOT verified'}\n")
    for finding in findings:
        mark = "ok  " if finding.ok else "FAIL"
        detail = visible(finding.detail)
        sys.stdout.write(
            f"  {mark} {finding.name:<10} {finding.entry[:SHORT]:<{SHORT}}  {detail}\n"
        )
    return 0 if ok else 1


def export(options: argparse.Namespace) -> int:
    """``gatereel case export FILE -o OUT``"""
    writers: dict[str, Callable[..., Any]] = {".html": html_report, ".txt": text_report}
    path: Path = options.output
    write = writers.get(path.suffix.lower())
    if write is None:
        raise CaseError(f"a case is written as .html or .txt, not as {path.name}")
    file = open_case(options)
    write_new(path, "".join(write(file.case, _judge(options))).encode())
    sys.stdout.write(f"wrote {path}\n")
    return 0


# -- whom to believe -------------------------------------------------------------------------------


def _signers(options: argparse.Namespace) -> list[AllowedSigner]:
    """The allowed signers: those named, else those of this machine, else nobody."""
    named = options.allowed_signers or os.environ.get(SIGNERS)
    if named:
        return load_allowed_signers(Path(named))
    usual = Path.home() / ".ssh" / "allowed_signers"
    return load_allowed_signers(usual) if usual.exists() else []


def _judge(options: argparse.Namespace) -> Judge:
    return partial(author_of, signers=_signers(options))


def _store(options: argparse.Namespace) -> Store | None:
    """The store, where there is one: a case stands without it."""
    try:
        return Store.open(store_path(options))
    except GatereelError:
        if options.store is not None:
            raise
        return None


# -- as JSON and as lines --------------------------------------------------------------------------


def _bookmark_json(bookmark: Bookmark, judge: Judge) -> dict[str, Any]:
    return {
        "name": bookmark.name,
        **bookmark.cites._asdict(),
        "about": bookmark.about,
        "note": bookmark.note,
        "pending": bookmark.pending,
        "withdrawn": bookmark.withdrawn,
        **_signed_json(bookmark.written, judge),
        "unsigned": bookmark.unsigned,
        "notes": [_note_json(note, judge) for note in bookmark.notes],
    }


def _note_json(note: Note, judge: Judge) -> dict[str, Any]:
    facts = {"name": note.written.name, "note": note.text, "pending": note.pending}
    return {**facts, "withdrawn": note.withdrawn, **_signed_json(note.written, judge)}


def _signed_json(written: Written, judge: Judge) -> dict[str, Any]:
    author, who = judge(written)
    return {
        "author": written.entry.author,
        "written": written.entry.written,
        "written_at": rfc3339(0, written.entry.written),
        "standing": author.value,
        "signer": who,
        "keys": [signature.fingerprint for signature in written.signed],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    facts = {"name": finding.name, "ok": finding.ok, "detail": finding.detail}
    return {**facts, "where": finding.entry}


def _who(written: Written, judge: Judge) -> str:
    return visible(standing_words(written, judge)[0])


def _write_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
