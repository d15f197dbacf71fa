"""The masker under fuzzing: its part of `tests.fuzz.targets`."""

from __future__ import annotations

from gateway.masking.classes import DataClass
from gateway.masking.own import OwnPattern
from gateway.masking.plan import MaskPlan
from gateway.masking.stream import CARRIED


def masks(data: bytes) -> None:
    """Any output, whole, in pieces that its own bytes choose, and byte by byte: the same goes on,
    and what is carried is bounded."""
    whole = _masked([data])
    assert _masked([data[n : n + 1] for n in range(len(data))]) == whole
    pieces, at = [], 0
    while at < len(data):
        pieces.append(data[at : at + 1 + data[at]])
        at += 1 + data[at]
    assert _masked(pieces) == whole


def _masked(pieces: list[bytes]) -> tuple[bytes, list[tuple[str, int]]]:
    own = {"badge": OwnPattern(r"\bB-[0-9]{2,6}\b"), "name": OwnPattern("(?i:é|田){1,3}")}
    masker = MaskPlan(own=own, key=b"key").masker([*DataClass, *own])
    out, hits = bytearray(), []
    for piece in [*pieces, None]:
        went = masker.release() if piece is None else masker.feed(piece)
        hits += [(hit.rule, len(out) + hit.offset) for hit in went.hits]
        out += went.data
        assert masker.carried <= CARRIED
    assert not masker.carried
    return bytes(out), hits
