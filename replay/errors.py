"""The errors of replay: codes GR-3xx (`recorder.errors` says what an error of gatereel is)."""

from __future__ import annotations

from recorder.errors import GatereelError


class NoTerminal(GatereelError):
    """The app was asked for where there is no terminal to show it on."""

    code = "GR-301"
    summary = "the app needs a terminal"


class CaseError(GatereelError):
    """A case file cannot be read as one, or an entry cannot be added to it."""

    code = "GR-320"
    summary = "a case file is damaged, is none, or cannot be written"


class NotAllowed(GatereelError):
    """The gateway refuses to show, export or end a session."""

    code = "GR-340"
    summary = "the gateway does not allow it"


class GatewayLost(GatereelError):
    """The gateway that started this process does not answer any more."""

    code = "GR-341"
    summary = "the gateway that serves this does not answer"


class NoGateway(GatereelError):
    """It is not known where the gateway is, or it cannot be reached."""

    code = "GR-342"
    summary = "no gateway to ask"
