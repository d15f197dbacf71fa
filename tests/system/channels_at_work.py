"""Channels of every kind in full flow through a gateway to which something is about to happen.

By default each such test takes a few kinds; ``GATEREEL_FAULT_KINDS=all`` takes all, and
``GATEREEL_FAULT_REPORT`` names a file that gets a line of figures for each (``python -m bench
faults``).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from recorder.events import Outage
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify import verify_reel
from tests.system.channel_kinds import BESIDE, KINDS, Channel, Field
from tests.system.gateways import RunningGateway
from tests.system.recorded import only, state, wait_until

MOVED = 3000
"""Bytes through a channel that is in full flow."""
WAIT = 90
LINE = re.compile(rb"gatereel: (GR-2\d\d): [^\r\n]{20,}")


def chosen(few: Sequence[str]) -> Sequence[str]:
    """These kinds, or all of them."""
    return KINDS if os.environ.get("GATEREEL_FAULT_KINDS") == "all" else few


def start_all(
    gateway: RunningGateway, behind: Field, few: Sequence[str], folder: Path
) -> list[Channel]:
    """One of each, all of them in full flow."""
    channels = []
    for kind in chosen(few):
        channels.append(behind.start(gateway, kind, folder / kind))
        wait_until(lambda at=channels[-1]: at.moved() > MOVED, WAIT)  # type: ignore[misc]
    return channels


def all_go_on(channels: Sequence[Channel]) -> float:
    """Waits until more has come through each; after how many seconds that was so."""
    begun = time.monotonic()
    before = [channel.moved() for channel in channels]
    for channel, size in zip(channels, before, strict=True):
        wait_until(lambda at=channel, size=size: at.moved() > size + MOVED, WAIT)  # type: ignore[misc]
    return round(time.monotonic() - begun, 2)


def all_have_ended(channels: Sequence[Channel]) -> dict[str, float]:
    """Waits for each client's end; after how many seconds that was."""
    ended = each_when(channels, lambda channel: channel.process.poll() is not None)
    for channel in channels:
        channel.wait(WAIT)
    return ended


def each_when(channels: Sequence[Channel], so: Callable[[Channel], bool]) -> dict[str, float]:
    """Waits until it is so of each; after how many seconds it was."""
    begun = time.monotonic()
    found: dict[str, float] = {}

    def over() -> bool:
        for channel in channels:
            if channel.kind not in found and so(channel):
                found[channel.kind] = round(time.monotonic() - begun, 2)
        return len(found) == len(channels)

    wait_until(over, WAIT)
    return found


def told(channel: Channel) -> str:
    """The code of the line that its user got. A forward has nobody to tell: it is a socket."""
    found = LINE.search(channel.said())
    return found[1].decode() if found else ""


def all_verify(gateway: RunningGateway, channels: Sequence[Channel], ended: str) -> None:
    """What reached either end is in the record, before it is sealed and after, and it verifies."""
    store = Store.open(gateway.store)
    for channel in channels:
        assert channel.check(store) > MOVED, channel.kind
    for channel in channels:
        session = channel.session(store)
        wait_until(partial(is_sealed, store, session), WAIT)
        assert state(store.path, session) == ended, channel.kind
        channel.check(store)
        report = verify_reel(store.reel(session), store.verifiers())
        assert report.ok, (channel.kind, report.checks)


def is_sealed(store: Store, session: str) -> bool:
    return store.reel(session).exists() and not store.journals(session)


def knock(gateway: RunningGateway) -> subprocess.Popen[bytes]:
    """Somebody new comes, and tries to get a word out of a target."""
    return subprocess.Popen(
        gateway.ssh(BESIDE, "echo lives"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def is_let_in(gateway: RunningGateway) -> bool:
    return knock(gateway).communicate(timeout=WAIT)[0] == b"lives\n"


def outages(gateway: RunningGateway) -> list[Outage]:
    """Of all the gateway's own recordings, the newest last: after an outage it begins another."""
    store = Store.open(gateway.store)
    found: list[Outage] = []
    for session in reversed(store.ids()):
        with Recording(store, session) as recording:
            if recording.header.facts["kind"] == "gateway":
                found += only([record.event for record in recording.records()], Outage)
    return found


def report(what: str, seconds: dict[str, float], channels: Sequence[Channel]) -> None:
    path = os.environ.get("GATEREEL_FAULT_REPORT")
    if path:
        codes = {channel.kind: told(channel) for channel in channels}
        with Path(path).open("a") as file:
            file.write(json.dumps({"what": what, "seconds": seconds, "codes": codes}) + "\n")
