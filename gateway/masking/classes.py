"""What kinds of values there are, and where in a text such values are.

Knows: the shapes of cards, accounts, addresses, numbers and secrets. Must never know: streams,
escape sequences, what is shown instead. Pure. Called by `gateway.masking.stream` and
`gateway.masking.values`.

Two passes. RE2 looks once over all of a text for what a value may begin with (a `@` is looked for
by itself); only there Python tries the whole shape, and its checksum. Every place is tried,
whatever was found before it, so that what is found does not depend on where looking began. No
value is longer than `LONGEST`, except that a secret *goes on* while its alphabet does.

The text's first byte is never part of a value: it says what stands before one. What is found goes
by at most `CONTEXT` bytes before the value and one behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import re2

from gateway.masking import checks

LONGEST = 512
"""Bytes of a value, and so of what is carried until more has come."""
CONTEXT = 96
"""Bytes before a value that say what it is, as in ``birth date: ``."""


class DataClass(StrEnum):
    """The kinds that are known; own ones come from configuration."""

    CARD = "card"
    IBAN = "iban"
    EMAIL = "email"
    SECRET = "secret"
    PHONE = "phone"
    SSN = "ssn"
    BIRTHDATE = "birthdate"


class Found(NamedTuple):
    """A value in a text."""

    start: int
    end: int
    name: str
    """Its class."""
    rule: str
    """Which shape of that class: ``card``, ``github-token``, ..."""
    goes_on: Any = None
    """Of a secret: the expression of what ends it; all before that belongs to it too."""


PRIVATE_KEY = "private-key"
"""The rule of the one value that has several lines."""

_Try = Callable[[bytes, int], Found | None]
"""The value that begins at this place, if one does."""

_TOKEN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_BASE64 = _TOKEN + b"+/="
_KEY_BODY = _BASE64 + b" \t\r\n:,.\\"
_KEY_END = rb"-----END [A-Z0-9 ]{0,40}-----"


@dataclass(frozen=True, slots=True)
class _Secret:
    rule: str
    begins: str
    """Fixed text or a short expression, for the first pass."""
    rest: bytes
    """What must follow for it to be one."""
    alphabet: bytes = _TOKEN


_SECRETS = (
    _Secret("aws-key", "(?:AKIA|ASIA)[A-Z2-7]", rb"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    _Secret("github-token", "gh[opusr]_[A-Za-z0-9]", rb"gh[opusr]_[A-Za-z0-9]{20}"),
    _Secret("github-token", "github_pat_", rb"github_pat_[A-Za-z0-9_]{20}"),
    _Secret("gitlab-token", "glpat-", rb"glpat-[A-Za-z0-9_-]{20}"),
    _Secret("slack-token", "xox[abeoprs]-", rb"xox[abeoprs]-[A-Za-z0-9-]{10}"),
    _Secret("stripe-key", "[rs]k_(?:live|test)_", rb"[rs]k_(?:live|test)_[A-Za-z0-9]{10}"),
    _Secret("google-key", "AIza", rb"AIza[A-Za-z0-9_-]{35}"),
    _Secret("google-token", r"ya29\.", rb"ya29\.[A-Za-z0-9_-]{20}"),
    _Secret("npm-token", "npm_[A-Za-z0-9]", rb"npm_[A-Za-z0-9]{36}"),
    _Secret("openai-key", "sk-[A-Za-z0-9]", rb"sk-(?:[a-z]{2,10}-)?[A-Za-z0-9_-]{32}"),
    _Secret(
        *("jwt", "eyJ[A-Za-z0-9_-]"),
        *(rb"eyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{4}", _TOKEN + b"."),
    ),
    _Secret(
        *(PRIVATE_KEY, "-----BEGIN "),
        *(rb"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----", _KEY_BODY),
    ),
    _Secret("aws-secret", "(?i:secret_?(?:access_?)?key)", b""),
)
_AWS_SECRET = re.compile(
    rb"(?i:secret_?(?:access_?)?key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?"
    rb"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"
)


def _ending(secret: _Secret) -> Any:
    foreign = b"[^" + re.escape(secret.alphabet) + b"]"
    if secret.rule != PRIVATE_KEY:
        return re.compile(foreign)
    return re.compile(b"(" + _KEY_END + b")|" + foreign)


_SHAPES = tuple((each, re.compile(each.rest), _ending(each)) for each in _SECRETS if each.rest)


def _secret(text: bytes, at: int) -> Found | None:
    for secret, shape, ending in _SHAPES:
        if match := shape.match(text, at):
            return Found(at, match.end(), DataClass.SECRET, secret.rule, ending)
    if match := _AWS_SECRET.match(text, at):
        return Found(match.start(1), match.end(1), DataClass.SECRET, "aws-secret")
    return None


_CARD = re.compile(
    rb"(?:[3-6][0-9]{12,18}|2[2-7][0-9]{14}"
    rb"|(?:[3-6][0-9]{3}|2[2-7][0-9]{2})([ -])[0-9]{4}(?:\1[0-9]{4}){2}(?:\1[0-9]{3})?"
    rb"|3[47][0-9]{2}([ -])[0-9]{6}\2[0-9]{5})(?![0-9])"
)


def _card(text: bytes, at: int) -> Found | None:
    match = _CARD.match(text, at)
    if match is None or text[at - 1] in b"0123456789.":
        return None
    digits = match[0].translate(None, b" -")
    if len(digits) == 13 and digits[0] != 0x34:
        return None  # such as a time in milliseconds
    return Found(at, match.end(), DataClass.CARD, "card") if checks.luhn(digits) else None


_IBAN = re.compile(rb"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,29}")
_ALNUM = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def _iban(text: bytes, at: int) -> Found | None:
    match = _IBAN.match(text, at)
    length = checks.IBAN_LENGTHS.get(text[at : at + 2])
    if match is None or length is None or text[at - 1] in _ALNUM:
        return None
    end, seen = at, 0
    while end < match.end() and seen < length:
        seen += text[end] != 0x20
        end += 1
    if end < len(text) and text[end] in _ALNUM:
        return None
    plain = text[at:end].replace(b" ", b"")
    return Found(at, end, DataClass.IBAN, "iban") if checks.iban(plain) else None


_SSN = re.compile(rb"([0-9]{3})-([0-9]{2})-([0-9]{4})(?![0-9-])")


def _ssn(text: bytes, at: int) -> Found | None:
    match = _SSN.match(text, at)
    if match is None or text[at - 1] in b"0123456789-" or not checks.ssn(b"".join(match.groups())):
        return None
    return Found(at, match.end(), DataClass.SSN, "ssn")


_PHONE = re.compile(
    rb"(?:\+[1-9][0-9]{0,2}(?:[ .-]?\([0-9]{1,4}\))?(?:[ .-]?[0-9]{1,4}){2,5}"
    rb"|\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[.-][0-9]{4})"
    rb"(?![0-9])"
)


def _phone(text: bytes, at: int) -> Found | None:
    match = _PHONE.match(text, at)
    if match is None or text[at - 1] in b"0123456789.-+":
        return None
    if text[at] == 0x2B and not 8 <= sum(map(bytes.isdigit, _bytes(match[0]))) <= 15:
        return None
    return Found(at, match.end(), DataClass.PHONE, "phone")


def _bytes(text: bytes) -> Iterator[bytes]:
    return (bytes((byte,)) for byte in text)


_BIRTH = re.compile(
    rb"(?i:dob|birth[a-z_ -]{0,12}|born|geburtsdatum)[\"']?[ :=]{1,4}(?:on )?[\"']?"
    rb"((?:1[89]|20)[0-9]{2}-[01][0-9]-[0-3][0-9]|[0-3]?[0-9][./][0-3]?[0-9][./](?:1[89]|20)[0-9]{2})"
    rb"(?![0-9])"
)


def _birthdate(text: bytes, at: int) -> Found | None:
    match = _BIRTH.match(text, at)
    if match is None:
        return None
    return Found(match.start(1), match.end(1), DataClass.BIRTHDATE, "birthdate")


_LOCAL = re.compile(rb"[A-Za-z0-9_%+](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?\Z")
_LOCAL_LETTERS = frozenset(_ALNUM) | frozenset(b"._%+-")
_DOMAIN = re.compile(
    rb"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_-])"
)


def _email(text: bytes, at: int) -> Found | None:
    """``at`` is that of its @."""
    domain = _DOMAIN.match(text, at)
    if domain is None or domain.end() - at > 255:
        return None
    start = at
    while start > 1 and at - start < 64 and text[start - 1] in _LOCAL_LETTERS:
        start -= 1
    local = _LOCAL.search(text, start, at)
    if local is None:
        return None
    return Found(local.start(), domain.end(), DataClass.EMAIL, "email")


# First pass: what a value may begin with. Each of the second kind has the byte before it too.
_NUMBERS: dict[DataClass, tuple[str, _Try]] = {
    DataClass.CARD: (
        "[2-6][0-9]{3}(?:[0-9]{9}|[ -][0-9]{4}[ -][0-9]{4}[ -]|[ -][0-9]{6}[ -])", _card,
    ),
    DataClass.IBAN: ("[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2}", _iban),
    DataClass.SSN: ("[0-9]{3}-[0-9]{2}-[0-9]{4}", _ssn),
    DataClass.PHONE: (
        r"(?:\+[1-9][0-9 .()-]{7}|\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[.-][0-9]{4})", _phone,
    ),
}  # fmt: skip
_BIRTHS = "(?i:dob|birth|born|geburtsdatum)"


class Detectors:
    """The chosen classes; found values come in the order of their ends, not of their starts."""

    def __init__(self, names: Collection[str]) -> None:
        self._email = DataClass.EMAIL in names
        numbers = [_NUMBERS[each] for each in _NUMBERS if each in names]
        self._numbers = _compiled([f"[^0-9](?:{begins})" for begins, _ in numbers])
        self._number_tries = [attempt for _, attempt in numbers]
        words, self._word_tries = [], []
        if DataClass.SECRET in names:
            words += [each.begins for each in _SECRETS]
            self._word_tries.append(_secret)
        if DataClass.BIRTHDATE in names:
            words.append(_BIRTHS)
            self._word_tries.append(_birthdate)
        self._words = _compiled(words)

    def find(self, text: bytes) -> Iterator[Found]:
        """Every value of ``text[1:]``; they may lie over each other."""
        if self._email:
            at = text.find(b"@", 2)
            while at >= 0:
                if found := _email(text, at):
                    yield found
                at = text.find(b"@", at + 1)
        yield from _each(self._numbers, self._number_tries, text, 1)
        yield from _each(self._words, self._word_tries, text, 0)


def _each(begins: Any, tries: Sequence[_Try], text: bytes, before: int) -> Iterator[Found]:
    if begins is None:
        return
    match = begins.search(text, 1 - before)
    while match is not None:
        start = match.start()
        for attempt in tries:
            if found := attempt(text, start + before):
                yield found
        match = begins.search(text, start + 1)


def _compiled(parts: list[str]) -> Any:
    if not parts:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return re2.compile("|".join(parts).encode("latin-1"), options)
