"""asciicast v1, walked."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.convert.asciicast_document import DOCUMENT_LIMIT, CastDocument
from recorder.convert.foreign import About
from recorder.errors import ConversionError
from recorder.events import Event, Output

DEMO = {
    "version": 1,
    "width": 80,
    "height": 24,
    "duration": 1.515658,
    "command": "/bin/zsh",
    "title": 'a {]" tïtle',
    "env": {"TERM": "xterm-256color", "SHELL": "/bin/zsh"},
    "stdout": [
        [0.248848, "\x1b[1;31mHello \x1b[32mWorld!\x1b[0m\n"],
        [1.001376, 'I am \rThis is ]}", on the next \\line.'],
    ],
}


def read(data: bytes) -> tuple[About, list[Event]]:
    source = CastDocument(io.BytesIO(data))
    events = list(source.events())
    about = source.about()
    assert list(source.events()) == events
    return about, events


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("order", [sorted, lambda keys: keys, lambda keys: sorted(keys)[::-1]])
def test_the_example_of_the_documentation(indent: int | None, order: object) -> None:
    assert callable(order)
    document = {key: DEMO[key] for key in order(list(DEMO))}
    about, events = read(json.dumps(document, indent=indent).encode())
    assert (about.protocol, about.cols, about.rows) == ("asciicast", 80, 24)
    assert (about.term, about.title, about.command) == ("xterm-256color", 'a {]" tïtle', "/bin/zsh")
    assert about.claims["version"] == 1
    assert events == [
        Output(248_848, 1, b"\x1b[1;31mHello \x1b[32mWorld!\x1b[0m\n"),
        Output(1_250_224, 1, b'I am \rThis is ]}", on the next \\line.'),
    ]


def test_half_a_surrogate_is_replaced_and_text_is_not_escaped() -> None:
    data = b'{"version":1,"width":1,"height":2,"stdout":[[0,"a\\ud800\xe6\xbc\xa2"]]}'
    assert read(b"\xef\xbb\xbf" + data)[1] == [Output(0, 1, "a\ufffd漢".encode())]


GOOD = b'{"version":1,"width":80,"height":24,"x":[{"a":[1,null,"]"]}],"stdout":[[1,"a"],[2,"b"]]}'


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b'{"version":1,"width":80,"height":24}',
        b'{"version":1,"width":80,"height":24,"stdout":{}}',
        GOOD + b"x",
        GOOD.replace(b'"version":1', b'"version":2'),
        GOOD.replace(b'"version":1', b'"version":true'),
        GOOD.replace(b'"width":80', b'"width":0'),
        GOOD.replace(b'"width":80', b'"width":' + b"9" * 5000),
        GOOD.replace(b'[1,"a"]', b'[-1,"a"]'),
        GOOD.replace(b'[1,"a"]', b'[1e99,"a"]'),
        GOOD.replace(b'[1,"a"]', b'[1,"a",2]'),
        GOOD.replace(b'[1,"a"]', b'[1,["a"]]'),
        GOOD.replace(b'[1,"a"]', b'["1","a"]'),
        GOOD.replace(b'[1,"a"]', b'[1,"\xff"]'),
        GOOD.replace(b'[1,"a"]', b'[1,"\x07"]'),
        GOOD.replace(b'"]"', b"[" * 100_000),
        GOOD.replace(b'"]"', b'"' + b"]" * 300_000 + b'"'),
    ],
)
def test_what_is_none_has_one_error(document: bytes) -> None:
    with pytest.raises(ConversionError) as caught:
        read(document)
    assert len(str(caught.value)) < 200


def test_a_document_is_never_built_whole() -> None:
    bomb = GOOD.replace(b'"]"', b"[],".join([b""] * (1 << 22)) + b"0")
    tracemalloc.start()
    with pytest.raises(ConversionError):
        read(bomb)
    assert tracemalloc.get_traced_memory()[1] < 4 * len(bomb)
    tracemalloc.stop()
    with pytest.raises(ConversionError, match="longer"):
        read(b"{" + bytes(DOCUMENT_LIMIT))


def test_every_cut_and_every_changed_byte_is_read_or_refused() -> None:
    for end in range(len(GOOD)):
        with pytest.raises(ConversionError):
            read(GOOD[:end])
    for at in range(len(GOOD)):
        for byte in b'\x00\xff"\\[]{},:9':
            try:
                read(GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])
            except ConversionError:
                continue


@given(st.binary(max_size=60), st.integers(0, len(GOOD)))
def test_any_bytes_are_read_or_refused(data: bytes, at: int) -> None:
    for document in (data, GOOD[:at] + data + GOOD[at:]):
        try:
            read(document)
        except ConversionError:
            continue
