"""Which format a file is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from recorder.convert.asciicast_document import CastDocument
from recorder.convert.cast_source import CastSource
from recorder.convert.foreign import Source
from recorder.convert.recognise import is_typescript, recognise, timing_of
from recorder.convert.script import Script
from recorder.convert.ttyrec import Ttyrec
from recorder.errors import ConversionError

TTYREC = b"\1\0\0\0\0\0\0\0\2\0\0\0hi"


def told(data: bytes, name: str = "file") -> Source:
    return recognise(Path(name), io.BytesIO(data), None, None)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b'{"version": 2, "width": 1}\n[0, "o", ""]\n', "x", CastSource),
        (b'\xef\xbb\xbf# words\n\n{"version": 3}\n', "x", CastSource),
        (b'{"version": 9}', "x", CastSource),
        (b'{"version": 1, "stdout": []}', "x", CastDocument),
        (b'{\n  "version": 1,\n', "x.ttyrec", CastDocument),
        (b"nonsense", "x.cast", CastSource),
        (b"", "x.CAST", CastSource),
        (TTYREC, "x", Ttyrec),
        (TTYREC, "x.typescript", Ttyrec),
        (b"", "x.ttyrec", Ttyrec),
        (b"text", "x.tty", Ttyrec),
    ],
)
def test_a_format_is_told_by_content_and_then_by_name(
    data: bytes, name: str, kind: type[object]
) -> None:
    assert isinstance(told(data, name), kind)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "nothing that can be imported"),
        (b"words", "nothing that can be imported"),
        (bytes(100), "nothing that can be imported"),
        (b"\x1f\x8bxx", "gzip"),
        (b"BZh9", "bzip2"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"Script started on 2026\n", "--timing"),
        (b"0.1 4\n", "timing file"),
        (b"H 0.0 START_TIME x\n", "timing file"),
    ],
)
def test_what_is_none_is_told_so(data: bytes, word: str) -> None:
    with pytest.raises(ConversionError, match=word):
        told(data)


def test_a_timing_makes_a_typescript_of_any_file() -> None:
    timing = io.BytesIO(b"0.1 4\n")
    assert isinstance(recognise(Path("x"), io.BytesIO(TTYREC), timing, None), Script)
    with pytest.raises(ConversionError, match="timing"):
        recognise(Path("x"), io.BytesIO(TTYREC), None, io.BytesIO())


def test_the_timing_beside_a_typescript(tmp_path: Path) -> None:
    script = tmp_path / "session.log"
    assert timing_of(script) is None
    assert is_typescript(script, io.BytesIO(b"Script started on x"))
    assert not is_typescript(script, io.BytesIO(b"Skript gestartet"))
    (tmp_path / "session.timing").touch()
    assert timing_of(script) == tmp_path / "session.timing"
    assert is_typescript(script, io.BytesIO(b"Skript gestartet"))
    assert not is_typescript(script, io.BytesIO(b'{"version": 2}'))
    assert not is_typescript(script, io.BytesIO(TTYREC))
    (tmp_path / "session.log.timing").touch()
    assert timing_of(script) == tmp_path / "session.log.timing"
    assert timing_of(tmp_path / "session.timing") is None
