"""One channel to the gateway itself: its verbs, and the list of targets to pick from.

Knows: the verbs, the picker, the process that shows recordings, one client's side. Must never
know: SSH's wire, policy's rules, recordings. Made by `gateway.ssh.visit`; it takes what arrives on
the channel as a pump does, until `run` returns.

The bytes of this channel are not recorded: what is on its screen is recordings, which are there
already. Who asked for what, which session was opened, and by which rule, is in the logbook before
it is done.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from gateway import hold_lines, relay, verbs
from gateway.desk import Caller, Desk
from gateway.errors import NeedsApproval, line_for
from gateway.hold_desk import HoldDesk
from gateway.hold_errors import AnswerRefused, HoldOver, NoSuchHold
from gateway.identity import Proof
from gateway.picker import Left, Picked, Picker, Say
from gateway.refusals import NoSuchSession, NoSuchVerb, NotOffered, NotPermitted
from gateway.relay import STATUS_BROKEN, Arrival, TerminalSpec
from gateway.served import Job, ServedProcess
from gateway.sides import ClientSide, End
from recorder import control
from recorder.errors import GatereelError

DONE, NOT_SO, WRONG_USE = 0, 1, 2
HOLD_ERRORS = (NoSuchHold, AnswerRefused, HoldOver)
EARLY = 64 * 1024
"""Bytes that may be typed before the list, the app or the session is there; more is dropped."""
TERMS = re.compile(
    r"(?:xterm|screen|tmux|rxvt|linux|vt100|vt220|alacritty|kitty|foot|ghostty|wezterm|dumb)"
    r"[a-z0-9.+-]{0,40}"
)
"""Kinds of terminal that the app hears of; any other is to it like the first."""
VARIABLES = ("LANG", "LC_ALL", "LC_CTYPE", "COLORTERM", "NO_COLOR")
_VALUE = re.compile(r"[A-Za-z0-9_.@-]{0,40}")

Refuse = Callable[[str, bytes], None]
"""Writes down that something was asked for in vain; bounded by whoever has the connection."""


class Console:
    """One channel's, from `run` to its return."""

    def __init__(
        self, client: ClientSide, desk: Desk, caller: Caller, refuse: Refuse, *, first: bool
    ) -> None:
        """``first``: nobody has written down yet that the caller came."""
        self._client = client
        self._desk = desk
        self._caller = caller
        self._refuse_request = refuse
        self._first = first
        self._oversight = desk.oversight(caller.proof, caller.peer.address)
        self._process: ServedProcess | None = None
        self._picker: Picker | None = None
        self._outcome: asyncio.Future[Picked | None] | None = None
        self._stopped: GatereelError | None = None
        self._early = b""
        """Typed before there was anybody to take it."""
        self._gone = False
        self.terminal: TerminalSpec | None = None
        """Its terminal, as large as it is now."""

    async def run(self, kind: str, command: bytes, terminal: TerminalSpec | None) -> Picked | None:
        """The whole of it. Where a target was picked the channel stays open for it; else it is
        closed."""
        self.terminal = terminal
        try:
            status, picked = await self._serve(kind, command)
            if self._stopped is not None:
                raise self._stopped
        except GatereelError as error:
            status, picked = self._refuse(error), None
        if picked is None:
            self._client.exit(status, None, False, "")
            self._client.close()
        return picked

    # -- what arrives ------------------------------------------------------------------------------

    def now(self) -> int:
        """Nothing here is timed."""
        return 0

    def from_client(self, data: bytes) -> None:
        if self._process is not None:
            self._process.typed(data)
        elif self._picker is not None:
            self._pick(self._picker, data)
        elif len(self._early) < EARLY:
            self._early += data

    def arrive(self, arrival: Arrival) -> None:
        match arrival:
            case relay.FromClient(_, data):
                self.from_client(data)
            case relay.Resized(_, cols, rows, width, height):
                if self.terminal is not None:
                    self.terminal = replace(
                        self.terminal, cols=cols, rows=rows, width=width, height=height
                    )
                if self._process is not None:
                    self._process.resized(cols, rows, width, height)
            case relay.Signalled(_, signal):
                if self._process is not None:
                    self._process.signalled(signal)
            case relay.Unserved(_, what, detail):
                self._refuse_request(what, detail)
            case relay.ClientEof():
                self._settle(None)
            case relay.ClientGone():
                self._leave()
            case _:
                pass

    def pause_writing(self, _end: End) -> None:
        if self._process is not None:
            self._process.pause_writing()

    def resume_writing(self, _end: End) -> None:
        if self._process is not None:
            self._process.resume_writing()

    def stop(self, error: GatereelError) -> None:
        self._stopped = self._stopped or error
        self._leave()

    def cut(self, error: GatereelError) -> None:
        self.stop(error)

    def review(self, proof: Proof) -> None:
        """The configuration was read again, and this is who the caller is by it: what is on their
        screen stays there only where they might ask for it now."""
        self._oversight = self._oversight.now_as(proof)
        if self._process is not None and (error := self._oversight.review()) is not None:
            self.cut(error)

    # -- what is asked -----------------------------------------------------------------------------

    async def _serve(self, kind: str, command: bytes) -> tuple[int, Picked | None]:
        if self._first:
            await self._oversight.came()
        if kind == "exec":
            return await self._do(command), None
        if kind == "shell":
            return await self._receive()
        refused = self._unknown_target() or NotOffered(
            "the gateway itself has no files to offer; name a target: [ACCOUNT@]TARGET@GATEWAY"
        )
        await self._oversight.refused(kind, command, refused)
        raise refused

    async def _do(self, command: bytes) -> int:
        try:
            verb = verbs.parse(command)
        except NoSuchVerb as error:
            await self._oversight.refused("exec", command[: verbs.COMMAND], error)
            raise (not verbs.meant(command) and self._unknown_target()) or error from None
        if not isinstance(verb, verbs.Kill | verbs.Answer):
            await self._oversight.used(verbs.name_of(verb), command)
        match verb:
            case verbs.Help():
                self._print(verbs.help_text())
            case verbs.KnownHosts():
                self._print(self._desk.known_hosts(self._caller))
            case verbs.Kill(session, reason):
                ended = await self._oversight.end(session, reason)
                about = ended.about
                where = f"{about.account}@{about.target}"
                self._print([f"ended {ended.id}, {about.principal} on {where}"])
            case verbs.Sessions(as_json, words):
                flags = ["--json"] if as_json else []
                return await self._show(["sessions", *flags, "--", *words], terminal=None)
            case verbs.Export(session, options):
                if self.terminal is not None:
                    raise NoSuchVerb(f"without a terminal, please: {verbs.USES['export']}")
                # Each in one word: a value that looks like an option is none.
                flat = [f"{name}={value}" if value else name for name, value in options]
                return await self._show(["export", *flat, "--", session], terminal=None)
            case verbs.Requests(as_json):
                self._print(await self._pending(as_json))
            case verbs.Answer(hold, approves, reason, group):
                after = await self._holds.answer(hold, reason, approves=approves, group=group)
                self._print([hold_lines.taken(after, approves=approves)])
            case verbs.Withdraw(hold):
                after = await self._holds.withdraw(hold)
                self._print([f"withdrawn: {after.id}"])
            case verbs.Replay(session):
                return await self._play("replay", session)
            case verbs.Watch(session):
                return await self._play("watch", session)
            case _:
                assert_never(verb)
        return DONE

    @property
    def _holds(self) -> HoldDesk:
        return self._desk.holds(self._oversight.proof, self._caller.peer.address)

    async def _pending(self, as_json: bool) -> list[str]:
        desk = self._holds
        found, now = await desk.pending(), desk.approvals.board.now()
        you = desk.proof.principal.name
        if as_json:
            told = [hold_lines.told(hold, you, desk.group(hold)) for hold in found]
            return [json.dumps(told)]
        lines = [line for hold in found for line in hold_lines.described(hold, now)]
        return lines or ["nothing waits that you asked for or may answer"]

    async def _play(self, verb: str, session: str) -> int:
        if self.terminal is None:
            raise NoSuchVerb(f"the app needs a terminal: {verbs.USES[verb]}")
        words = [verb, "--", session] if session else [verb]
        return await self._show(words, terminal=self.terminal)

    async def _show(self, words: Sequence[str], *, terminal: TerminalSpec | None) -> int:
        job = Job(["--store", str(self._desk.store), *words], self._environment(terminal), terminal)
        client: ClientSide = self._client
        if terminal is None and self.terminal is not None:
            client = _LineEnds(client)
        with self._desk.serving(self._caller.proof.principal.name):
            self._process = ServedProcess(job, client, self._answer)
            if self._gone:
                return NOT_SO
            self._process.typed(self._early)
            return await self._process.run()

    async def _answer(self, question: control.Question) -> control.Answer:
        """By who the caller is now: the process outlives a change of the configuration."""
        return await self._oversight.answer(question)

    # -- the list ----------------------------------------------------------------------------------

    async def _receive(self) -> tuple[int, Picked | None]:
        """A shell: the list of what may be reached, to pick from."""
        unknown = self._unknown_target()
        if self.terminal is None:
            if unknown is not None:
                raise unknown
            await self._oversight.used("list", b"")
            names = self._desk.reception.reachable(self._caller.proof)
            self._print([*verbs.help_text(), "You may reach:", *(f"  {name}" for name in names)])
            return DONE, None
        await self._oversight.used("list", b"")
        heading = [] if unknown is None else [line_for(unknown).decode()]
        picker = Picker(self._desk.reception.reachable(self._caller.proof), heading)
        self._client.write(picker.greeting())
        if picker.empty:
            return NOT_SO, None
        self._outcome = asyncio.get_running_loop().create_future()
        self._picker = picker
        early, self._early = self._early, b""
        self._pick(picker, early)
        picked = await self._outcome
        # What came since then is for the session too.
        return DONE, picked and Picked(picked.name, picked.rest + self._early)

    def _pick(self, picker: Picker, data: bytes) -> None:
        for outcome in picker.typed(data):
            match outcome:
                case Say(said):
                    self._client.write(said)
                case Picked():
                    self._picker = None
                    self._settle(outcome)
                case Left():
                    self._settle(None)
                case _:
                    assert_never(outcome)

    def _settle(self, picked: Picked | None) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(picked)

    # -- its end -----------------------------------------------------------------------------------

    def _leave(self) -> None:
        self._gone = True
        self._settle(None)
        if self._process is not None:
            self._process.end()

    def _refuse(self, error: GatereelError) -> int:
        end = b"\r\n" if self.terminal is not None else b"\n"
        self._client.write(line_for(error) + end, error=True)
        if isinstance(error, NoSuchVerb):
            return WRONG_USE
        if isinstance(error, (NotPermitted, NoSuchSession, NeedsApproval, *HOLD_ERRORS)):
            return NOT_SO
        return STATUS_BROKEN

    def _unknown_target(self) -> GatereelError | None:
        caller = self._caller
        return self._desk.reception.unknown(caller.proof, caller.user, caller.peer)

    def _print(self, lines: Sequence[str]) -> None:
        end = "\r\n" if self.terminal is not None else "\n"
        self._client.write("".join(f"{line}{end}" for line in lines).encode())

    def _environment(self, terminal: TerminalSpec | None) -> dict[str, str]:
        """All that the process gets: nothing of the gateway's own, little of the caller's."""
        found = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
            "LANG": "C.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for name, value in self._caller.environment:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            if key in VARIABLES and _VALUE.fullmatch(text):
                found[key] = text
        if terminal is not None:
            found["TERM"] = terminal.term if TERMS.fullmatch(terminal.term) else "xterm-256color"
        return found


class _LineEnds:
    """The client's side for plain lines on a raw terminal: each ends as a terminal's does."""

    def __init__(self, client: ClientSide) -> None:
        self._client = client

    def write(self, data: bytes, error: bool = False) -> None:
        self._client.write(data.replace(b"\n", b"\r\n"), error)

    def eof(self) -> None:
        self._client.eof()

    def exit(self, status: int | None, signal: str | None, core: bool, message: str) -> None:
        self._client.exit(status, signal, core, message)

    def pause_reading(self) -> None:
        self._client.pause_reading()

    def resume_reading(self) -> None:
        self._client.resume_reading()

    def close(self) -> None:
        self._client.close()
