"""Sizes that no kernel could hold, and the names of signals."""

from __future__ import annotations

from gateway.wire.window import SIGNALS, clamped


def test_sizes_fit_a_kernel() -> None:
    assert clamped(80, 24, 0, 2**32 - 1) == (80, 24, 0, 65535)


def test_signals_have_no_sig() -> None:
    assert not any(name.startswith("SIG") for name in SIGNALS)
