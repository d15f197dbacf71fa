"""Players to test with: frames that close after given gaps."""

from __future__ import annotations

from recorder.frames import FrameRef
from replay.player import Player
from replay.timeline import SECOND, IdleMode, Timeline, find_idles

MS = 1000


def frames_of(gaps: list[int]) -> list[FrameRef]:
    """Frames of three events each, one event apart, closing after these gaps."""
    frames, closed = [], 0
    for number, gap in enumerate(gaps):
        opened = closed + gap // 2
        closed += gap
        first = 2 + number * 4
        frames.append(FrameRef(number, 1, first, first + 2, opened, closed, gap % 2 == 0))
    return frames


def player_of(
    gaps: list[int], tail: int = 0, mode: IdleMode = IdleMode.OFF, *, live: bool = False
) -> Player:
    frames = frames_of(gaps)
    duration = (frames[-1].closed if frames else 0) + tail
    idles = find_idles((frame.closed for frame in frames), duration)
    return Player(frames, Timeline(idles, duration, mode), last_event=100, live=live)


FIVE = [1 * SECOND, 100 * MS, 100 * MS + 1, 60 * SECOND, 100 * MS]
"""Closed at 1.0, 1.1, 1.200001, 61.200001 and 61.300001 s; number 2 is not stable."""
