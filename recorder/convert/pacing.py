"""When each picture of a film is shown: recorded time to shown time.

Knows: times of frames. Must never know: pictures, files, recordings. Called by
`recorder.convert.motion`. Pure; times are integer microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

Picture = TypeVar("Picture")

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How a film plays. The defaults are those that other recorders of terminals have."""

    speed: Fraction = Fraction(1)
    idle: int = 5 * _SECOND
    """The longest pause, in recorded time."""
    last: int = 3 * _SECOND
    """For so long at least the last picture stays, in shown time."""
    fps: int = 30
    """At most so many pictures a second: what stood for less gives way to what came after it."""


class Step(NamedTuple, Generic[Picture]):
    """One picture of a film, from when to when it is shown."""

    picture: Picture
    begin: int
    until: int


def paced(
    pictures: Iterable[tuple[int, Picture]], start: int, end: int, pace: Pace
) -> Iterator[Step[Picture]]:
    """The steps of a film that begins at ``start`` and ends at ``end``, of pictures with the time
    at which each appears (ascending, from ``start`` on). Neighbours meet; the first begins at 0."""
    shortest = -(-_SECOND // pace.fps)
    now, recorded = Fraction(0), start
    held: tuple[Picture, int] | None = None
    for time, picture in pictures:
        now += Fraction(min(max(time - recorded, 0), pace.idle)) / pace.speed
        recorded = max(time, recorded)
        at = round(now)
        if held is None:
            held = (picture, 0)
        elif at - held[1] < shortest:
            held = (picture, held[1])
        else:
            yield Step(*held, at)
            held = (picture, at)
    if held is not None:
        now += Fraction(min(max(end - recorded, 0), pace.idle)) / pace.speed
        yield Step(*held, max(round(now), held[1] + max(pace.last, shortest)))


def grid(time: int, units: int) -> int:
    """A time in units of which there are so many to a second, rounded: differences of these do not
    drift."""
    return (2 * time * units + _SECOND) // (2 * _SECOND)
