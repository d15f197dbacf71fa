"""Whose key it is: OpenSSH's allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS). Pure but for
reading the file.

Knows: principals with wildcards, the options namespaces, valid-after, valid-before and
cert-authority. Must never know: what was signed. Called by whoever checks a case. A line that
cannot be read is an error, as it is to ssh-keygen: somebody meant something by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path

from recorder.errors import KeyFileError
from recorder.ssh_keys import parse_public_line

FILE_LIMIT = 4 << 20
_OPTION = re.compile(r'([A-Za-z-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|(?=\s)|$)')
_TIME = re.compile(r"([0-9]{8})(?:([0-9]{4})([0-9]{2})?)?(Z?)")
_KEY = re.compile(r"(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ ")
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """One line: these principals may sign with this key."""

    principals: tuple[str, ...]
    """Patterns with ``*`` and ``?``; one that begins with ``!`` says who is not meant."""
    public: bytes
    namespaces: tuple[str, ...] = ()
    """Patterns; empty: any."""
    valid_after: int | None = None
    """Microseconds since the epoch."""
    valid_before: int | None = None
    authority: bool = False
    """The key signs certificates, and so nothing that we take."""

    def allows(self, principal: str, namespace: str, at: int) -> bool:
        """Whether it vouches for this name in this namespace at this time (µs)."""
        return (
            matches(principal, self.principals)
            and (not self.namespaces or matches(namespace, self.namespaces))
            and (self.valid_after is None or at >= self.valid_after)
            and (self.valid_before is None or at < self.valid_before)
            and not self.authority
        )

    @property
    def name(self) -> str:
        """What to call whoever signs with it."""
        return ",".join(self.principals)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """OpenSSH's pattern list: some pattern fits, and none that is negated."""
    found = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        # Brackets mean themselves to OpenSSH.
        if fnmatchcase(name, pattern.removeprefix("!").replace("[", "[[]")):
            if negated:
                return False
            found = True
    return found


def load_allowed_signers(path: Path, zone: tzinfo | None = None) -> list[AllowedSigner]:
    """Every line of a file. Raises `KeyFileError`."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
        if len(data) > FILE_LIMIT:
            raise KeyFileError(f"{path.name} is larger than any list of signers")
        return parse_allowed_signers(data.decode(), zone)
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{path.name} is no list of signers: it is not text") from error
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error


def parse_allowed_signers(text: str, zone: tzinfo | None = None) -> list[AllowedSigner]:
    """The lines of a file; times without a Z are in ``zone``, or the machine's own."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            try:
                found.append(_parse_line(line, zone))
            except (KeyFileError, ValueError) as error:
                raise KeyFileError(f"line {number} of the allowed signers: {error}") from error
    return found


def _parse_line(line: str, zone: tzinfo | None) -> AllowedSigner:
    if line.startswith('"'):
        principals, quote, rest = line[1:].partition('"')
        if not quote:
            raise ValueError("a quote is not closed")
    else:
        principals, _, rest = line.partition(" ")
    rest = rest.strip()
    options: dict[str, str] = {}
    while rest and not _KEY.match(rest):
        option = _OPTION.match(rest)
        if option is None:
            raise ValueError("neither an option nor a key follows the principals")
        name = option[1].lower()
        if name not in ("namespaces", "valid-after", "valid-before", "cert-authority"):
            raise ValueError(f"an unknown option: {name[:40]!r}")
        if name in options or (option[2] is None) is not (name == "cert-authority"):
            raise ValueError(f"the option {name!r} twice, or in the wrong shape")
        options[name] = (option[2] or "").replace('\\"', '"')
        rest = rest[option.end() :].lstrip()
    if not principals or any(not part for part in principals.split(",")):
        raise ValueError("no principal")
    times = {
        name: _time(options[name], zone) for name in ("valid-after", "valid-before")
        if name in options
    }  # fmt: skip
    return AllowedSigner(
        tuple(principals.split(",")),
        parse_public_line(rest)[0],
        tuple(options["namespaces"].split(",")) if "namespaces" in options else (),
        times.get("valid-after"),
        times.get("valid-before"),
        "cert-authority" in options,
    )


def _time(text: str, zone: tzinfo | None) -> int:
    """``YYYYMMDD[HHMM[SS]][Z]`` in microseconds since the epoch."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"a time that is none: {text[:40]!r}")
    day, minute, second, utc = match.groups()
    when = datetime.fromisoformat(f"{day}T{minute or '0000'}{second or '00'}")
    return int(when.replace(tzinfo=UTC if utc else zone).timestamp()) * _SECOND
