"""What is masked how, as the configuration says, and the maskers made of it.

Knows: classes, methods, own patterns, how long to wait. Must never know: files, who is masked from
what (that is policy's). Pure. Made by `gateway.masking_config`; called by `gateway.session` and the
relays' makers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gateway.masking.classes import DataClass
from gateway.masking.methods import Method, hidden
from gateway.masking.own import OwnPattern
from gateway.masking.stream import StreamMasker

OBLIGATION = "mask:"
"""What a verdict's obligation begins with; the class follows."""


@dataclass(frozen=True)
class MaskPlan:
    """Everything but who is spared."""

    methods: Mapping[str, Method] = field(default_factory=dict)
    """By class, where it is not that of `usual_method`."""
    own: Mapping[str, OwnPattern] = field(default_factory=dict)
    key: bytes = field(default=b"", repr=False)
    """Makes tokens; the same key makes the same ones, in every session."""
    hold: int = 5_000
    """µs that output waits at a prompt for the rest of a value."""
    hold_bulk: int = 50_000
    """The same where much comes at once, and where there is no terminal."""
    policy: bytes = b""
    """SHA-256 of the policy in force, for receipts."""

    def method(self, name: str) -> Method:
        return self.methods.get(name, usual_method(name))

    def knows(self, name: str) -> bool:
        return name in self.own or name in DataClass.__members__.values()

    def asked(self, obligations: Collection[str]) -> list[str] | None:
        """The classes that these ask to mask; None where one asks for anything else."""
        names = [each.removeprefix(OBLIGATION) for each in obligations]
        if all(OBLIGATION + name == each for name, each in zip(names, obligations, strict=True)):
            return names if all(map(self.knows, names)) else None
        return None

    def masker(self, names: Collection[str]) -> StreamMasker:
        """For one stream. Every name is one that it `knows`."""
        return StreamMasker({name: self.method(name) for name in names}, self.own, self.key)

    def value(self, text: bytes, name: str) -> bytes:
        """All of a value whose place says what it is, such as a column's."""
        return hidden(text, self.method(name), name, self.key)


def usual_method(name: str) -> Method:
    match name:
        case DataClass.CARD | DataClass.IBAN:
            return Method.LAST4
        case DataClass.BIRTHDATE:
            return Method.YEAR
        case _:
            return Method.FULL
