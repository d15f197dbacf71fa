"""The relay of one SFTP channel: every operation is read, asked about, written down and then done.

Knows: what may happen on a subsystem's channel, SFTP version 3 (`gateway.wire.sftp_packets`,
`gateway.wire.sftp`). Must never know: sockets, SSH, clocks. Driven by `gateway.pump`.

Policy is asked about the subsystem, and then about each call that names a file: to read it, write
it, list it, change it, look at it (`gateway.wire.sftp_questions`). What goes on with a handle was
decided when that was opened. A
call waits for the answers to those before it, so that the server sees them in the client's order.
One that is not allowed never reaches the server: the client gets the protocol's own "permission
denied", with the reason, and goes on. One that is held waits for a second person, and so does
whatever the client sends behind it. What a handle was not opened for is refused in the same way.

A client that asks for a later version is given version 3: that is all that is read here. What is no
SFTP, from either side, ends the channel.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from gateway import relay
from gateway.errors import NotOpenForThat, OutOfPlace, line_for
from gateway.policy import Allow, Request
from gateway.relay import STATUS_BROKEN, Arrival, Effect, Record
from gateway.verdicts import decided, refusal, unmet
from gateway.wire.environment import DEFAULT, VALUE_LIMIT, Variables, sort_out
from gateway.wire.sftp import SftpWatch
from gateway.wire.sftp_packets import (
    FAILURE,
    INIT_BODY,
    PERMISSION_DENIED,
    Call,
    Framer,
    Kind,
    SftpError,
    packet,
    parse_call,
    parse_reply,
    status_packet,
)
from gateway.wire.sftp_questions import actions_of, facts_of
from gateway.wire.waiting import happened
from recorder import events
from recorder.errors import GatereelError

STATUS_REFUSED = 126
WAITING_LIMIT = 1 << 20
"""Bytes of calls that wait for an answer, beyond which the client is not read from."""


class _Stage(Enum):
    NEW = "nothing was asked yet"
    ASKING = "policy is asked about the subsystem"
    OPENING = "the target's side is being opened"
    RUNNING = "calls go one way, answers the other"
    CLOSED = "nothing is taken any more"


@dataclass(frozen=True, slots=True)
class _Waiting:
    body: bytes
    call: Call


class SftpRelay:
    """``subject`` is the session's own request (who, where), from which each question is made."""

    def __init__(
        self,
        channel: int,
        subject: Request,
        *,
        environment: Sequence[str] = DEFAULT,
        keep: int | None = None,
    ) -> None:
        self._channel = channel
        self._subject = subject
        self._stage = _Stage.NEW
        self._request = 0
        self._asked: tuple[str, ...] = ()
        """What policy is still to allow of the first that waits, the first of it being asked."""
        self._environment = tuple(environment)
        self._passed: Variables = ()
        self._waiting: deque[_Waiting] = deque()
        self._size = 0
        self._paused = False
        self._client = Framer()
        self._target = Framer()
        self._watch = SftpWatch(channel, keep)
        self._client_eof = False
        self._input_ended = False
        self._exit: relay.ExitToClient | None = None

    def receive(self, arrival: Arrival) -> list[Effect]:
        if self._stage is _Stage.CLOSED:
            return []
        effects: list[Effect] = []
        try:
            for effect in self._receive(arrival):
                effects.append(effect)  # noqa: PERF402 (what came before an error stays)
        except SftpError as broken:
            error = OutOfPlace(f"this is no SFTP ({broken}), so it ends here")
            refused = events.Refused(
                arrival.at, self._channel, "sftp", str(broken).encode(), error.code
            )
            reason = f"gateway: {error.code}"
            effects += [Record(refused), *self._end(arrival.at, error, reason, STATUS_BROKEN)]
        return effects

    def _receive(self, arrival: Arrival) -> Iterable[Effect]:
        match arrival:
            case relay.FromClient(at, data):
                return self._from_client(at, data)
            case relay.FromTarget(at, data, error):
                return self._from_target(at, data, error=error)
            case relay.Opened():
                return self._opened(arrival)
            case relay.Answered():
                return self._answered(arrival)
            case relay.Waits():
                return happened(self._channel, arrival, b"\n")
            case relay.TargetOpened(at):
                if self._stage is not _Stage.OPENING:
                    return []
                self._stage = _Stage.RUNNING
                return self._go_on(at)
            case relay.Resized(at) | relay.Signalled(at) | relay.Broke(at):
                what = type(arrival).__name__.lower()
                refused = events.Refused(at, self._channel, what, b"", OutOfPlace.code)
                return [Record(refused)]
            case relay.Unserved(at, what, detail, code):
                return [Record(events.Refused(at, self._channel, what, detail, code))]
            case relay.ClientEof(at):
                if self._client.pending:
                    raise SftpError("it ends in the middle of a packet")
                self._client_eof = True
                return self._input_over(at)
            case relay.TargetEof(at):
                if self._stage in (_Stage.NEW, _Stage.ASKING):
                    return []
                half = events.HalfClose(at, self._channel, "target")
                return [Record(half), relay.EofToClient()]
            case relay.Exited():
                return self._exited(arrival)
            case relay.Tick() | relay.Told():
                return []  # nobody sits here
            case relay.ClientGone(at, reason):
                return self._close(at, f"client: {reason}")
            case relay.TargetGone(at, reason, failed):
                if failed is None:
                    return self._close(at, f"target: {reason}", self._exit)
                return self._end(at, failed, f"target: {reason}", STATUS_BROKEN)
            case relay.Stopped(at, error):
                return self._end(at, error, f"gateway: {error.code}", STATUS_BROKEN)
            case _:
                assert_never(arrival)

    # -- the subsystem -----------------------------------------------------------------------------

    def _opened(self, arrival: relay.Opened) -> list[Effect]:
        at, channel = arrival.at, self._channel
        if self._stage is not _Stage.NEW:
            raise SftpError("a second subsystem")
        self._stage = _Stage.ASKING
        facts = {**self._subject.facts, "command": arrival.command}
        found, self._passed = sort_out(at, channel, arrival.environment, self._environment)
        if arrival.terminal is not None:
            # A terminal would change bytes on their way, and is refused to no honest client.
            term = arrival.terminal.term.encode("utf-8", "replace")[:VALUE_LIMIT]
            found.append(events.Refused(at, channel, "terminal", term, OutOfPlace.code))
        return [
            Record(events.ChannelOpened(at, channel, "session", "client")),
            *map(Record, found),
            Record(events.Requested(at, channel, arrival.kind, arrival.command)),
            *self._ask(at, replace(self._subject, action=arrival.kind, facts=facts)),
        ]

    def _ask(self, at: int, question: Request) -> list[Effect]:
        self._request += 1
        asked = events.Asked(at, self._channel, self._request, question.action, question.facts)
        return [Record(asked), relay.Ask(self._request, question)]

    def _answered(self, arrival: relay.Answered) -> Iterator[Effect]:
        if arrival.request != self._request:
            return
        at = arrival.at
        if self._stage is _Stage.ASKING:
            answer, error = self._decided(arrival, "sftp")
            yield answer
            if error is not None:
                yield from self._end(at, error, f"gateway: {error.code}", STATUS_REFUSED)
                return
            self._stage = _Stage.OPENING
            yield relay.OpenTarget(self._passed)
            return
        if not self._asked:
            return
        call = self._waiting[0].call
        answer, error = self._decided(arrival, f"{call.operation} over sftp")
        yield answer
        self._asked = () if error is not None else self._asked[1:]
        if error is not None:
            yield from self._refuse(at, PERMISSION_DENIED, error)
        elif self._asked:
            yield from self._ask(at, self._question(call, self._asked[0]))
            return
        else:
            yield from self._forward(at)
        yield from self._go_on(at)

    def _decided(self, arrival: relay.Answered, what: str) -> tuple[Effect, GatereelError | None]:
        """What is recorded of a verdict, and the error that it stands for."""
        verdict = arrival.verdict
        where = f"{what} as {self._subject.account} on {self._subject.target}"
        lacking = unmet(verdict.obligations, (), "SFTP") if isinstance(verdict, Allow) else ""
        allowed = isinstance(verdict, Allow) and not lacking
        error = None if allowed else refusal(verdict, where, lacking)
        answer = decided(arrival.at, self._channel, arrival.request, verdict, lacking)
        return Record(answer), error

    # -- calls and answers -------------------------------------------------------------------------

    def _from_client(self, at: int, data: bytes) -> Iterator[Effect]:
        if self._client_eof and data:
            raise SftpError("bytes after the end of input")
        for body in self._client.feed(data):
            call = parse_call(body)
            if call.kind is Kind.INIT:
                body = INIT_BODY
            self._waiting.append(_Waiting(body, call))
            self._size += len(body)
            yield from self._go_on(at)

    def _go_on(self, at: int) -> Iterator[Effect]:
        """What of the calls that wait can be done now, and whether more may come."""
        while self._stage is _Stage.RUNNING and self._waiting and not self._asked:
            call = self._waiting[0].call
            if fault := self._watch.fault(call):
                yield from self._refuse(at, FAILURE, NotOpenForThat(fault))
            elif actions := actions_of(call):
                self._asked = actions
                yield from self._ask(at, self._question(call, actions[0]))
            else:
                yield from self._forward(at)
        if self._paused != (self._size > WAITING_LIMIT):
            self._paused = not self._paused
            yield relay.PauseClient() if self._paused else relay.ResumeClient()
        yield from self._input_over(at)

    def _question(self, call: Call, action: str) -> Request:
        facts = facts_of(call, call.path or self._watch.path_of(call.handle))
        return replace(self._subject, action=action, facts={**self._subject.facts, **facts})

    def _taken(self) -> _Waiting:
        """The first that waits, which waits no more."""
        first = self._waiting.popleft()
        self._size -= len(first.body)
        return first

    def _forward(self, at: int) -> Iterator[Effect]:
        first = self._taken()
        left = self._watch.left_out(at, first.call)
        self._watch.called(first.call)
        data = packet(first.body)
        yield from self._kept(events.Input, at, data, left)
        yield relay.ToTarget(data)

    def _refuse(self, at: int, status: int, error: GatereelError) -> Iterator[Effect]:
        """The call goes no further; the client gets the protocol's own answer."""
        call = self._taken().call
        answer = status_packet(call.request, status, f"{error.code}: {error}")
        yield Record(self._watch.refused(at, call, status, str(error)))
        yield Record(events.Notice(at, self._channel, answer, False))
        yield relay.ToClient(answer)

    def _kept(
        self,
        kind: type[events.Input | events.Output],
        at: int,
        data: bytes,
        left: events.SftpLeftOut | None,
    ) -> Iterator[Effect]:
        """What is recorded of a packet whose end may be left out."""
        if left is None:
            yield Record(kind(at, self._channel, data))
            return
        yield Record(kind(at, self._channel, data[: len(data) - left.count]))
        yield Record(left)

    def _from_target(self, at: int, data: bytes, *, error: bool) -> Iterator[Effect]:
        """Whole answers only: what is none never reaches the client."""
        if not data or self._stage is not _Stage.RUNNING:
            return
        if error:
            yield Record(events.ErrorOutput(at, self._channel, data))
            yield relay.ToClient(data, error=True)
            return
        for body in self._target.feed(data):
            reply = parse_reply(body)
            left = self._watch.left_out(at, reply)
            done = self._watch.replied(at, reply)
            answer = packet(body)
            yield from self._kept(events.Output, at, answer, left)
            yield from map(Record, done)
            yield relay.ToClient(answer)

    # -- the end -----------------------------------------------------------------------------------

    def _input_over(self, at: int) -> list[Effect]:
        over = self._client_eof and not self._waiting and not self._input_ended
        if self._stage is not _Stage.RUNNING or not over:
            return []
        self._input_ended = True
        return [Record(events.HalfClose(at, self._channel, "client")), relay.EofToTarget()]

    def _exited(self, arrival: relay.Exited) -> list[Effect]:
        if self._exit is not None or self._stage in (_Stage.NEW, _Stage.ASKING):
            return []
        at, channel, signal = arrival.at, self._channel, arrival.signal
        core, message = arrival.core, arrival.message
        self._exit = relay.ExitToClient(arrival.status, signal, core, message)
        if signal is not None:
            return [Record(events.ExitSignal(at, channel, signal, core, message))]
        return [] if arrival.status is None else [Record(events.Exit(at, channel, arrival.status))]

    def _end(self, at: int, error: GatereelError, reason: str, status: int) -> list[Effect]:
        """Say why on standard error, where it is text to whoever reads it, and close."""
        line = line_for(error) + b"\n"
        effects: list[Effect] = [
            Record(events.Notice(at, self._channel, line, True)),
            relay.ToClient(line, error=True),
        ]
        return effects + self._close(at, reason, self._exit or relay.ExitToClient(status))

    def _close(
        self, at: int, reason: str, last_word: relay.ExitToClient | None = None
    ) -> list[Effect]:
        effects: list[Effect] = [Record(event) for event in self._watch.end(at)]
        effects.append(Record(events.ChannelClosed(at, self._channel, reason)))
        if last_word is not None:
            effects.append(last_word)
        effects.append(relay.Close(reason))
        self._stage = _Stage.CLOSED
        self._waiting.clear()
        return effects
