"""A connection that is forwarded to an address: bytes that are recorded, and read by nobody.

Knows: what was asked for, which verdict came, who has ended. Must never know: names, sockets,
what the bytes mean. Driven by `gateway.pump`, one for each channel (`gateway.ssh.forwarding`).

Whatever goes wrong before the far side is open is told to the client in the refusal of its channel
(`ExitToClient.message`), and so it is a `Notice` too; afterwards there is no place for words. Nor
is there one while a request waits for a second person: `ssh GATEWAY requests` tells who asks.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import assert_never

from gateway import relay
from gateway.errors import OutOfPlace, line_for
from gateway.policy import ELSEWHERE, FORWARD, Allow, Request
from gateway.relay import STATUS_BROKEN, Arrival, Effect, Record
from gateway.verdicts import decided, refusal, unmet
from recorder import events
from recorder.errors import GatereelError

KIND = "direct-tcpip"
"""Of the channel, as RFC 4254 calls it."""
DETAIL = 1024


class _Stage(Enum):
    NEW = auto()
    ASKING = auto()
    OPENING = auto()
    RUNNING = auto()
    CLOSED = auto()


_REACHED = (_Stage.OPENING, _Stage.RUNNING)
"""Where the far side may speak: it can be quicker than the news that it stands."""


class ForwardRelay:
    """``subject`` is the session's own request (who, where); ``address`` what rules go by."""

    def __init__(self, channel: int, subject: Request, address: str) -> None:
        self._channel = channel
        self._subject = subject
        self._address = address
        self._stage = _Stage.NEW
        self._client_eof = False
        self._target_eof = False

    def receive(self, arrival: Arrival) -> list[Effect]:
        if self._stage is _Stage.CLOSED:
            return []
        match arrival:
            case relay.FromTarget(at, data):
                if not data or self._stage not in _REACHED:
                    return []
                if self._target_eof:
                    return self._broken(at, "bytes after the end of output")
                return [Record(events.Output(at, self._channel, data)), relay.ToClient(data)]
            case relay.FromClient(at, data):
                if not data:
                    return []
                if self._client_eof or self._stage is not _Stage.RUNNING:
                    return self._broken(at, "bytes where none have a place")
                return [Record(events.Input(at, self._channel, data)), relay.ToTarget(data)]
            case relay.Opened():
                return self._opened(arrival)
            case relay.Answered():
                return self._answered(arrival)
            case relay.Waits(_, happened):
                return [Record(event) for event in happened]
            case relay.TargetOpened():
                if self._stage is _Stage.OPENING:
                    self._stage = _Stage.RUNNING
                return []
            case relay.ClientEof(at):
                return self._ended(at, "client")
            case relay.TargetEof(at):
                return self._ended(at, "target")
            case relay.Unserved(at, what, detail, error):
                return [Record(events.Refused(at, self._channel, what, detail, error))]
            case relay.Resized(at) | relay.Signalled(at) | relay.Broke(at) | relay.Exited(at):
                return self._refused(at, type(arrival).__name__.lower())
            case relay.Tick() | relay.Told():
                return []  # nobody sits here
            case relay.ClientGone(at, reason):
                return self._close(at, f"client: {reason}")
            case relay.TargetGone(at, reason, failed):
                if failed is None:
                    return self._close(at, f"target: {reason}")
                return self._end(at, failed, f"target: {reason}")
            case relay.Stopped(at, stopped):
                return self._end(at, stopped, f"gateway: {stopped.code}")
            case _:
                assert_never(arrival)

    def _opened(self, arrival: relay.Opened) -> list[Effect]:
        at, channel = arrival.at, self._channel
        if self._stage is not _Stage.NEW:
            return self._refused(at, "a second start")
        self._stage = _Stage.ASKING
        facts = {**self._subject.facts, "address": self._address}
        return [
            Record(events.ChannelOpened(at, channel, KIND, "client")),
            Record(events.Requested(at, channel, FORWARD, arrival.command[:DETAIL])),
            Record(events.Asked(at, channel, 1, FORWARD, facts)),
            relay.Ask(1, replace(self._subject, action=FORWARD, facts=facts)),
        ]

    def _answered(self, arrival: relay.Answered) -> list[Effect]:
        if self._stage is not _Stage.ASKING or arrival.request != 1:
            return []
        at, verdict = arrival.at, arrival.verdict
        what = f"a forward to {self._address}"
        lacking = ""
        if isinstance(verdict, Allow):
            lacking = unmet(verdict.obligations, (ELSEWHERE,), "a forward")
            if not lacking:
                self._stage = _Stage.OPENING
                return [Record(decided(at, self._channel, 1, verdict)), relay.OpenTarget(())]
        error = refusal(verdict, what, lacking)
        return [
            Record(decided(at, self._channel, 1, verdict, lacking)),
            *self._end(at, error, f"gateway: {error.code}"),
        ]

    def _ended(self, at: int, side: str) -> list[Effect]:
        """One side sends no more; when neither does, it is over."""
        client = side == "client"
        reached = self._stage is _Stage.RUNNING or (not client and self._stage in _REACHED)
        if not reached or (self._client_eof if client else self._target_eof):
            return []
        half = Record(events.HalfClose(at, self._channel, side))
        if client:
            self._client_eof = True
            effects: list[Effect] = [half, relay.EofToTarget()]
        else:
            self._target_eof = True
            effects = [half, relay.EofToClient()]
        if self._client_eof and self._target_eof:
            effects += self._close(at, "both sides have ended it")
        return effects

    def _refused(self, at: int, what: str) -> list[Effect]:
        return [Record(events.Refused(at, self._channel, what, b"", OutOfPlace.code))]

    def _broken(self, at: int, what: str) -> list[Effect]:
        error = OutOfPlace(f"the connection sent {what}, so it ends")
        return [*self._refused(at, what), *self._end(at, error, f"gateway: {error.code}")]

    def _end(self, at: int, error: GatereelError, reason: str) -> list[Effect]:
        """Say why, where the client still waits for an answer, and close."""
        if self._stage is _Stage.RUNNING:
            return self._close(at, reason)
        line = line_for(error)
        told = relay.ExitToClient(STATUS_BROKEN, message=line.decode().removeprefix("gatereel: "))
        notice = Record(events.Notice(at, self._channel, line + b"\n", True))
        first, *rest = self._close(at, reason)
        return [notice, first, told, *rest]

    def _close(self, at: int, reason: str) -> list[Effect]:
        self._stage = _Stage.CLOSED
        closed = events.ChannelClosed(at, self._channel, reason)
        return [Record(closed), relay.Close(reason)]
