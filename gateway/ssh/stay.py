"""One session behind a client's connection: opened by its first channel, shared by all, ended once.

Knows: a session, its target's connection, the channels on it. Must never know: logins, requests,
policy. Made by `gateway.ssh.visit`: one for a connection that addresses a target, one for each
channel that was picked from the gateway's list. While it is open it is among the live sessions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.errors import RecordingLost, Revoked, SuspendedTooLong
from gateway.front_door import Tell
from gateway.lifetime import Lifetime
from gateway.live import LiveSession, LiveSessions
from gateway.log_subject import SESSION
from gateway.policy import Request
from gateway.session import FirstTerminal, Session
from gateway.ssh.dialer import Dialler
from recorder.control import About
from recorder.errors import GatereelError, JournalError

CUT = 2.0
"""Seconds that the channels of a session that is ended may take to say so."""


class Guest(Protocol):
    """A channel on this session."""

    active: float
    """The loop's time of its last sign of life."""

    allowed: Request | None
    """What policy has allowed it."""

    def tell(self, line: bytes) -> None: ...
    def stop(self, error: GatereelError) -> None: ...
    def cut(self, error: GatereelError) -> None: ...


class Stay:
    """From before its session is opened until it is closed."""

    def __init__(
        self,
        open_session: Callable[[FirstTerminal, Tell], Awaitable[Session]],
        live: LiveSessions,
        over: Callable[[GatereelError], None],
        dial: Callable[[Session], Dialler],
        still: Callable[[Session], Revoked | None] = lambda _: None,
    ) -> None:
        """``over`` is called when the gateway has ended the session, with the words for it;
        ``still`` tells why it may not go on, if it may not."""
        self._open_session = open_session
        self._live = live
        self._over = over
        self._dial = dial
        self._still = still
        self._opened: asyncio.Future[tuple[Session, Dialler]] | None = None
        self._channels: set[Guest] = set()
        self._left = asyncio.Event()
        self._ended: GatereelError | None = None
        self._active = 0.0
        """The loop's time when the last channel that is gone was there."""
        self._alarm: asyncio.TimerHandle | None = None
        self._why = ""
        """As its recording says it, once the gateway has ended it."""

    @property
    def began(self) -> bool:
        """Whether anybody asked for the session, granted or not."""
        return self._opened is not None

    async def session(
        self, first: FirstTerminal, tell: Tell = lambda _: None
    ) -> tuple[Session, Dialler]:
        """The session; the first to ask opens it, and is told while that waits for a second person;
        the others get the same.

        Raises a GatereelError, the same one for all.
        """
        if self._ended is not None:
            raise self._ended
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            await self._open(first, tell, self._opened)
        session, dialler = await asyncio.shield(self._opened)
        # What is logged from here on in this task, by whomever, says which session it is about.
        SESSION.set(session.id)
        return session, dialler

    def joined(self, channel: Guest) -> None:
        self._channels.add(channel)

    def left(self, channel: Guest) -> None:
        self._channels.discard(channel)
        self._active = asyncio.get_running_loop().time()
        self._left.set()

    def channel_failed(self, failure: GatereelError) -> None:
        """A channel that could not be recorded any more takes the whole session with it."""
        if isinstance(failure, RecordingLost | SuspendedTooLong):
            self._ended = self._ended or failure
            self._why = self._why or f"{failure.code}: {failure.operator}"
            for channel in list(self._channels):
                channel.stop(failure)
            self._over(failure)

    async def end(self, error: GatereelError) -> None:
        """Ends it now, on both sides, with these words; returns when its recording is closed."""
        self._ended = self._ended or error
        self._why = self._why or error.operator
        for channel in list(self._channels):
            channel.cut(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CUT):
                while self._channels:
                    self._left.clear()
                    await self._left.wait()
        await self.close(self._why)
        self._over(error)

    def review(self) -> Revoked | None:
        """Why it may not go on by the configuration of now; channels that may not are cut."""
        if self._opened is None or not self._opened.done() or self._opened.exception():
            return None
        session, _ = self._opened.result()
        error = self._still(session)
        if error is None:
            for channel in list(self._channels):
                if channel.allowed is not None and (gone := session.forbids(channel.allowed)):
                    channel.cut(gone)
        return error

    def tell(self, line: bytes) -> None:
        for channel in list(self._channels):
            channel.tell(line)

    async def close(self, reason: str) -> None:
        """Hangs up on the target and ends the recording. May be called more than once."""
        opened = self._opened
        if self._alarm is not None:
            self._alarm.cancel()
        if opened is None or not opened.done() or opened.exception() is not None:
            return
        session, dialler = opened.result()
        await dialler.close()
        await session.close(self._why or reason)
        self._live.remove(session.id)

    async def _open(
        self, first: FirstTerminal, tell: Tell, opened: asyncio.Future[tuple[Session, Dialler]]
    ) -> None:
        try:
            session = await self._open_session(first, tell)
        except GatereelError as error:
            opened.set_exception(error)
            opened.exception()  # it is told to those who ask, and to nobody else
            return
        if (gone := self._still(session)) is not None:
            # It was taken back while the recording was being opened.
            await session.close(gone.operator)
            opened.set_exception(gone)
            opened.exception()
            return
        loop = asyncio.get_running_loop()
        session.journal.when_failed(lambda error: _tell(loop, self._recording_lost, error))
        subject = session.subject
        about = About(subject.principal, subject.kind, subject.target, subject.account)
        self._live.add(LiveSession(session.id, about, self.end, self.review, self.tell))
        opened.set_result((session, self._dial(session)))
        self._active = loop.time()
        self._watch(session, Lifetime(session.bounds.idle, session.bounds.total))

    def _watch(self, session: Session, lifetime: Lifetime) -> None:
        """Ends it when it has been there, or idle, for too long; looks only when that could be."""
        self._alarm = None
        loop, now = asyncio.get_running_loop(), session.journal.now()
        active = max([self._active, *(channel.active for channel in self._channels)])
        look = lifetime.look(now, now - max(0, int((loop.time() - active) * 1_000_000)))
        if look.words:
            for channel in self._channels:
                channel.tell(f"gatereel: {look.words}".encode())
        if look.over is not None:
            self._ended = self._ended or look.over
            self._why = self._why or f"{look.over.code}: {look.over.operator}"
            for channel in list(self._channels):
                channel.cut(look.over)
            self._over(look.over)
        elif look.again is not None:
            seconds = max(0, look.again - now) / 1_000_000
            self._alarm = loop.call_later(seconds, self._watch, session, lifetime)

    def _recording_lost(self, error: JournalError) -> None:
        """Also where nobody writes just now: a session does not outlive its recording."""
        person = (
            "this session cannot be recorded any more, so it ends; tell whoever runs the gateway"
        )
        self.channel_failed(RecordingLost(person, operator=error.operator))


def _tell(
    loop: asyncio.AbstractEventLoop, call: Callable[[JournalError], None], error: JournalError
) -> None:
    """From the recorder's thread, whose loop may be closed when the gateway stops."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, error)
