"""The one error of this package: stored state that is not what `keyframe` wrote."""

from __future__ import annotations


class ScreenStateError(ValueError):
    """The bytes given to `Screen.restore` are damaged, or of another emulator version."""
