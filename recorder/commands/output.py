"""Where a verb's result goes: a new file, whole or not at all, or standard output.

Knows: files. Must never know: formats, recordings. Called by `recorder.commands.export` and
`recorder.commands.read`.

A file is written without a name, synced, and then linked to its name, which fails where something
has that name by then: nothing is overwritten, nobody ever sees a half, and of a process that is
killed nothing is left. Where the file system makes no such files, it has a hidden name meanwhile.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn, TextIO

from recorder.errors import ConversionError


def is_standard(path: Path | None) -> bool:
    """Whether standard output is meant."""
    return path is None or str(path) == "-"


@contextlib.contextmanager
def new_path(path: Path | None) -> Iterator[Path]:
    """A path to write to, for what writes by name; its file becomes ``path`` at the end. Raises
    `ConversionError`."""
    if path is None or is_standard(path):
        refuse_terminal()
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "made")
            yield made
            with made.open("rb") as file, _standard() as out:
                shutil.copyfileobj(file, out)
        return
    if os.path.lexists(path):
        raise _there(path)
    try:
        number, made, named = _begin(path)
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from error
    try:
        with _stopped_in_order():
            yield made
            _settle(made, path, named=named)
    except OSError as error:
        raise _cannot(path, error) from error
    finally:
        os.close(number)
        if named:
            made.unlink(missing_ok=True)


@contextlib.contextmanager
def binary(path: Path | None) -> Iterator[BinaryIO]:
    """A new file, or standard output, for bytes. Raises `ConversionError`."""
    if is_standard(path):
        refuse_terminal()
        with _standard() as out:
            yield out
        return
    with new_path(path) as made, made.open("wb") as out:
        yield out


@contextlib.contextmanager
def text(path: Path | None) -> Iterator[TextIO]:
    """The same for text: UTF-8, with line feeds. It may go to a terminal."""
    if is_standard(path):
        with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as out:
            yield out
        return
    with binary(path) as into:
        wrapped = io.TextIOWrapper(into, encoding="utf-8", newline="\n")
        yield wrapped
        wrapped.flush()
        wrapped.detach()


@contextlib.contextmanager
def _stopped_in_order() -> Iterator[None]:
    """Being told to stop ends the work like an error, so that what was begun is taken away."""

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _copied(made: Path, path: Path) -> Path:
    """The same beside ``path``, under a hidden name."""
    number, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", dir=path.parent)
    with os.fdopen(number, "wb") as into, made.open("rb") as file:
        shutil.copyfileobj(file, into)
        into.flush()
        os.fsync(number)
    shutil.copymode(made, name)
    return Path(name)


def _begin(path: Path) -> tuple[int, Path, bool]:
    """A new file in the folder of ``path``, a path to write to it, also for programs that are
    started, and whether that is a name of its own."""
    if "\0" in path.name:
        raise ValueError("embedded null byte")
    with contextlib.suppress(OSError, AttributeError):  # not of every system, nor on every disk
        number = os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        made = Path(f"/proc/{os.getpid()}/fd/{number}")
        if made.exists():
            return number, made, False
        os.close(number)
    number, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", dir=path.parent)
    return number, Path(name), True


def refuse_terminal() -> None:
    """Raises `ConversionError` where standard output is a terminal: it would show a picture's bytes
    as whatever they mean to it."""
    if os.isatty(sys.stdout.fileno()):
        raise ConversionError("a picture or film does not go to a terminal: name a file with -o")


def _standard() -> BinaryIO:
    return open(sys.stdout.fileno(), "wb", closefd=False)


def _settle(made: Path, path: Path, *, named: bool) -> None:
    """What was made gets its name; as readable as any new file."""
    mask = os.umask(0)
    os.umask(mask)
    made.chmod(0o666 & ~mask)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(made, path, follow_symlinks=True)
    except FileExistsError:
        raise _there(path) from None
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise _there(path) from None
        if named:
            made.rename(path)
        else:
            _copied(made, path).rename(path)


def _there(path: Path) -> ConversionError:
    return ConversionError(f"{path} is there already: nothing is overwritten")


def _cannot(path: Path, error: OSError | ValueError) -> ConversionError:
    reason = error.strerror if isinstance(error, OSError) else error
    return ConversionError(f"cannot write {path}: {reason}")
