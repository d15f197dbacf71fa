"""The verbs that write a case: ``new``, ``add``, ``note``, ``edit``, ``withdraw``, ``sign`` and
``merge``.

Knows: case files, keys, recordings. Called through `replay.case_words` with parsed arguments;
returns exit statuses. Each says in one line what it did.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from recorder.clock import SystemClock
from recorder.commands.deriving import until
from recorder.errors import KeyFileError
from recorder.local import user_name
from recorder.moments import AtEvent, AtFrame, AtTime, parse
from recorder.places import store_path
from recorder.playback import Playback, View
from recorder.reader import Recording
from recorder.ssh_keys import load_public, load_signer
from recorder.sshsig import SshSigner
from recorder.store import locate
from replay.agent import agent_signers, choose
from replay.case import Written
from replay.case_file import CaseFile
from replay.cli import split
from replay.errors import CaseError
from replay.keep import keep

AUTHOR = "GATEREEL_AUTHOR"
SHORT = 12
"""Characters of an entry's name that are shown."""


def author_name(given: str | None) -> str:
    """Under which name somebody writes here."""
    return given or os.environ.get(AUTHOR) or user_name()


def open_case(options: argparse.Namespace) -> CaseFile:
    """The case that the arguments name."""
    return CaseFile(options.file, author_name(getattr(options, "author", None)), SystemClock())


def new(options: argparse.Namespace) -> int:
    """``gatereel case new FILE [--title TEXT]``"""
    path: Path = options.file
    title = options.title or path.stem
    CaseFile.begin(path, title, author_name(options.author), SystemClock())
    return _say(f"began {path}")


def add(options: argparse.Namespace) -> int:
    """``gatereel case add FILE SESSION[#e…] [--note TEXT]``"""
    file = open_case(options)
    name, moment = split(options.session)
    folder = None if Path(name).suffix == ".reel" else store_path(options)
    with Recording(*locate(name, folder)) as recording:
        index, target = until(recording, moment or parse("100%"))
        with index:
            kept = keep(recording, _view(Playback(recording, index), target))
    bookmark = file.add(kept, options.note)
    return _say(f"{bookmark.name[:SHORT]} {kept.cites.session}#e{kept.cites.event}")


def _view(playback: Playback, target: AtTime | AtFrame | AtEvent) -> View:
    match target:
        case AtTime(time):
            return playback.at_time(time)
        case AtEvent(event):
            return playback.at_event(event)
        case AtFrame(frame):
            return playback.at_frame(frame)


def note(options: argparse.Namespace) -> int:
    """``gatereel case note FILE TEXT [--on ENTRY]``"""
    file = open_case(options)
    on = find_entry(file, options.on).name if options.on else ""
    return _say(file.note(options.text, on)[:SHORT])


def edit(options: argparse.Namespace) -> int:
    """``gatereel case edit FILE ENTRY TEXT``"""
    file = open_case(options)
    return _say(file.edit(find_entry(file, options.entry).name, options.text)[:SHORT])


def withdraw(options: argparse.Namespace) -> int:
    """``gatereel case withdraw FILE ENTRY``"""
    file = open_case(options)
    return _say(file.withdraw(find_entry(file, options.entry).name)[:SHORT])


def sign(options: argparse.Namespace) -> int:
    """``gatereel case sign FILE [--key FILE]``"""
    file = open_case(options)
    if not file.case.unsigned(file.author):
        others = {written.entry.author for written in file.case.unsigned()}
        more = f"; {', '.join(sorted(others))} did not sign yet" if others else ""
        return _say(f"nothing of {file.author} is unsigned{more}")
    signer = find_signer(options.key)
    count = file.sign(signer)
    return _say(f"signed {count} entries of {file.author} with {signer.comment}")


def find_signer(key: Path | None) -> SshSigner:
    """The key to sign with: a private key's file, or one of the agent's."""
    if key is None or key.suffix == ".pub":
        return choose(agent_signers(), load_public(key)[0] if key else None)
    return load_signer(key, lambda: ask_passphrase(key))


def ask_passphrase(key: Path) -> str:
    """From the terminal, even where the input is something else."""
    try:
        return getpass.getpass(f"passphrase of {key}: ")
    except (EOFError, OSError) as error:
        raise KeyFileError(
            f"{key.name} is encrypted, and there is no terminal to ask on: use the ssh-agent"
        ) from error


def merge(options: argparse.Namespace) -> int:
    """``gatereel case merge FILE OTHER``"""
    file = open_case(options)
    other = CaseFile(options.other, file.author, SystemClock())
    return _say(f"took in {file.take_in(other.case)} lines")


def find_entry(file: CaseFile, prefix: str) -> Written:
    """The entry that the beginning of a name means. Raises `CaseError`."""
    found = file.case.find(prefix) if prefix else []
    if len(found) != 1:
        fits = "fits several entries" if found else "is no entry of this case"
        raise CaseError(f"{prefix!r} {fits}: `gatereel case list {file.path}` lists them")
    return found[0]


def _say(line: str) -> int:
    sys.stdout.write(line + "\n")
    return 0
