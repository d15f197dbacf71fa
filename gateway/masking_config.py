"""``[masking]`` of the configuration: methods, own patterns, the key of tokens, how long to wait.

Knows: the table's keys, defaults and bounds (docs/configuration.md), where the key is. Must never
know: targets' secrets, streams. Called by `gateway.config`, and by `gateway.serve` and
`gateway.reload` for the key itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.config_values import Secret, read_secret
from gateway.masking.classes import DataClass
from gateway.masking.methods import Method
from gateway.masking.own import OwnPattern
from gateway.masking.plan import MaskPlan
from gateway.refusals import CredentialError, MaskingKeyUnusable
from gateway.target_config import Target
from gateway.toml_table import Source, Table

KEY_BYTES = 16
"""A shorter key could be tried out."""
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class MaskingSettings:
    """What the table says."""

    methods: Mapping[str, Method] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    key: Secret | None = None
    hold: int = 5
    """Milliseconds."""
    hold_bulk: int = 50

    def plan(self, policy: bytes) -> MaskPlan:
        """With the key read. May block. Raises MaskingKeyUnusable."""
        return MaskPlan(
            methods=self.methods,
            own={name: OwnPattern(source) for name, source in self.patterns.items()},
            key=b"" if self.key is None else _key(self.key),
            hold=self.hold * _MILLISECONDS,
            hold_bulk=self.hold_bulk * _MILLISECONDS,
            policy=policy,
        )


def read_masking(table: Table | None) -> MaskingSettings:
    """Raises ConfigError."""
    if table is None:
        return MaskingSettings()
    patterns = {}
    inner = table.table("patterns")
    for name, source in table.mapping("patterns").items():
        assert inner is not None
        if name in DataClass.__members__.values() or not name.isidentifier() or len(name) > 32:
            raise inner.error(name, "is no name for a pattern: letters and digits, no known class")
        try:
            OwnPattern(source)
        except ValueError as problem:
            raise inner.error(name, str(problem)) from None
        patterns[name] = source
    settings = MaskingSettings(
        methods=_methods(table, [*DataClass, *patterns]),
        patterns=patterns,
        key=read_secret(table, "key"),
        hold=table.integer("hold", 5, 1, 1000),
        hold_bulk=table.integer("hold_bulk", 50, 1, 5000),
    )
    table.finish()
    if Method.TOKEN in settings.methods.values() and settings.key is None:
        raise table.missing("key", 'tokens need one: write key = { file = "keys/masking" }')
    return settings


def _methods(table: Table, known: list[str]) -> dict[str, Method]:
    methods = {}
    inner = table.table("methods")
    for name, text in table.mapping("methods").items():
        assert inner is not None
        if name not in known:
            raise inner.error(name, f"is none of {', '.join(known)}")
        if name == DataClass.SECRET and text != Method.FULL:
            raise inner.error(name, 'can only be "full": of a secret nothing is to be seen')
        methods[name] = Method(inner.choice(name, tuple(Method), Method.FULL))
    return methods


def check_masks(source: Source, settings: MaskingSettings, targets: Iterable[Target]) -> None:
    """Each class that a target names is one. Raises ConfigError."""
    known = (*DataClass, *settings.patterns)
    for target in targets:
        for name in target.mask:
            if name not in known:
                raise source.error(
                    ("targets", target.name, "mask"), f'"{name}" is none of {", ".join(known)}'
                )


def _key(secret: Secret) -> bytes:
    try:
        key = secret.read()
    except CredentialError as problem:
        raise MaskingKeyUnusable(f"the key of masking's tokens cannot be read: {problem}") from None
    if len(key) < KEY_BYTES:
        raise MaskingKeyUnusable(
            f"{secret} has {len(key)} bytes, and the key of masking's tokens needs {KEY_BYTES};"
            " make one with: openssl rand -base64 32"
        )
    return key
