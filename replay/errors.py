"""The errors of replay: codes GR-3xx (`recorder.errors` says what an error of gatereel is)."""

from __future__ import annotations

from recorder.errors import GatereelError


class NoTerminal(GatereelError):
    """The app was asked for where there is no terminal to show it on."""

    code = "GR-301"
    summary = "the app needs a terminal"
