"""A fault in the gateway itself, as the principal and the operator hear of it.

Knows: exceptions that nobody expected. Must never know: what was at work. Called by `gateway.pump`.
"""

from __future__ import annotations

import logging
import traceback

from gateway.errors import InternalError

log = logging.getLogger(__name__)


def internal(fault: Exception, channel: int) -> InternalError:
    """The error for a principal; the operator's log gets the place, and no value that a message
    might quote."""
    place = "".join(traceback.format_tb(fault.__traceback__))
    log.error("channel %d: %s in the gateway\n%s", channel, type(fault).__name__, place)
    person = "a fault in the gateway ended this session; its log says where"
    return InternalError(person, operator=type(fault).__name__)
