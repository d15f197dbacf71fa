"""Which foreign format a file is: told by what it holds, and by its name where that says nothing.

Knows: how each format begins. Must never know: stores, command lines. Called by
`recorder.convert.importing`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from recorder.convert.asciicast_document import CastDocument
from recorder.convert.cast_source import CastSource
from recorder.convert.foreign import Source
from recorder.convert.script import STARTED, Script
from recorder.convert.timing import looks_like_timing
from recorder.convert.ttyrec import Ttyrec, looks_like_ttyrec
from recorder.errors import ConversionError

KNOWN = "asciicast, ttyrec, or a typescript of script(1) with its timing"
_HEAD = 1 << 12
_FIRST_LINE = 1 << 20
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


def timing_of(path: Path) -> Path | None:
    """The timing file that lies beside a typescript: `FILE.timing`, or `FILE` with the suffix
    `.timing` instead of its own; None where there is none."""
    named = (path.with_name(f"{path.name}.timing"), path.with_suffix(".timing"))
    return next((name for name in named if name != path and name.is_file()), None)


def is_typescript(path: Path, file: BinaryIO) -> bool:
    """Whether a file needs a timing beside it."""
    head = _head(file)
    return head.startswith(STARTED) or (
        timing_of(path) is not None and not _is_json(head) and not looks_like_ttyrec(head)
    )


def recognise(
    path: Path, file: BinaryIO, timing: BinaryIO | None, typed: BinaryIO | None
) -> Source:
    """The source that the file is; raises `ConversionError` where it is none."""
    if timing is not None:
        return Script(file, timing, typed)
    if typed is not None:
        raise ConversionError("a log of input is read with a typescript and its timing")
    head = _head(file)
    name = path.name
    for magic, packer in _PACKED.items():
        if head.startswith(magic):
            raise ConversionError(f"{name} is packed with {packer}: unpack it first")
    suffix = path.suffix.lower()
    if _is_json(head) or suffix in (".cast", ".json"):
        return _cast(file)
    if looks_like_ttyrec(head) or suffix in (".ttyrec", ".tty"):
        return Ttyrec(file)
    if head.startswith(STARTED):
        raise ConversionError(
            f"{name} is a typescript: its timing is neither beside it as {name}.timing "
            "nor given with --timing FILE"
        )
    if looks_like_timing(head):
        raise ConversionError(f"{name} is a timing file: name the typescript, and it as --timing")
    raise ConversionError(f"{name} is nothing that can be imported: {KNOWN}")


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_HEAD)


def _is_json(head: bytes) -> bool:
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith((b"{", b"#"))


def _cast(file: BinaryIO) -> Source:
    """By the version that the first line says; where it is no whole document, or says 1, the whole
    file is one."""
    file.seek(0)
    line = b"\n"
    while line and (line.isspace() or line.startswith(b"#")):
        line = file.readline(_FIRST_LINE).removeprefix(b"\xef\xbb\xbf")
    if line.lstrip()[:1] != b"{":
        return CastSource(file)
    try:
        version = json.loads(line).get("version")
    except (ValueError, RecursionError):
        version = 1
    return CastDocument(file) if version == 1 else CastSource(file)
