from __future__ import annotations

from recorder.screen import Screen
from replay.tui.player_finds import word_at
from replay.tui.player_screen import PlayerScreen
from replay.tui.stage import Stage
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, drive, player_of

SIZE = (140, 30)


def screen_of(driven: Driven) -> PlayerScreen:
    assert isinstance(driven.app.screen, PlayerScreen)
    return driven.app.screen


async def search(driven: Driven, *keys: str) -> str:
    await driven.press("slash", *keys, "enter")
    await driven.until(lambda: not screen_of(driven).searching)
    await driven.settle()
    return driven.status()


def fruit() -> list[tuple[int, bytes]]:
    lines = ["apple pie", "pear", "green apple", "plum", "[@click=app.quit]apple[/] tree"]
    return [(n * SECOND, f"{line}\r\n".encode()) for n, line in enumerate(lines, 1)]


def test_a_search_goes_to_its_first_hit_from_here_and_n_goes_on(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("full_stop")
        status = await search(driven, *"apple")
        assert "+00:00:03" in status
        assert "hit 2/3" in status
        assert "hits 3" in driven.rows()[0]
        assert "hit 3/3" in await driven.press("n")
        assert "hit 1/3" in await driven.press("2", "N")
        assert "no more hits" in await driven.press("N")
        assert "hit 3/3" in await driven.press("2", "n")
        assert driven.app.is_running

    drive(player_of(making.sealed(on_terminal(fruit()))), body, size=SIZE)


def test_hits_are_lit_on_the_stage_and_stand_in_the_list(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await search(driven, *"apple")
        stage = screen_of(driven).query_one(Stage)
        assert "apple pie" in driven.rows()[1].split("│")[-1]
        lit = [
            segment.text
            for segment in stage.render_line(0)
            if segment.style is not None and segment.style.reverse
        ]
        assert lit == ["apple"]
        await driven.press("tab", "end")
        assert "hit 3/3" in await driven.press("enter")
        assert "[@click=app.quit]apple[/]" in driven.text()

    drive(player_of(making.sealed(on_terminal(fruit()))), body, size=SIZE)


def test_of_several_hits_on_one_screen_the_row_is_the_one_gone_to(making: Making) -> None:
    output = [(SECOND, b"apple one\r\napple two\r\napple three"), (3 * SECOND, b"\r\nplum")]

    async def body(driven: Driven) -> None:
        await search(driven, *"apple")
        for number in (1, 2, 3):
            assert f"hit {number}/3" in driven.status()
            assert screen_of(driven).pane_list.rows.cursor == number - 1
            if number < 3:
                await driven.press("n")
        await driven.press("tab", "up", "enter")
        assert "hit 2/3" in driven.status()
        assert screen_of(driven).pane_list.rows.cursor == 1

    drive(player_of(making.sealed(on_terminal(output))), body, size=SIZE)


def test_what_is_no_query_is_said_and_can_be_mended(making: Making) -> None:
    async def body(driven: Driven) -> None:
        await driven.press("slash", "quotation_mark", *"ap", "enter")
        assert driven.status().startswith("GR-")
        assert "never closed" in driven.status()
        await driven.press("quotation_mark", "enter")
        await driven.until(lambda: "hit 1/3" in driven.status())

    drive(player_of(making.sealed(on_terminal(fruit()))), body, size=SIZE)


def test_nothing_found_and_nothing_asked(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert await driven.press("n") == "nothing was searched for: / begins"
        assert await search(driven, *"cherry") == "nothing was found"
        await search(driven, *["backspace"] * 6, *"pear")
        assert "hits 1" in driven.rows()[0]
        await driven.press("slash", *["backspace"] * 4, "enter")
        assert "hits 1" not in driven.rows()[0]
        assert "f1/5" in driven.status()

    drive(player_of(making.sealed(on_terminal(fruit()))), body, size=SIZE)


def test_the_star_searches_the_word_at_the_cursor_or_what_is_selected(making: Making) -> None:
    pieces = [(SECOND, b"one two"), (2 * SECOND, b"\r\ntwo"), (3 * SECOND, b"\r\none")]

    async def body(driven: Driven) -> None:
        await driven.press("asterisk")
        await driven.until(lambda: "hits 2" in driven.rows()[0])
        assert screen_of(driven).query_text == '"two"'
        await driven.press("v", "h", "h", "h", "h", "h", "asterisk")
        await driven.until(lambda: screen_of(driven).query_text == '"e two"')

    drive(player_of(making.sealed(on_terminal(pieces))), body, size=SIZE)


def test_words_under_a_cursor() -> None:
    screen = Screen(20, 2)
    screen.feed("$ rm -rf 日本 x".encode())
    frame = screen.frame()
    assert [word_at(frame, x, 0) for x in (0, 2, 3, 4, 10, 15)] == [
        "$", "rm", "rm", "rm", "日本", "x",
    ]  # fmt: skip
    assert word_at(frame, 19, 0) == ""
    assert word_at(frame, 5, 1) == ""
