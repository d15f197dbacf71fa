"""Makes the vectors: small recordings, each with a text beside it that says what must come of it.

``python -m tests.vectors.make`` writes them anew, byte for byte the same (fixed keys, clock and
entropy); a test holds them against what is here. `NAME.reel`, `NAME.00000001.journal` and
`NAME.checkpoint` stand for the files of session `SESSION`; `NAME.txt` is the verdict:

    what:     one line for a person
    expect:   verified | refused
    records:  how many a reader gives out
    reader:   end | damaged | unsupported
    place:    where the reader's error points, "" without one
    state:    sealed | interrupted, where it can be opened
    failed:   the checks of verification that fail
    where:    where the first of them points

`verifiers` holds the one key that is trusted.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgpack

from recorder import format as fmt
from recorder import merkle
from recorder import seal as sealing
from recorder.attest import Checkpoint
from recorder.events import SESSION as ZERO
from recorder.events import (
    Anchor,
    End,
    Event,
    Masked,
    Output,
    Salt,
    Unknown,
)
from tests.recorder.builders import (
    SECRET,
    WALL_NS,
    fixed_signer,
    forge,
    frames_of,
    header,
    packed,
    story,
)
from tests.vectors.bombs import bomb_second, streamed_second
from tests.vectors.copies import redacted_copy
from tests.vectors.happenings import files, waits

FOLDER = Path(__file__).parent
SESSION = "019a0000-0000-7000-8000-00000000a001"
OTHER = "019a0000-0000-7000-8000-00000000b002"
JOURNAL = ".00000001.journal"
Raws = list[list[bytes]]


@dataclass(frozen=True)
class Vector:
    name: str
    what: str
    reel: bytes
    records: int
    reader: str = "end"
    place: str = ""
    state: str = "sealed"
    failed: str = ""
    where: str = ""
    beside: dict[str, bytes] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        verdict = {
            "what": self.what,
            "expect": "refused" if self.failed else "verified",
            "records": self.records,
            "reader": self.reader,
            "place": self.place,
            "state": self.state,
            "failed": self.failed,
            "where": self.where,
        }
        text = "".join(f"{key + ':':<9} {value}".rstrip() + "\n" for key, value in verdict.items())
        return {".reel": self.reel, ".txt": text.encode(), **self.beside}


def third(number: int, at: int) -> list[Event]:
    """One more chunk, with the end in it."""
    return [
        Anchor(at, ZERO, number, at, WALL_NS + at * 1000, 5_000_000_000 + at * 1000),
        Output(at, 1, b"last\n"),
        End(at + 100, ZERO, "logout"),
    ]


def three() -> Raws:
    """Three chunks, of 5, 2 and 3 records."""
    first, second = story(SESSION)
    return packed([first, second[:-1], third(7, 1500)])


def with_table(parts: list[bytes]) -> bytes:
    """These frames, and a seek table that fits them."""
    sizes = [fmt.data_frame_size(p) and len(fmt.decompress(p)) for p in parts]
    entries = [(len(p), size or 0) for p, size in zip(parts, sizes, strict=True)]
    return b"".join(parts) + sealing.pack_table(entries)


def flipped(data: bytes, place: int, bit: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def second_with(raw: bytes) -> bytes:
    """A well-sealed reel whose record 6 is this."""
    one, two = packed(story(SESSION))
    return forge(SESSION, [one, [two[0], raw, two[2]]])


def raw_record(*fields: object) -> bytes:
    data: bytes = msgpack.packb([0, 1, *fields], use_bin_type=True)
    return data


def vectors() -> Iterator[Vector]:
    yield from sound()
    yield from damaged()
    yield from altered()
    yield from hostile()


def sound() -> Iterator[Vector]:
    raws = packed(story(SESSION))
    whole = forge(SESSION, raws)
    yield Vector("intact", "nothing is wrong with it", whole, 8)
    copy = redacted_copy(SESSION, OTHER)
    yield Vector("redacted", "a redacted copy of another recording, without event 4", copy, 8)
    yield Vector(
        "interrupted", "the recorder stopped in the middle, and recovery ended it",
        forge(SESSION, raws[:1], end="interrupted"), 5, state="interrupted",
    )  # fmt: skip
    yield Vector(
        "unknown-event", "an event of a later version, which is kept",
        second_with(fmt.pack_record(0, Unknown(900, 1, "sql-row", [1, {"a": [b"x", None]}]))), 8,
    )  # fmt: skip
    yield Vector(
        "more-fields", "a known event with a field of a later version, which is ignored",
        second_with(raw_record("o", b"x", "later")), 8,
    )  # fmt: skip
    receipt = Masked(900, 1, "card", "card", "last4", 1, bytes(32), {"offsets": [0]})
    yield Vector(
        "masked", "a receipt for a masked value", second_with(fmt.pack_record(0, receipt)), 8
    )
    one, two = raws
    digest = hashlib.sha256(b"x" * 1234).digest()
    done = [fmt.pack_record(0, event) for event in files(digest)]
    yield Vector(
        "sftp", "operations on files", forge(SESSION, [one, [*two[:2], *done, *two[2:]]]), 11
    )
    done = [fmt.pack_record(0, event) for event in waits(digest)]
    yield Vector(
        "hold", "a request that waited, and was approved",
        forge(SESSION, [one, [*two[:2], *done, *two[2:]]]), 11,
    )  # fmt: skip
    *parts, _ = frames_of(whole)
    note = sealing.unpack_seal(parts[-1]).note
    seal = sealing.unpack_seal(parts[-1]).seal
    witness = fixed_signer("witness", 9).sign(note.rpartition("\n\n")[0] + "\n")
    cosigned = sealing.pack_seal(seal, note + witness.rpartition("\n\n")[2], 0)
    yield Vector(
        "cosigned", "a witness that nobody knows has signed too",
        with_table([*parts[:-1], cosigned]), 8,
    )  # fmt: skip
    front = merkle.Frontier()
    time = 0
    for number, raw in enumerate(raws[0]):
        time += msgpack.unpackb(raw)[0]
        front.append(merkle.salted_leaf(SECRET, number, time, raw))
    live = fixed_signer().sign(Checkpoint(SESSION, 5, front.root(), "live").text())
    yield Vector(
        "checkpointed", "an earlier checkpoint beside it agrees",
        whole, 8, beside={".checkpoint": live.encode()},
    )  # fmt: skip


def damaged() -> Iterator[Vector]:
    raws = packed(story(SESSION))
    whole = forge(SESSION, raws)
    data, seal, data2, seal2, _, _ = frames_of(whole)
    one = len(data) + len(seal)
    yield Vector(
        "torn-tail", "cut off in the middle of the second chunk",
        whole[: one + 20], 5, reader="damaged", place=f"byte {one}", state="interrupted",
        failed="layout, end", where=f"byte {one}",
    )  # fmt: skip
    yield Vector(
        "cut-at-a-seal", "cut off behind the first chunk, nothing else left",
        whole[:one], 5, state="interrupted", failed="end",
    )  # fmt: skip
    segment = b"".join(map(fmt.journal_frame, raws[1]))
    yield Vector(
        "unsealed", "the second chunk is a journal still, and nobody records",
        data + seal, 8, state="interrupted", failed="end", beside={JOURNAL: segment},
    )  # fmt: skip
    yield Vector(
        "torn-journal", "the last record of the journal is not whole",
        data + seal, 7, state="interrupted", failed="end", beside={JOURNAL: segment[:-3]},
    )  # fmt: skip
    yield Vector(
        "torn-both", "killed while sealing: half a chunk, and the journal that it is made of",
        data + seal + data2 + seal2[:50], 8, state="interrupted", failed="layout, end",
        where=f"byte {one}", beside={JOURNAL: segment},
    )  # fmt: skip
    late = packed([third(7, 1500)])[0]
    yield Vector(
        "journal-gap", "records between reel and journal are missing",
        data + seal, 5, reader="damaged", place="event 5", state="interrupted", failed="end",
        beside={JOURNAL: b"".join(map(fmt.journal_frame, late))},
    )  # fmt: skip
    yield Vector(
        "no-seek-table", "cut off behind the end's seal",
        whole[: -(sealing.table_size(whole) or 0)], 8, state="interrupted", failed="table",
        where=f"byte {len(whole) - (sealing.table_size(whole) or 0)}",
    )  # fmt: skip


def altered() -> Iterator[Vector]:
    whole = forge(SESSION, three())
    parts = frames_of(whole)
    d0, s0, d1, s1, d2, s2, end, _ = parts
    at = [len(b"".join(parts[:i])) for i in range(8)]
    yield Vector(
        "flipped-byte", "one bit of the second chunk's data is another",
        flipped(whole, at[2] + len(d1) // 2), 5, reader="damaged", place="chunk 1",
        failed="chunks", where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    yield Vector(
        "swapped-chunks", "the second and the third chunk change places",
        with_table([d0, s0, d2, s2, d1, s1, end]), 5, reader="damaged", place="chunk 1",
        failed="chunks", where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    yield Vector(
        "removed-chunk", "the second chunk is gone",
        with_table([d0, s0, d2, s2, end]), 5, reader="damaged", place="chunk 1",
        failed="chunks", where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    yield Vector(
        "doubled-chunk", "the second chunk is there twice",
        with_table([d0, s0, d1, s1, d1, s1, d2, s2, end]), 7, reader="damaged", place="chunk 2",
        failed="chunks", where=f"chunk 2, byte {at[4]}",
    )  # fmt: skip
    yield Vector(
        "inserted-seal", "the first seal is there twice",
        with_table([d0, s0, s0, d1, s1, d2, s2, end]), 5, reader="damaged",
        place=f"byte {at[2] + len(s0)}", state="interrupted", failed="chunks, layout, end, table",
        where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    foreign = frames_of(forge(OTHER, packed([story(OTHER)[0], *story(OTHER)[1:]])))
    yield Vector(
        "replayed-chunk", "the second chunk is another recording's",
        with_table([d0, s0, foreign[2], foreign[3], end]), 5, reader="damaged", place="chunk 1",
        failed="chunks", where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    attacker = fixed_signer("vectors", 66)
    again = frames_of(forge(SESSION, packed([*story(SESSION)]), signer=attacker))
    yield Vector(
        "cut-and-resumed", "cut behind the first chunk, and gone on with by another key",
        with_table([d0, s0, again[2], again[3], again[4]]), 8, failed="chunks, signatures",
        where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    short = frames_of(forge(SESSION, three()[:1], signer=attacker))
    yield Vector(
        "forged-end", "cut behind the first chunk, and ended by another key",
        with_table([d0, s0, short[2]]), 5, failed="chunks, signatures",
        where=f"chunk 1, byte {at[2]}",
    )  # fmt: skip
    yield Vector(
        "wrong-key", "signed by a key that is not the trusted one",
        forge(SESSION, three(), signer=attacker), 10, failed="signatures",
        where="chunk 0, byte 0",
    )  # fmt: skip
    yield Vector(
        "seek-table-altered", "the seek table states another content size",
        flipped(whole, at[7] + 8 + 4), 10, failed="table", where=f"byte {at[7]}",
    )  # fmt: skip
    yield Vector(
        "bytes-after-the-end", "one byte follows the seek table",
        whole + b"\0", 10, reader="damaged", place=f"byte {at[7]}", state="interrupted",
        failed="layout, table", where=f"byte {at[7]}",
    )  # fmt: skip
    live = Checkpoint(SESSION, 7, hashlib.sha256(b"other").digest(), "live").text()
    yield Vector(
        "contradicted", "a checkpoint beside it states another root",
        whole, 10, failed="checkpoint", where="event 7",
        beside={".checkpoint": fixed_signer().sign(live).encode()},
    )  # fmt: skip
    later = Checkpoint(SESSION, 11, hashlib.sha256(b"later").digest(), "live").text()
    yield Vector(
        "shortened", "a checkpoint beside it speaks of more records",
        whole, 10, failed="checkpoint", where="event 10",
        beside={".checkpoint": fixed_signer().sign(later).encode()},
    )  # fmt: skip
    body = whole[: at[7]]
    spare = body.rindex(b"=\n") - 1
    yield Vector(
        "spare-bit", "a bit of the last signature's base64 that carries nothing is another",
        body[:spare] + bytes([_sibling(body[spare])]) + whole[spare + 1 :], 10,
        failed="signatures", where="chunk 3",
    )  # fmt: skip


def _sibling(letter: int) -> int:
    """The letter whose last bit is another: it decodes to the same bytes before one ``=``."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(letter) ^ 1]


