"""What whoever looks may see and do: everything at home, what the gateway allows over SSH.

Knows: the gateway's answers, and how to ask. Must never know: policy, screens, what a recording
holds. Made by `replay.cli` and `replay.commands.served`; asked by the app's screens before
anything is shown. Every call may wait for an answer, for a moment: screens ask on a worker.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from typing import Protocol, TypeVar

from recorder import control
from recorder.control import About
from recorder.errors import GatereelError
from recorder.reader import Recording
from recorder.store import Store, is_id
from replay.errors import GatewayLost, NoGateway, NotAllowed
from replay.remote import Gateway, run_verb


class Listed(Protocol):
    """A session in a list: an `Entry` of the catalog, or whatever else says these of itself."""

    @property
    def id(self) -> str: ...
    @property
    def principal(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def account(self) -> str: ...


L = TypeVar("L", bound=Listed)


class Scope(Protocol):
    """What the app asks."""

    @property
    def served(self) -> bool:
        """Whether this process runs at the gateway, for somebody at the other end of an SSH
        connection: then it opens no path that is typed, starts no process, writes no file, and
        exports are told as ``ssh GATEWAY export ...``."""
        ...

    def may_see(self, session: Listed) -> bool:
        """Whether it may be listed."""
        ...

    def visible(self, sessions: Iterable[L]) -> list[L]:
        """Those that may be listed, in their order; asks about many at once."""
        ...

    def opened(self, session: str) -> None:
        """Called before anything of this session is shown. Raises NotAllowed or GatewayLost."""
        ...

    def glimpsed(self, session: str, where: str) -> bool:
        """Whether a part of it may be shown in a list of several: its preview, its hits. Called
        before it is; who may list a session may not therefore look into it. Raises GatewayLost."""
        ...

    def verified(self, session: str) -> None:
        """Called before it is checked: what a check finds says what is in it. Raises as `opened`
        does."""
        ...

    def exported(self, session: str, form: str) -> None:
        """Called before anything of it is written elsewhere. Raises as `opened` does."""
        ...

    def may_end(self, session: str) -> bool:
        """Whether to offer to end this live session."""
        ...

    def end(self, session: str, reason: str) -> None:
        """Ends a live session; returns when it has ended. Raises NotAllowed or GatewayLost."""
        ...


class LocalScope:
    """At home: whoever reads the files may see them all. To act on a live session one still has
    to ask the gateway, with a key of one's own."""

    def __init__(self, gateway: Gateway | None = None) -> None:
        self._gateway = gateway

    @property
    def served(self) -> bool:
        return False

    def may_see(self, session: Listed) -> bool:  # noqa: ARG002 - everything is seen
        return True

    def visible(self, sessions: Iterable[L]) -> list[L]:
        return list(sessions)

    def opened(self, session: str) -> None: ...

    def glimpsed(self, session: str, where: str) -> bool:  # noqa: ARG002 - everything is seen
        return True

    def verified(self, session: str) -> None: ...

    def exported(self, session: str, form: str) -> None: ...

    def may_end(self, session: str) -> bool:  # noqa: ARG002 - the gateway decides when asked
        return self._gateway is not None

    def end(self, session: str, reason: str) -> None:
        if self._gateway is None:
            raise NoGateway("it is not known where the gateway is: name it with --gateway")
        run_verb(self._gateway, ["kill", session, "--reason", reason])


class ServedScope:
    """At the gateway: each question goes to the front over an inherited socket.

    Answers about lists are kept: a session's owner and target never change; so is what was said
    of a glimpse, which is written down once. Safe to call from several threads; one question is
    open at a time.
    """

    def __init__(self, store: Store, line: socket.socket) -> None:
        self._store = store
        self._socket = line
        self._heard = b""
        self._lock = threading.Lock()
        self._seen: dict[About, bool] = {}
        self._glimpsed: dict[tuple[str, str], bool] = {}

    @property
    def served(self) -> bool:
        return True

    def may_see(self, session: Listed) -> bool:
        return bool(self.visible((session,)))

    def visible(self, sessions: Iterable[L]) -> list[L]:
        listed = [(_about(session), session) for session in sessions]
        unknown = list(dict.fromkeys(about for about, _ in listed if about not in self._seen))
        for first in range(0, len(unknown), control.MOST):
            asked = unknown[first : first + control.MOST]
            match self._ask(control.See(asked)):
                case control.Visible(seen) if len(seen) == len(asked):
                    self._seen.update(zip(asked, seen, strict=True))
                case _:
                    raise _confused()
        return [session for about, session in listed if self._seen[about]]

    def opened(self, session: str) -> None:
        self._act("", session, "")

    def glimpsed(self, session: str, where: str) -> bool:
        known = self._glimpsed.get((session, where))
        if known is None:
            try:
                self._act("", session, where)
                known = True
            except GatewayLost:
                raise
            except (GatereelError, OSError):
                known = False  # it may not be looked into, or cannot: nothing of it is shown
            self._glimpsed[session, where] = known
        return known

    def verified(self, session: str) -> None:
        self._act("", session, "verify")

    def exported(self, session: str, form: str) -> None:
        self._act(control.EXPORT, session, form)

    def may_end(self, session: str) -> bool:
        return isinstance(self._ask(control.MayEnd(session)), control.Yes)

    def end(self, session: str, reason: str) -> None:
        self._done(self._ask(control.End(session, reason[: control.TEXT])))

    def _act(self, action: str, session: str, detail: str) -> None:
        """Without an action it is watching, or playing back what is over."""
        if not is_id(session):
            raise NotAllowed("that is no session of this gateway's")
        # By what the recording says of itself, whatever a list said.
        with Recording(self._store, session) as recording:
            about = About.of(recording.header.facts)
            action = action or (control.WATCH if recording.state == "live" else control.REPLAY)
        self._done(self._ask(control.Act(action, session, about, detail)))

    def _done(self, answer: control.Answer) -> None:
        match answer:
            case control.Yes():
                pass
            case control.No(_, line):
                raise NotAllowed(line)
            case _:
                raise _confused()

    def _ask(self, question: control.Question) -> control.Answer:
        try:
            with self._lock:
                self._socket.sendall(control.write_question(question))
                line = self._read_line()
            return control.read_answer(line)
        except control.ControlError as error:
            raise _confused() from error
        except OSError as error:
            raise GatewayLost(f"the gateway cannot be asked: {error.strerror}") from error

    def _read_line(self) -> bytes:
        while b"\n" not in self._heard:
            data = self._socket.recv(65536)
            if not data or len(self._heard) > control.LINE:
                raise GatewayLost("the gateway has hung up")
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line


def _about(session: Listed) -> About:
    texts = (session.principal, session.kind, session.target, session.account)
    return About(*(text[: control.TEXT] for text in texts))


def _confused() -> GatewayLost:
    return GatewayLost("the gateway's answer makes no sense; its version is not this one's")
