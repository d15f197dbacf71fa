"""A script of arrivals and effects for a relay, and what two runs of it must have in common.

Called by the tests of relays. `Playbook.on` plays one arrival and compares every effect;
`lanes` lays effects out so that two runs that differ only in where pieces end are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gateway.relay import (
    Arrival,
    Effect,
    FromClient,
    FromTarget,
    Record,
    Relay,
    ToClient,
    ToTarget,
    WakeAt,
)
from recorder.events import (
    Disclosed,
    ErrorOutput,
    Event,
    Input,
    Masked,
    Notice,
    Output,
    Typed,
    Withheld,
)


class Playbook:
    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.effects: list[Effect] = []

    def on(self, arrival: Arrival, *expected: Effect) -> Playbook:
        """This arrival has exactly these effects."""
        assert self.send(arrival) == list(expected)
        return self

    def send(self, *arrivals: Arrival) -> list[Effect]:
        """What these arrivals do."""
        effects: list[Effect] = []
        for arrival in arrivals:
            effects += self.relay.receive(arrival)
        self.effects += effects
        return effects

    @property
    def events(self) -> list[Event]:
        return [each.event for each in self.effects if isinstance(each, Record)]


@dataclass
class Lanes:
    """Effects by what they are about; pieces that touch are one."""

    to_client: list[tuple[bool, bytes]] = field(default_factory=list)
    to_target: bytes = b""
    output: list[tuple[type[Event], bytes]] = field(default_factory=list)
    input: bytes = b""
    typed: int = 0
    fates: list[bytes | int] = field(default_factory=list)
    masked: list[tuple[type[Event], int, str, str, int]] = field(default_factory=list)
    """The places of receipts, in what `output` joined."""
    last: int = field(default=0, compare=False)
    wake: int | None = None
    """The last wish stands."""
    other: list[Effect] = field(default_factory=list)


def lanes(effects: Iterable[Effect]) -> Lanes:
    out = Lanes()
    for effect in effects:
        match effect:
            case ToClient(data, error):
                if out.to_client and out.to_client[-1][0] == error:
                    data = out.to_client.pop()[1] + data
                out.to_client.append((error, data))
            case ToTarget(data):
                out.to_target += data
            case Record(Masked() as event):
                # Its offsets are within the piece of output right before it.
                start = len(out.output[-1][1]) - out.last
                for offset in event.facts["offsets"]:
                    place = (event.data_class, event.rule, start + offset)
                    out.masked.append((out.output[-1][0], len(out.output), *place))
            case Record(Output() | ErrorOutput() | Notice() as event):
                out.last = len(event.data)
                data = event.data
                if out.output and out.output[-1][0] is type(event):
                    data = out.output.pop()[1] + data
                out.output.append((type(event), data))
            case Record(Input() as event):
                out.input += event.data
            case Record(Typed() as event):
                out.typed += event.count
            case Record(Disclosed() as event):
                out.fates.append(event.data)
            case Record(Withheld(count=count)):
                before = out.fates[-1] if out.fates else b""
                if isinstance(before, int):
                    out.fates[-1] = before + count
                else:
                    out.fates.append(count)
            case WakeAt(at):
                out.wake = at
            case _:
                out.other.append(effect)
    out.masked.sort(key=lambda each: each[1:])
    return out


def split(arrivals: Sequence[Arrival], cuts: Sequence[int]) -> list[Arrival]:
    """The same arrivals with their data cut at these places (modulo what there is to cut)."""
    out: list[Arrival] = []
    for index, arrival in enumerate(arrivals):
        if not isinstance(arrival, FromClient | FromTarget) or len(arrival.data) < 2 or not cuts:
            out.append(arrival)
            continue
        at = 1 + cuts[index % len(cuts)] % (len(arrival.data) - 1)
        out += [replace(arrival, data=arrival.data[:at]), replace(arrival, data=arrival.data[at:])]
    return out


def bytewise(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The same arrivals, every byte by itself."""
    out: list[Arrival] = []
    for arrival in arrivals:
        if isinstance(arrival, FromClient | FromTarget):
            out += [replace(arrival, data=bytes((byte,))) for byte in arrival.data]
        else:
            out.append(arrival)
    return out
