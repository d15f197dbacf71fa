"""Compressors that make of the second chunk what no sealer would."""

from __future__ import annotations

from collections.abc import Callable

import zstandard

from recorder import format as fmt


def bomb_second() -> Callable[[bytes], bytes]:
    frames = iter([False, True])
    zeros = bytes(64 << 20)
    return lambda content: fmt.compress(zeros if next(frames) else content)


def streamed_second() -> Callable[[bytes], bytes]:
    frames = iter([False, True])

    def compress(content: bytes) -> bytes:
        if not next(frames):
            return fmt.compress(content)
        writer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
        return writer.compress(content) + writer.flush()

    return compress
