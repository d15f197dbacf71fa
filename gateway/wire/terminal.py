"""The relay of one terminal channel: a shell, a command or a subsystem, with or without a PTY.

Knows: what may happen on an SSH session channel or a kube exec, and what must be written down
first. Must never know: sockets, SSH, WebSockets, clocks. Driven by `gateway.pump`, made by the
bridges.

Policy is asked about the request before anything of it reaches the target; what the client
sends meanwhile is kept, within bounds. On a PTY the typed bytes are recorded as a count, and
their content only when the target showed them again (`gateway.wire.echo`); without a PTY input
is recorded in full. What is not understood here is refused, with an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import assert_never

from gateway import relay
from gateway.errors import OutOfPlace, line_for
from gateway.masking.plan import MaskPlan
from gateway.policy import Allow, Request
from gateway.relay import STATUS_BROKEN, Arrival, Effect, Record
from gateway.verdicts import NOTICE, decided, notices, refusal, unmet
from gateway.wire.echo import EchoWatch, Fate
from gateway.wire.environment import DEFAULT, VALUE_LIMIT, Variables, sort_out
from gateway.wire.masked import MaskedOutput, Piece, earliest
from gateway.wire.scp import ScpWatch
from gateway.wire.transfers import transfer_of
from gateway.wire.waiting import happened
from gateway.wire.window import SIGNALS, clamped
from recorder import events
from recorder.errors import GatereelError

EARLY_LIMIT = 64 * 1024
"""Bytes kept for a target that is not there yet, beyond which the client is paused."""
STATUS_REFUSED = 126
"""What a shell says of a command that it may not run."""


class KeepTyped(Enum):
    """Which bytes typed on a PTY a recording keeps; the values are those of configuration."""

    ECHOED = "echoed"
    ALL = "all"
    NONE = "none"


class _Stage(Enum):
    NEW = "nothing was asked yet"
    ASKING = "policy is asked"
    OPENING = "the target's side is being opened"
    RUNNING = "bytes go both ways"
    CLOSED = "nothing is taken any more"


class TerminalRelay:
    """``subject`` is the session's own request; ``session`` the recording's id."""

    def __init__(
        self,
        channel: int,
        subject: Request,
        session: str,
        *,
        environment: Sequence[str] = DEFAULT,
        keep: KeepTyped = KeepTyped.ECHOED,
        notices: Sequence[str] = (),
        masking: MaskPlan | None = None,
    ) -> None:
        self._channel = channel
        self._subject = subject
        self._session = session
        self._environment = tuple(environment)
        self._keep = keep
        self._notices = tuple(notices)
        self._stage = _Stage.NEW
        self._kind = ""
        self._terminal = False
        self._request = 0
        self._waits = False  # for a second person, at a terminal
        self._passed: Variables = ()
        self._early: list[bytes] = []
        self._early_size = 0
        self._size: relay.ResizeTarget | None = None
        """The newest size that the target's side was not opened with."""
        self._client_eof = False
        self._target_eof = False
        self._exit: relay.ExitToClient | None = None
        self._echo = EchoWatch()
        self._wake: int | None = None
        self._files: ScpWatch | None = None
        self._masking = masking or MaskPlan()
        self._masked: MaskedOutput | None = None

    def receive(self, arrival: Arrival) -> list[Effect]:
        if self._stage is _Stage.CLOSED:
            return []
        match arrival:
            case relay.FromTarget():
                return self._from_target(arrival)
            case relay.FromClient():
                return self._from_client(arrival)
            case relay.Opened():
                return self._opened(arrival)
            case relay.Answered():
                return self._answered(arrival)
            case relay.TargetOpened(at):
                return self._target_opened(at)
            case relay.Waits():
                self._waits = self._terminal
                return happened(self._channel, arrival, b"\r\n" if self._terminal else b"\n")
            case relay.Resized():
                return self._resized(arrival)
            case relay.Signalled(at, signal):
                return self._signalled(at, signal)
            case relay.Broke(at, milliseconds):
                return self._broke(at, milliseconds)
            case relay.Unserved(at, what, detail, error):
                return [Record(events.Refused(at, self._channel, what, detail, error))]
            case relay.ClientEof(at):
                return self._client_ended_input(at)
            case relay.TargetEof(at):
                return self._target_ended_output(at)
            case relay.Exited():
                return self._exited(arrival)
            case relay.Tick(at):
                return self._ticked(at)
            case relay.ClientGone(at, reason):
                return self._close(at, f"client: {reason}")
            case relay.TargetGone(at, reason, error):
                if error is None:
                    return self._close(at, f"target: {reason}", self._exit)
                return self._end(at, error, f"target: {reason}", STATUS_BROKEN)
            case relay.Told(at, line):
                return self._notice(at, b"\r\n" + line, error=False) if self._terminal else []
            case relay.Stopped(at, error):
                return self._end(at, error, f"gateway: {error.code}", STATUS_BROKEN)
            case _:
                assert_never(arrival)

    # -- the request -------------------------------------------------------------------------------

    def _opened(self, arrival: relay.Opened) -> list[Effect]:
        at, channel = arrival.at, self._channel
        if self._stage is not _Stage.NEW:
            return self._out_of_place(at, f"a second {arrival.kind}", arrival.command)
        self._stage = _Stage.ASKING
        self._kind = arrival.kind
        effects: list[Effect] = [Record(events.ChannelOpened(at, channel, "session", "client"))]
        if arrival.terminal is not None:
            self._terminal = True
            spec = arrival.terminal
            size = clamped(spec.cols, spec.rows, spec.width, spec.height)
            effects.append(Record(events.Terminal(at, channel, spec.term, *size, spec.modes)))
        found, self._passed = sort_out(at, channel, arrival.environment, self._environment)
        effects += map(Record, found)
        effects.append(Record(events.Requested(at, channel, arrival.kind, arrival.command)))
        facts = {**self._subject.facts, "terminal": self._terminal}
        if arrival.kind != "shell":
            facts["command"] = arrival.command
        if arrival.kind == "exec" and (transfer := transfer_of(arrival.command)) is not None:
            facts |= transfer.facts()
            if transfer.program == "scp" and not self._terminal:
                self._files = ScpWatch(channel, transfer.way)
        self._request += 1
        question = replace(self._subject, action=arrival.kind, facts=facts)
        effects.append(Record(events.Asked(at, channel, self._request, question.action, facts)))
        effects.append(relay.Ask(self._request, question))
        return effects

    def _answered(self, arrival: relay.Answered) -> list[Effect]:
        if self._stage is not _Stage.ASKING or arrival.request != self._request:
            return []
        at, verdict = arrival.at, arrival.verdict
        what = f"{self._kind} as {self._subject.account} on {self._subject.target}"
        lacking = ""
        if isinstance(verdict, Allow):
            masks = tuple(each for each in verdict.obligations if not each.startswith(NOTICE))
            if self._can_mask(masks):
                self._stage = _Stage.OPENING
                told = [*self._greeting(at), *self._say(at, notices(verdict.obligations))]
                allowed = Record(decided(at, self._channel, self._request, verdict))
                return [allowed, *told, relay.OpenTarget(self._passed)]
            lacking = unmet(masks, (), "a terminal")
        error = refusal(verdict, what, lacking)
        first = Record(decided(at, self._channel, self._request, verdict, lacking))
        return [first, *self._end(at, error, f"gateway: {error.code}", STATUS_REFUSED)]

    def _can_mask(self, obligations: Sequence[str]) -> bool:
        """Whether masking is all that they ask for; then it is done from now on."""
        names = self._masking.asked(obligations)
        if names:
            self._masked = MaskedOutput(self._channel, self._masking, names, self._terminal)
        return names is not None

    def _greeting(self, at: int) -> list[Effect]:
        """Only for a shell: what a command writes must reach its reader as the target sent it."""
        if self._kind != "shell":
            return []
        text = f"this session is recorded, its id is {self._session}"
        return self._say(at, [text, *self._notices])

    def _say(self, at: int, lines: Sequence[str]) -> list[Effect]:
        """What is printable."""
        told = [self._notice(at, f"gatereel: {line}".encode(), error=not self._terminal)
                for line in lines]  # fmt: skip
        return [effect for each in told for effect in each]

    def _target_opened(self, at: int) -> list[Effect]:
        if self._stage is not _Stage.OPENING:
            return []
        self._stage = _Stage.RUNNING
        effects: list[Effect] = [] if self._size is None else [self._size]
        if self._early:
            data = b"".join(self._early)
            paused = self._early_size > EARLY_LIMIT
            self._early.clear()
            effects += self._input(at, data)
            if paused:
                effects.append(relay.ResumeClient())
        if self._client_eof:
            effects += self._input_over(at)
        return effects

    # -- bytes -------------------------------------------------------------------------------------

    def _from_client(self, arrival: relay.FromClient) -> list[Effect]:
        data = arrival.data
        if not data:
            return []
        if self._client_eof:
            return self._protocol_broken(arrival.at, "bytes after the end of input")
        if self._stage is _Stage.RUNNING:
            return self._input(arrival.at, data)
        if self._waits and self._stage is _Stage.ASKING and b"\x03" in data:  # Ctrl-C
            return self._close(arrival.at, "client: interrupted", relay.ExitToClient(130))
        before = self._early_size
        self._early.append(data)
        self._early_size += len(data)
        if before <= EARLY_LIMIT < self._early_size:
            return [relay.PauseClient()]
        return []

    def _input(self, at: int, data: bytes) -> list[Effect]:
        channel = self._channel
        if not self._terminal or self._keep is KeepTyped.ALL:
            files = self._moved(at, data, from_client=True)
            return [Record(events.Input(at, channel, data)), *files, relay.ToTarget(data)]
        effects: list[Effect] = [Record(events.Typed(at, channel, len(data)))]
        if self._keep is KeepTyped.NONE:
            effects.append(Record(events.Withheld(at, channel, len(data))))
        else:
            effects += self._fates(at, self._echo.typed(data, at))
        effects.append(relay.ToTarget(data))
        return effects

    def _from_target(self, arrival: relay.FromTarget) -> list[Effect]:
        at, data = arrival.at, arrival.data
        if not data or self._stage in (_Stage.NEW, _Stage.ASKING):
            return []  # no target was opened, so there is nobody whose bytes these could be
        if self._target_eof:
            return self._protocol_broken(at, "bytes after the end of output")
        error = arrival.error
        fates = self._echo.output(data) if self._terminal and not error else []
        masked, clear = self._masked, [Piece(data, error, ())]
        return self._deliver(at, masked.passed(data, at, error=error) if masked else clear, fates)

    def _deliver(self, at: int, pieces: Sequence[Piece], fates: list[Fate]) -> list[Effect]:
        """``fates``: what this output says of what was typed, in the order of arrival."""
        effects: list[Effect] = []
        for piece in pieces:
            kind = events.ErrorOutput if piece.error else events.Output
            effects += map(Record, [kind(at, self._channel, piece.data), *piece.receipts])
        effects += self._fates(at, fates)
        for piece in pieces:
            if not piece.error:
                effects += self._moved(at, piece.data, from_client=False)
            effects.append(relay.ToClient(piece.data, piece.error))
        return effects

    def _flush(self, at: int) -> list[Effect]:
        """What masking holds back goes before whatever ends it."""
        return self._deliver(at, self._masked.end(at), []) if self._masked else []

    def _moved(self, at: int, data: bytes, *, from_client: bool) -> list[Effect]:
        """What these bytes are of files."""
        if self._files is None:
            return []
        return [Record(event) for event in self._files.passed(at, data, from_client=from_client)]

    def _ticked(self, at: int) -> list[Effect]:
        if self._wake is None or at < self._wake:
            return []
        pieces = self._masked.tick(at) if self._masked else []
        return self._deliver(at, pieces, self._echo.tick(at))

    def _fates(self, at: int, fates: list[Fate]) -> list[Effect]:
        effects: list[Effect] = []
        for fate in fates:
            if isinstance(fate, int):
                effects.append(Record(events.Withheld(at, self._channel, fate)))
            else:
                effects.append(Record(events.Disclosed(at, self._channel, fate)))
        wake = earliest(self._echo.wake, self._masked.wake if self._masked else None)
        if wake != self._wake:
            self._wake = wake
            effects.append(relay.WakeAt(wake))
        return effects

    # -- what is not bytes -------------------------------------------------------------------------

    def _resized(self, arrival: relay.Resized) -> list[Effect]:
        at = arrival.at
        if not self._terminal:
            return self._out_of_place(at, "window-change", b"")
        size = clamped(arrival.cols, arrival.rows, arrival.width, arrival.height)
        effect = relay.ResizeTarget(*size)
        record = Record(events.Resize(at, self._channel, *size))
        if self._stage is _Stage.RUNNING:
            return [record, effect]
        self._size = effect
        return [record]

    def _signalled(self, at: int, signal: str) -> list[Effect]:
        if self._stage is not _Stage.RUNNING or signal not in SIGNALS:
            return self._out_of_place(at, "signal", signal.encode()[:VALUE_LIMIT])
        return [Record(events.Signal(at, self._channel, signal)), relay.SignalTarget(signal)]

    def _broke(self, at: int, milliseconds: int) -> list[Effect]:
        if self._stage is not _Stage.RUNNING:
            return self._out_of_place(at, "break", b"")
        record = Record(events.Break(at, self._channel, milliseconds))
        return [record, relay.BreakTarget(milliseconds)]

    def _client_ended_input(self, at: int) -> list[Effect]:
        if self._client_eof:
            return []
        self._client_eof = True
        return self._input_over(at) if self._stage is _Stage.RUNNING else []

    def _input_over(self, at: int) -> list[Effect]:
        return [Record(events.HalfClose(at, self._channel, "client")), relay.EofToTarget()]

    def _target_ended_output(self, at: int) -> list[Effect]:
        if self._target_eof or self._stage in (_Stage.NEW, _Stage.ASKING):
            return []
        self._target_eof = True
        half = Record(events.HalfClose(at, self._channel, "target"))
        return [*self._flush(at), half, relay.EofToClient()]

    def _exited(self, arrival: relay.Exited) -> list[Effect]:
        """The status is passed on last: output may still come behind it."""
        if self._exit is not None or self._stage in (_Stage.NEW, _Stage.ASKING):
            return []
        at, channel = arrival.at, self._channel
        signal, core, message = arrival.signal, arrival.core, arrival.message
        self._exit = relay.ExitToClient(arrival.status, signal, core, message)
        effects = self._fates(at, self._echo.end())
        if signal is not None:
            effects.append(Record(events.ExitSignal(at, channel, signal, core, message)))
        elif arrival.status is not None:
            effects.append(Record(events.Exit(at, channel, arrival.status)))
        return effects

    # -- the gateway's own words, and the end ------------------------------------------------------

    def _notice(self, at: int, line: bytes, *, error: bool) -> list[Effect]:
        if self._target_eof:
            return []  # the client was told that no more bytes come
        line += b"\r\n" if self._terminal else b"\n"
        notice = events.Notice(at, self._channel, line, error)
        return [Record(notice), relay.ToClient(line, error)]

    def _out_of_place(self, at: int, what: str, detail: bytes) -> list[Effect]:
        return [Record(events.Refused(at, self._channel, what, detail, OutOfPlace.code))]

    def _protocol_broken(self, at: int, what: str) -> list[Effect]:
        error = OutOfPlace(f"the connection sent {what}, so this session ends")
        refused = self._out_of_place(at, what, b"")
        return refused + self._end(at, error, f"gateway: {error.code}", STATUS_BROKEN)

    def _end(self, at: int, error: GatereelError, reason: str, status: int) -> list[Effect]:
        """Say why, and close."""
        effects = [*self._flush(at), *self._notice(at, line_for(error), error=True)]
        return effects + self._close(at, reason, self._exit or relay.ExitToClient(status))

    def _close(
        self, at: int, reason: str, last_word: relay.ExitToClient | None = None
    ) -> list[Effect]:
        effects = self._flush(at) + self._fates(at, self._echo.end())
        effects += map(Record, self._files.end(at) if self._files is not None else ())
        effects.append(Record(events.ChannelClosed(at, self._channel, reason)))
        if last_word is not None:
            effects.append(last_word)
        effects.append(relay.Close(reason))
        self._stage = _Stage.CLOSED
        self._early.clear()
        return effects
