"""The one shape of every error that gatereel tells anybody about.

An error has a stable code (``GR-`` and three digits), one line for the person who met it
(what happened, what to do) and one line for the operator (what the machine saw). Codes 1xx
belong to the recorder, 2xx to the gateway, 3xx to replay, 4xx to the command line. A class
stands for one thing that can go wrong; ``docs/errors.md`` lists them all and a test compares.
"""

from __future__ import annotations

from typing import ClassVar


class GatereelError(Exception):
    """Base of all errors with a code. ``str(error)`` is the person's line."""

    code: ClassVar[str] = "GR-000"
    summary: ClassVar[str] = "an error without a class of its own"
    wrong_use: ClassVar[bool] = False
    """Whether nothing was tried, since what was asked makes no sense."""

    def __init__(self, person: str, *, operator: str = "") -> None:
        super().__init__(person)
        self.person = person
        self.operator = operator or person

    def __str__(self) -> str:
        return self.person


class RecordingError(GatereelError):
    """The one exit for hostile or damaged bytes: a recording that cannot be read as one."""

    code = "GR-101"
    summary = "a recording is damaged, or is none"

    def __init__(self, person: str, *, operator: str = "", where: str = "") -> None:
        super().__init__(person, operator=operator)
        self.where = where


class UnsupportedRecording(RecordingError):
    """The recording needs a newer reader, or a feature that this one does not know."""

    code = "GR-102"
    summary = "a recording needs a newer gatereel"


class JournalError(GatereelError):
    """An event could not be written; nothing that waited for it may be delivered."""

    code = "GR-103"
    summary = "the journal cannot be written"


class StoreError(GatereelError):
    """The store cannot be used: not there, not a folder, not writable, or busy."""

    code = "GR-104"
    summary = "the store of recordings cannot be used"


class NotFound(GatereelError):
    """No session of the store is meant by that name, or more than one is."""

    code = "GR-105"
    summary = "no such session, or the prefix fits several"


class KeyFileError(GatereelError):
    """A signing or verification key is missing, unreadable or malformed."""

    code = "GR-106"
    summary = "a signing or verification key cannot be used"


class ConversionError(GatereelError):
    """A foreign recording (asciicast, ...) cannot be read, or ours cannot be written as one."""

    code = "GR-107"
    summary = "a file cannot be converted"


class MomentError(GatereelError):
    """A moment that somebody typed is none, or lies outside the recording."""

    code = "GR-108"
    summary = "a moment cannot be read, or lies outside the recording"


class SignatureError(GatereelError):
    """A signature by an SSH key is none, does not fit, or could not be made."""

    code = "GR-115"
    summary = "an SSH signature is wrong, or cannot be made"


class FilmError(GatereelError):
    """A film cannot be encoded: ffmpeg is not there, or failed."""

    code = "GR-109"
    summary = "a film cannot be encoded: ffmpeg is missing, or failed"


class RedactionError(GatereelError):
    """A redacted copy cannot be made of this recording, or not of these events."""

    code = "GR-116"
    summary = "a redacted copy cannot be made"


class RetentionError(GatereelError):
    """A session cannot be preserved, released or removed."""

    code = "GR-117"
    summary = "a session cannot be preserved, released or removed"
