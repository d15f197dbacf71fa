"""What a relay does while its request waits for a second person: write down, and tell. Pure.

Knows: `gateway.relay.Waits`. Must never know: holds, who answers. Called by the relays.
"""

from __future__ import annotations

from gateway import relay
from gateway.relay import Effect, Record
from recorder import events


def happened(channel: int, arrival: relay.Waits, end: bytes) -> list[Effect]:
    """The events, then the lines, each with this end, on standard error: what a command writes is
    its own."""
    effects: list[Effect] = [Record(event) for event in arrival.events]
    for line in arrival.lines:
        shown = "".join(each if each.isprintable() else "?" for each in f"gatereel: {line}")
        data = shown.encode() + end
        effects.append(Record(events.Notice(arrival.at, channel, data, True)))
        effects.append(relay.ToClient(data, error=True))
    return effects
