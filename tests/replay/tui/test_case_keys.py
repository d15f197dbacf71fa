"""Every key of the case and of the verification has a name of its own, words, and an action."""

from __future__ import annotations

from replay.tui.case_keys import CASE_BINDINGS, VERIFY_BINDINGS
from replay.tui.case_screen import CaseScreen
from replay.tui.verify_screen import VerifyScreen


def test_every_key_has_its_action() -> None:
    for bindings, screen in ((CASE_BINDINGS, CaseScreen), (VERIFY_BINDINGS, VerifyScreen)):
        assert len({binding.id for binding in bindings}) == len(bindings)
        for binding in bindings:
            assert hasattr(screen, f"action_{binding.action}"), binding
            assert binding.description
