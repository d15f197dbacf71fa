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


class CatalogError(GatereelError):
    """The catalog cannot be read or written now; what was derived is not lost by it."""

    code = "GR-310"
    summary = "the catalog of a store cannot be used"


class CatalogDamaged(CatalogError):
    """The catalog is not one, or not whole: it is derived, and made again."""

    code = "GR-311"
    summary = "the catalog of a store is damaged"


class QueryError(GatereelError):
    """A query cannot be read: what is wrong with which part of it, and what to write."""

    code = "GR-315"
    summary = "a query cannot be read, or asks for nothing"
    wrong_use = True

    def __init__(self, problem: str, *, start: int = 0, end: int = 0, part: str = "") -> None:
        super().__init__(f"at {part!r}: {problem}" if part else problem)
        self.problem = problem
        self.start = start
        """Where in the query the part begins that is meant, and where it ends."""
        self.end = end


class NothingFound(GatereelError):
    """A search came to its end without a hit."""

    code = "GR-316"
    summary = "a search found nothing"


class AppBroke(GatereelError):
    """A fault of ours ended the app that somebody was shown over SSH."""

    code = "GR-343"
    summary = "a fault ended the app"
