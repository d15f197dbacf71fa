from __future__ import annotations

from textual.color import Color

from replay.tui.theme import PALETTE, THEME


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((one.brightness, other.brightness))
    return (light + 0.05) / (dark + 0.05)


def test_words_can_be_read_on_their_background() -> None:
    ground = Color.parse(THEME.background or "")
    for name in ("foreground", "primary", "secondary", "accent", "error", "success"):
        assert contrast(ground, Color.parse(getattr(THEME, name))) > 3, name
    colours = [Color(*PALETTE.ansi_colors[n]) for n in range(1, 16)]
    assert all(contrast(ground, colour) > 2 for colour in colours)
