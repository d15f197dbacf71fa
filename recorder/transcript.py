"""What happened without a terminal, as a terminal would have shown it.

Knows: events of one channel, in order. Must never know: screens, files, frame rules. Called by
`recorder.channel_screen` only: what is made here is fed to that screen like any output, and so
frames, search, the scrubber and every export of such a channel are the same code. Pure.

A channel with a terminal is none of this module's business: its bytes are fed as they came. Without
one the principal's own terminal showed what the target wrote, each line feed returning the carriage
too; that is kept byte for byte, and around it is told what no output says:

* the command as it was typed, behind ``$ ``; a subsystem by its name
* error output in red, from where it begins to where other output goes on
* how much was sent to standard input, when that ends
* what policy did not allow, what was refused
* each operation on files, with path, size, digest and result
* how it ended

Everything told is spelled out (`recorder.spelling`): no recorded byte acts in these lines. What is
told stands on lines of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from recorder.events import (
    ChannelClosed,
    Decided,
    ErrorOutput,
    Event,
    Exit,
    ExitSignal,
    Facts,
    HalfClose,
    Input,
    Notice,
    Output,
    Refused,
    Requested,
    SftpClosed,
    SftpDone,
    SftpLeftOut,
    SftpOpened,
    TargetReached,
    Transferred,
)
from recorder.spelling import visible, visible_bytes

TELLING = (
    Requested, Input, HalfClose, Exit, ExitSignal, Decided, Refused, ChannelClosed,
    SftpOpened, SftpClosed, SftpLeftOut, SftpDone, Transferred, TargetReached,
)  # fmt: skip
"""Events that may put something on a screen beside what is shown of itself."""
COMMAND_LIMIT = 1 << 16
_DIGEST_SHOWN = 16
"""Digits of a digest on a line; the event has all."""

_BOLD, _FAINT, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_ERRORS_BEGIN, _ERRORS_END = b"\x1b[31m", b"\x1b[39m"
_SFTP_STATUS = (
    "ok", "end of file", "no such file", "permission denied", "failure", "bad message",
    "no connection", "connection lost", "not supported",
)  # fmt: skip


@dataclass(slots=True)
class Transcript:
    """One channel's, from its opening to its end."""

    fresh: bool = True
    """Whether the cursor is at the beginning of a line."""
    errors: bool = False
    """Whether error output is being shown."""
    sent: int = 0
    """Bytes of standard input that were not told yet."""
    pieces: int = 0

    def take(self, event: Event, *, streams: bool) -> bytes | None:
        """The terminal output that this event is, None where it is none. ``streams``: the channel's
        own output is text that somebody saw, not a protocol."""
        match event:
            case Output(data=data):
                return self._shown(data, errors=False) if streams else None
            case ErrorOutput(data=data):
                return self._shown(data, errors=True) if streams else None
            case Notice(data=data, error=error):
                # In a protocol the gateway's own answers are as little text as anybody's.
                return self._shown(data, errors=False) if streams or error else None
            case Input(data=data):
                if streams:
                    self.sent += len(data)
                    self.pieces += 1
                return None
            case HalfClose(side="client"):
                return self._told(self._input())
            case _:
                return self._told([*self._before(event), *_lines(event)])

    def state(self) -> list[Any]:
        """For `restore`; JSON-able."""
        return list(astuple(self))

    @classmethod
    def restore(cls, state: Sequence[Any]) -> Transcript:
        """From `state`. Raises `TypeError` or `ValueError` where it is none."""
        fresh, errors, sent, pieces = state
        return cls(bool(fresh), bool(errors), int(sent), int(pieces))

    def _shown(self, data: bytes, *, errors: bool) -> bytes | None:
        if not data:
            return None
        self.fresh = data.endswith(b"\n")
        text = data.replace(b"\n", b"\r\n")
        if errors == self.errors:
            return text
        self.errors = errors
        return (_ERRORS_BEGIN if errors else _ERRORS_END) + text

    def _before(self, event: Event) -> list[str]:
        """The input that was not told, where nothing can come of it any more."""
        return self._input() if isinstance(event, Exit | ExitSignal | ChannelClosed) else []

    def _input(self) -> list[str]:
        if not self.sent:
            return []
        pieces = "1 piece" if self.pieces == 1 else f"{self.pieces:,} pieces"
        line = _note(f"standard input: {_bytes(self.sent)} in {pieces}")
        self.sent = self.pieces = 0
        return [line]

    def _told(self, lines: Sequence[str]) -> bytes | None:
        if not lines:
            return None
        begin = b"" if self.fresh else b"\r\n"
        if self.errors:
            begin = _ERRORS_END + begin
        self.errors, self.fresh = False, True
        return begin + "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _lines(event: Event) -> list[str]:
    """What is told of an event, styled, a line each."""
    match event:
        case Requested(kind="exec", command=command):
            return _command(command)
        case Requested(kind="forward", command=command):
            return [_styled(f"forward {visible_bytes(command)}", _BOLD)]
        case TargetReached() if event.facts.get("opaque") is True:
            where = visible(str(event.facts.get("address", "")))
            return [_note(f"connected to {where}: opaque, recorded but read by nobody", _YELLOW)]
        case Requested(kind="subsystem", command=command):
            return [_styled(f"subsystem {visible_bytes(command)}", _BOLD)]
        case Exit(status=status):
            return [_note(f"exit {status}", _RED if status else _FAINT)]
        case ExitSignal(signal=signal, core=core, message=message):
            dumped = ", core dumped" if core else ""
            said = f": {visible(message)}" if message else ""
            return [_note(f"ended by signal {visible(signal)}{dumped}{said}", _RED)]
        case Decided(verdict=verdict, rules=rules, reason=reason) if verdict != "allow":
            by = f" by {', '.join(map(visible, rules))}" if rules else ""
            said = f": {visible(reason)}" if reason else ""
            return [_note(f"policy: {visible(verdict)}{by}{said}", _YELLOW)]
        case Refused(what=what, detail=detail, error=error):
            said = f" {visible_bytes(detail)}" if detail else ""
            return [_note(f"refused: {visible(what)}{said} ({visible(error)})", _YELLOW)]
        case SftpOpened():
            # That it was opened shows while it is; what came of it shows with its close.
            access = ", ".join(map(visible, event.access))
            number = f" (#{event.handle})" if event.handle else ""
            line = f"open {visible_bytes(event.path)} for {access or 'nothing'}{number}"
            return [_ended(line, event.status, event.message)]
        case SftpClosed():
            moved = [*_moved("read", event.read), *_moved("written", event.written)]
            line = f"close {visible_bytes(event.path)} (#{event.handle})"
            return [_ended("; ".join([line, *moved]), event.status, event.message)]
        case SftpLeftOut() if event.handle == 0:
            # What belongs to a handle is told with all of it, when that is closed.
            return [_note(f"{_bytes(event.count)} {visible(event.side)}, not kept", _YELLOW)]
        case SftpDone():
            other = f" -> {visible_bytes(event.other)}" if event.other else ""
            line = f"{visible(event.operation)} {visible_bytes(event.path)}{other}"
            facts = ", ".join(f"{visible(k)} {_value(v)}" for k, v in event.facts.items())
            line += f" ({facts})" if facts else ""
            return [_ended(line, event.status, event.message)]
        case Transferred():
            return [_transferred(event)]
        case _:
            return []


