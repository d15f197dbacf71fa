"""Every way in which a request that waits for approval comes to nothing, each with a code.

Knows: codes and the line that somebody gets. Must never know: databases, sockets. Raised by
`gateway.holds`, `gateway.state` and whoever drives them.
"""

from __future__ import annotations

from recorder.errors import GatereelError


class StateUnavailable(GatereelError):
    """What holds and grants are kept in does not answer, is locked, full or gone."""

    code = "GR-270"
    summary = "the gateway's state cannot be read or written"


class NoSuchHold(GatereelError):
    """No request that waits has this id, as far as whoever asks may know."""

    code = "GR-271"
    summary = "there is no such request"


class AnswerRefused(GatereelError):
    """An answer that does not count: to one's own request, of no approver, twice, unsigned."""

    code = "GR-272"
    summary = "this answer to a request does not count"


class HoldOver(GatereelError):
    """The request is approved, denied, expired or withdrawn already."""

    code = "GR-273"
    summary = "this request waits no more"


class NotApproved(GatereelError):
    """The request was denied, withdrawn, or nobody approved it in time."""

    code = "GR-274"
    summary = "the request was not approved"


class StateNotOurs(GatereelError):
    """The state was written by a later version, or is no gateway's."""

    code = "GR-275"
    summary = "the gateway's state is not one that this version can use"
