"""The errors of replay: codes GR-3xx (`recorder.errors` says what an error of gatereel is)."""

from __future__ import annotations

from recorder.errors import GatereelError


class MomentError(GatereelError):
    """A moment that somebody typed is none, or lies outside the recording."""

    code = "GR-301"
    summary = "a moment cannot be read, or lies outside the recording"


class NoTerminal(GatereelError):
    """The app was asked for where there is no terminal to show it on."""

    code = "GR-302"
    summary = "the app needs a terminal"