def _transferred(event: Transferred) -> str:
    facts = event.facts
    kind = "folder" if facts.get("folder") else "file"
    line = f"{kind} {visible_bytes(event.path)} {visible(event.way)} over {visible(event.protocol)}"
    permissions, error = facts.get("permissions"), facts.get("error")
    if isinstance(permissions, int):
        line += f", permissions {permissions:o}"
    if kind == "folder":
        return _note(line)
    line += f"; {'; '.join(_moved('content', facts))}"
    if isinstance(error, bytes):
        return _note(f"{line}: {visible_bytes(error)}", _RED)
    whole = facts.get("bytes") == facts.get("size")
    return _note(
        line if whole else f"{line} of {_bytes(facts.get('size'))}", _FAINT if whole else _RED
    )


def _command(command: bytes) -> list[str]:
    text = command[:COMMAND_LIMIT].decode("utf-8", "backslashreplace")
    if len(command) > COMMAND_LIMIT:
        text += f"… ({_bytes(len(command))})"
    first, *rest = map(visible, text.split("\n"))
    return [_styled(f"$ {first}", _BOLD), *(_styled(f"> {line}", _BOLD) for line in rest)]


def _moved(how: str, facts: Facts) -> list[str]:
    if "entries" in facts:
        return [f"{_value(facts['entries'])} entries"]
    if not facts:
        return []
    said = f"{how} {_bytes(facts.get('bytes'))}"
    offset, digest = facts.get("offset"), facts.get("sha256")
    if isinstance(offset, int) and offset:
        said += f" from {offset:,} on"
    if isinstance(digest, bytes):
        said += f", sha256 {digest.hex()[:_DIGEST_SHOWN]}…"
    return [said]


def _ended(line: str, status: int, message: str) -> str:
    if status == 0:
        return f"{line}: {_styled('ok', _GREEN)}"
    known = _SFTP_STATUS[status] if 0 < status < len(_SFTP_STATUS) else f"status {status}"
    said = visible(message)
    if said and said.casefold() != known:
        known += f" ({said})"
    return f"{line}: {_styled(known, _RED)}"


def _value(value: object) -> str:
    if isinstance(value, bytes):
        return visible_bytes(value)
    return f"{value:,}" if isinstance(value, int) else visible(str(value))


def _bytes(count: object) -> str:
    if not isinstance(count, int):
        return "an unknown number of bytes"
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _note(text: str, style: str = _FAINT) -> str:
    return _styled(f"[{text}]", style)


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[m"