def hostile() -> Iterator[Vector]:
    def unsupported(name: str, what: str, **facts: object) -> Vector:
        reel = forge(SESSION, packed(story(SESSION, **facts)))
        return Vector(
            name, what, reel, 0, reader="unsupported", failed="chunks", where="chunk 0, byte 0"
        )

    yield unsupported("future-version", "it needs a reader of version 2", reader=2, format=2)
    yield unsupported("future-must", "it needs a feature of later", must=["encrypted"])

    def bad(name: str, what: str, raw: bytes) -> Vector:
        return Vector(
            name, what, second_with(raw), 6, reader="damaged", place="event 6", failed="chunks",
            where="chunk 1",
        )  # fmt: skip

    yield bad("malformed-msgpack", "a record that ends in the middle of a string", b"\x92\xd9\xff")
    yield bad("float", "a record that holds a float", raw_record("later", 1.5))
    yield bad("extension", "a record that holds an extension type",
              raw_record("later", msgpack.ExtType(5, b"")))  # fmt: skip
    yield bad("deep", "a record with a thousand lists in each other",
              b"\x94\x00\x01\xa1z" + b"\x91" * 990 + b"\x00")  # fmt: skip
    yield bad("wide", "a list that claims four thousand million items",
              b"\x94\x00\x01\xa1z\xdd\xff\xff\xff\xff")  # fmt: skip
    yield bad("late", "a record at a time beyond all", raw_record("later")[:1] + b"\xcf"
              + struct.pack(">Q", (1 << 64) - 1) + raw_record("later")[2:])  # fmt: skip
    yield bad("second-header", "another header in the middle",
              fmt.pack_record(0, header(SESSION)))  # fmt: skip
    yield bad("too-few-fields", "an output without data", raw_record("o"))
    yield bad("another-type", "an output of text", raw_record("o", "text"))
    one, two = packed(story(SESSION))
    yield Vector(
        "wrong-anchor", "the second chunk's anchor states another number",
        forge(SESSION, [one, [fmt.pack_record(400, Anchor(900, ZERO, 6, 900, 0, 0)), *two[1:]]]),
        5, reader="damaged", place="chunk 1", failed="chunks", where="chunk 1",
    )  # fmt: skip
    yield Vector(
        "wrong-salt", "the salt is not the one that the header commits to",
        forge(SESSION, [[one[0], fmt.pack_record(0, Salt(0, ZERO, bytes(32))), *one[2:]], two]),
        8, failed="chunks", where="chunk 0, byte 0",
    )  # fmt: skip
    yield Vector(
        "bomb", "the second chunk decompresses to 64 MiB",
        forge(SESSION, [one, two], compress=bomb_second()), 5, reader="damaged", place="chunk 1",
        failed="chunks", where="chunk 1",
    )  # fmt: skip
    yield Vector(
        "no-content-size", "the second chunk does not say its size",
        forge(SESSION, [one, two], compress=streamed_second()), 5, reader="damaged",
        place="chunk 1", failed="chunks", where="chunk 1",
    )  # fmt: skip
    yield Vector(
        "empty", "an end, and nothing before it",
        forge(SESSION, [], end="interrupted"), 0, reader="damaged", place="byte 0",
        state="interrupted", failed="end", where="",
    )  # fmt: skip
    yield Vector(
        "no-recording", "a file of another kind",
        b"#!/bin/sh\necho not a recording\n", 0, reader="damaged", place="byte 0",
        state="interrupted", failed="layout, end", where="byte 0",
    )  # fmt: skip


def everything() -> dict[str, bytes]:
    """All files of this folder that are made, by name."""
    files = {"verifiers": f"{fixed_signer().verifier}\n".encode()}
    for vector in vectors():
        files |= {vector.name + suffix: data for suffix, data in vector.files().items()}
    return files


if __name__ == "__main__":
    for name, data in everything().items():
        (FOLDER / name).write_bytes(data)
