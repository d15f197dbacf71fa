"""Which session the work of a task is about, for whatever is logged in it.

Knows: one name. Must never know: logs, sessions. Set by `gateway.ssh.stay` in each channel's task,
read by `gateway.logs`: the pump and what is below it need not know whose channel they serve.
"""

from __future__ import annotations

from contextvars import ContextVar

SESSION: ContextVar[str] = ContextVar("SESSION", default="")
"""The id of its recording; empty where it is about none."""
