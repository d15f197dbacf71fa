from __future__ import annotations

import pytest

from recorder.events import Output
from recorder.moments import AtEvent, AtFrame, AtTime
from replay.tui.stage import Stage
from tests.recorder.recordings import Making, StandingClock, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, lines_of, player_of


def first_line(driven: Driven) -> str:
    return driven.rows()[0].rstrip(" │")


def test_it_opens_on_the_first_frame_and_says_where_it_is(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert first_line(driven) == "line 0"
        assert driven.status() == (
            "‖  2026-09-21 14:13:22.000Z  +00:00:01  f0/15  e5  sealed 1/1  1×  idle≤2s"
        )

    drive(player_of(making.sealed(a_session())), body)


GOING = [
    ("full_stop", "+00:00:02  f1/15"),
    ("full_stop full_stop comma", "+00:00:02  f1/15"),
    ("comma comma", "+00:00:00  f–/15"),
    ("3 full_stop", "+00:00:04  f3/15"),
    ("1 2 full_stop 2 comma", "+00:01:11  f10/15"),
    ("G less_than_sign", "+00:01:11  f13/15"),
    ("1 1 full_stop greater_than_sign", "+00:01:11  f13/15"),
    ("g", "+00:00:00  f–/15"),
    ("G", "+00:01:20  f14/15"),
    ("home", "+00:00:00  f–/15"),
    ("end", "+00:01:20  f14/15"),
    ("5", "+00:00:40  f9/15"),
    ("0", "+00:00:00  f–/15"),
    ("right", "+00:00:06  f5/15"),
    ("right right left", "+00:00:06  f5/15"),
    ("ctrl+right", "+00:01:01  f9/15"),
    ("ctrl+right ctrl+left", "+00:00:01  f0/15"),
    ("shift+right", "+00:00:09  f8/15"),
    ("shift+right shift+left", "+00:00:01  f0/15"),
    ("t 0 colon 0 3 enter", "+00:00:03  f2/15"),
    ("t 5 0 % enter", "+00:00:40  f9/15"),
    ("t # f 1 2 enter", "+00:01:11  f12/15"),
    ("t # e 9 enter", "+00:00:05  f4/15"),
    ("t minus 1 0 s enter", "+00:01:10  f9/15"),
    ("t escape full_stop", "+00:00:02  f1/15"),
]
"""Keys, each row from frame 0, and what the status line says then."""

HOW = [
    ("right_curly_bracket", "  2×  "),
    ("left_curly_bracket left_curly_bracket", "  0.25×  "),
    ("right_curly_bracket right_curly_bracket backspace", "  1×  "),
    ("z", "  idle log"),
    ("z z", "  idle off"),
    ("a", "‖  +00:00:01.000  of 00:01:20  f0/15"),
    ("a a", "‖  2026-09-21 14:13:22.000Z"),
]


def test_keys_that_go_somewhere(making: Making) -> None:
    async def body(driven: Driven) -> None:
        for keys, place in GOING:
            assert "f0/15" in await driven.press(*("g", "full_stop"))
            assert place in await driven.press(*keys.split()), keys

    drive(player_of(making.sealed(a_session())), body)


@pytest.mark.parametrize(("keys", "words"), HOW)
def test_keys_that_change_how_it_is_played(making: Making, keys: str, words: str) -> None:
    async def body(driven: Driven) -> None:
        assert words in await driven.press(*keys.split())

    drive(player_of(making.sealed(a_session())), body)


def test_playing_follows_the_clock_and_skips_the_idle_minute(making: Making) -> None:
    clock = StandingClock()

    async def body(driven: Driven) -> None:
        assert "►" in await driven.press("space")
        clock.ns += 3_000_000_000
        await driven.until(lambda: "+00:00:04  f3/15" in driven.status())
        assert "line 3" in driven.text()
        clock.ns += 8_500_000_000  # six lines more, then two seconds of the idle
        await driven.until(lambda: "f9/15" not in driven.status() and "f13" in driven.status())
        assert "burst 3" in driven.text()
        clock.ns += 60_000_000_000
        await driven.until(lambda: driven.status().startswith("‖"))
        assert "+00:01:20  f14/15" in driven.status()

    drive(player_of(making.sealed(a_session()), clock=clock), body)


def test_pausing_stands_still(making: Making) -> None:
    clock = StandingClock()

    async def body(driven: Driven) -> None:
        await driven.press("space")
        clock.ns += 1_500_000_000
        await driven.until(lambda: "f1/15" in driven.status())
        await driven.press("space")
        clock.ns += 60_000_000_000
        await driven.pilot.pause(0.1)
        assert "‖" in driven.status()
        assert "f1/15" in driven.status()

    drive(player_of(making.sealed(a_session()), clock=clock), body)


@pytest.mark.parametrize(
    ("start", "place"),
    [
        (AtFrame(7), "+00:00:08  f7/15"),
        (AtEvent(9), "+00:00:05  f4/15"),
        (AtTime(40 * SECOND), "+00:00:40  f9/15"),
    ],
)
def test_it_can_be_opened_at_a_moment(
    making: Making, start: AtFrame | AtEvent | AtTime, place: str
) -> None:
    async def body(driven: Driven) -> None:
        assert place in driven.status()

    drive(player_of(making.sealed(a_session()), start), body)


def test_a_moment_that_is_not_there_is_one_line_and_the_app_stays(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert driven.status() == "GR-108: there is no frame #f99: the last one is #f14"
        assert "f0/15" in await driven.press("full_stop")

    drive(player_of(making.sealed(a_session()), AtFrame(99)), body)


def test_the_screens_text_is_copied_and_nothing_hidden_with_it(making: Making) -> None:
    recording = making.sealed(
        on_terminal([(SECOND, "one \u200btwo\r\n日本".encode())], cols=20, rows=4)
    )

    async def body(driven: Driven) -> None:
        await driven.press("Y")
        assert driven.app.clipboard == "one ⟦U+200B⟧two\n日本\n"
        assert "copied" in driven.status()

    drive(player_of(recording), body)


def test_a_damaged_recording_is_one_line_and_the_app_stays(making: Making) -> None:
    recording = making.sealed(a_session())
    data = bytearray(recording.path.read_bytes())
    data[60] ^= 1
    recording.path.write_bytes(bytes(data))

    async def body(driven: Driven) -> None:
        assert "GR-101" in driven.status()
        await driven.pilot.press("space", "full_stop", "t", "Y", "5", "G")
        await driven.pilot.pause()
        assert "GR-101" in driven.status()

    drive(player_of(recording), body)


def test_what_comes_before_the_damage_can_be_played(making: Making) -> None:
    minute = 60 * SECOND
    recording = making.sealed(on_terminal([(n * minute, b"line %d\r\n" % n) for n in range(90)]))
    damaged = recording._layout.chunks[4].data
    assert damaged is not None
    data = bytearray(recording.path.read_bytes())
    data[damaged.offset + damaged.size // 2] ^= 1
    recording.path.write_bytes(bytes(data))

    async def body(driven: Driven) -> None:
        assert driven.status().startswith("GR-101: ")
        status = await driven.press("full_stop")
        assert "  f1/" in status
        status = await driven.press("G")
        assert status.endswith("damaged")
        assert "f0/" not in status

    drive(player_of(recording), body, size=(120, 30))


def test_following_a_live_session(making: Making) -> None:
    journal = making.begin()
    journal.append(lines_of(3)).result()

    async def body(driven: Driven) -> None:
        assert driven.status().startswith("●")
        assert "live" in driven.status()
        assert driven.rows()[2].startswith("line 2")
        journal.append([Output(4 * SECOND, 1, b"line 3\r\n")]).result()
        # The clock stands: one step lets the projector look again.
        making.clock.ns += 300_000_000
        await driven.press("f")
        await driven.until(lambda: driven.rows()[3].startswith("line 3"))
        assert "‖" in await driven.press("comma")
        journal.append([Output(5 * SECOND, 1, b"line 4\r\n")]).result()
        making.clock.ns += 300_000_000
        await driven.press("comma")
        await driven.until(lambda: "/4" in driven.status())
        assert not driven.rows()[4].startswith("line 4")
        assert "●" in await driven.press("f")
        await driven.until(lambda: driven.rows()[4].startswith("line 4"))
        journal.close("the end").result()
        making.seal()
        making.clock.ns += 300_000_000
        await driven.press("f")
        await driven.until(lambda: "live" not in driven.status())
        assert "‖" in driven.status()
        assert "f4/5" in driven.status()

    drive(player_of(making.open(journal), clock=making.clock), body, size=(100, 30))


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (40, 12), (80, 24), (200, 60)])
def test_any_size_of_terminal(making: Making, size: tuple[int, int]) -> None:
    async def body(driven: Driven) -> None:
        status = await driven.press("full_stop", "5", "j", "l", "w")
        assert status.startswith("‖")
        assert len(driven.rows()) == size[1]
        assert driven.rows()[-1].startswith("‖")
        await driven.pilot.press("question_mark", "escape", "t", "escape")

    drive(player_of(making.sealed(a_session())), body, size=size)


def test_recorded_markup_and_titles_do_nothing(making: Making) -> None:
    hostile = (
        "[@click=app.quit]here[/] [red]x[/] \x1b]0;[@click=app.quit]t[/]\x07\x1b]52;c;aGk=\x07"
    )
    recording = making.sealed(on_terminal([(SECOND, hostile.encode())]))
    app = player_of(recording)

    async def body(driven: Driven) -> None:
        assert "[@click=app.quit]here[/] [red]x[/]" in driven.text()
        await driven.pilot.click(Stage, offset=(19, 0))
        await driven.pilot.pause()
        assert driven.app.is_running
        assert driven.app.clipboard == ""

    drive(app, body)
    assert app.return_value is None
