from __future__ import annotations

from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, player_of


def test_the_screens_text_is_copied_and_nothing_hidden_with_it(making: Making) -> None:
    recording = making.sealed(
        on_terminal([(SECOND, "one \u200btwo\r\n日本".encode())], cols=20, rows=4)
    )

    async def body(driven: Driven) -> None:
        await driven.press("Y")
        assert driven.app.clipboard == "one ⟦U+200B⟧two\n日本\n"
        assert "copied" in driven.status()

    drive(player_of(recording), body)


def test_a_link_names_the_event_that_is_on_show(making: Making) -> None:
    recording = making.sealed(a_session())
    session = recording.id

    async def body(driven: Driven) -> None:
        await driven.press("full_stop")
        assert await driven.press("y") == f"copied: gatereel replay {session}#e6"
        assert driven.app.clipboard == f"gatereel replay {session}#e6"

    drive(player_of(recording), body)
