"""What can go wrong between a request and its end: the errors of policy, relays and the pump.

Knows: codes and the line a principal gets. Must never know: sockets, protocols. Raised or
handed over by `gateway.wire`, `gateway.pump` and whoever ends a session (`gateway.session`).
What goes wrong before a relay runs (configuration, login, target) is in `gateway.refusals`.
"""

from __future__ import annotations

from recorder.errors import GatereelError


class Denied(GatereelError):
    """Policy says no to what was asked on an open channel."""

    code = "GR-201"
    summary = "policy does not allow this request"


class NeedsApproval(GatereelError):
    """Policy wants a second person, and nothing can wait for one here."""

    code = "GR-202"
    summary = "this request needs a second person's approval"


class TargetLost(GatereelError):
    """The target's side broke off in the middle, or never came up."""

    code = "GR-203"
    summary = "the connection to the target broke"


class OutOfPlace(GatereelError):
    """A request that an open channel does not take, or not at this point."""

    code = "GR-204"
    summary = "a request came where it has no place, and went nowhere"


class NotOpenForThat(GatereelError):
    """An SFTP call on a handle that is not open, or was not opened to do that."""

    code = "GR-252"
    summary = "a file is not open, or not for that"


class RecordingLost(GatereelError):
    """The journal failed or does not answer: nothing more may be delivered."""

    code = "GR-205"
    summary = "the session cannot be recorded any more, so it ends"


class SuspendedTooLong(GatereelError):
    """Recording was suspended for longer than a session may wait."""

    code = "GR-206"
    summary = "recording was interrupted for too long, so the session ends"


class InternalError(GatereelError):
    """A fault in the gateway itself; it ends the one session that met it."""

    code = "GR-207"
    summary = "a fault in the gateway ended this session"


class Ended(GatereelError):
    """Somebody or something with the right to do so ended the session: a person, a shutdown."""

    code = "GR-208"
    summary = "the session was ended by the gateway"


class TimeIsUp(GatereelError):
    """The session has lasted, or has been idle, for as long as it may."""

    code = "GR-250"
    summary = "the session reached a time limit"


class Revoked(GatereelError):
    """The configuration was read again, and what a session rested on is not in it any more."""

    code = "GR-255"
    summary = "what a session rested on was taken back"


def line_for(error: GatereelError) -> bytes:
    """The one line a principal is shown, without its end: nothing in it acts on a terminal."""
    text = f"gatereel: {error.code}: {error.person}"[:1000]
    return "".join(each if each.isprintable() else "?" for each in text).encode()
