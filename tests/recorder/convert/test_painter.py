"""Frames as pictures: where ink is, in which colours, and that painting on equals painting anew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from recorder.convert.looks import BACKGROUND, FOREGROUND
from recorder.convert.painter import PIXELS, SIDE, Painter
from recorder.screen import Frame, Screen

W, H = 9, 18
PAPER, INK = (0x14, 0x17, 0x1C), (0xD4, 0xD7, 0xDD)


def frame_of(data: bytes, cols: int = 20, rows: int = 3) -> Frame:
    screen = Screen(cols, rows)
    screen.feed(b"\x1b[?25l" + data)
    return screen.frame()


def painted(frame: Frame) -> Image.Image:
    painter = Painter(frame.cols, frame.rows)
    painter.paint(frame)
    return painter.image


def cell(image: Image.Image, x: int, y: int = 0, columns: int = 1) -> Image.Image:
    return image.crop((x * W, y * H, (x + columns) * W, (y + 1) * H))


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _, colour in image.getcolors(1 << 16) or [] if isinstance(colour, tuple)}


def test_a_blank_screen_is_paper() -> None:
    assert BACKGROUND == "#14171c"
    assert FOREGROUND == "#d4d7dd"
    assert colours(painted(frame_of(b""))) == {PAPER}


def test_text_is_ink_in_its_cell() -> None:
    image = painted(frame_of(b"\x1b[2;4HX"))
    assert image.size == (20 * W, 3 * H + 3 * H % 2)
    assert INK in colours(cell(image, 3, 1))
    image.paste(PAPER, (3 * W, H, 4 * W, 2 * H))
    assert colours(image) == {PAPER}


@pytest.mark.parametrize(
    ("sequence", "ink", "paper"),
    [
        (b"\x1b[31m", (0xCD, 0x31, 0x31), PAPER),
        (b"\x1b[38;5;196m", (255, 0, 0), PAPER),
        (b"\x1b[38;2;1;2;3;48;2;250;251;252m", (1, 2, 3), (250, 251, 252)),
        (b"\x1b[7m", PAPER, INK),
        (b"\x1b[7;31m", PAPER, (0xCD, 0x31, 0x31)),
        (b"\x1b[42m", INK, (0x0D, 0xBC, 0x79)),
    ],
)
def test_colours(sequence: bytes, ink: tuple[int, ...], paper: tuple[int, ...]) -> None:
    seen = colours(cell(painted(frame_of(sequence + "█▄".encode())), 1))
    assert seen == {ink, paper}


def test_attributes() -> None:
    plain = cell(painted(frame_of(b"H")), 0)

    def styled(codes: str) -> Image.Image:
        return cell(painted(frame_of(f"\x1b[{codes}mH".encode())), 0)

    looks = {codes: styled(codes).tobytes() for codes in
             ("1", "3", "1;3", "4", "4:2", "4:3", "4:4", "4:5", "9", "53", "2", "7")}  # fmt: skip
    assert len({*looks.values(), plain.tobytes()}) == len(looks) + 1
    assert styled("8").tobytes() == cell(painted(frame_of(b"")), 0).tobytes()
    assert styled("5").tobytes() == plain.tobytes()
    assert max(colours(styled("2"))) < INK
    assert INK in colours(cell(painted(frame_of(b"\x1b[4m \x1b[m")), 0))
    lines = {"4": (16,), "4:2": (15, 17), "9": (9,), "53": (0,)}
    for codes, rows in lines.items():
        image = cell(painted(frame_of(f"\x1b[{codes}m ".encode())), 0)
        assert [y for y in range(H) if image.getpixel((4, y)) == INK] == list(rows), codes


def test_a_wide_character_takes_two_columns() -> None:
    image = painted(frame_of("漢x".encode()))
    assert INK in colours(cell(image, 2))
    assert len(colours(cell(image, 0))) > 1
    assert len(colours(cell(image, 1))) > 1


def test_the_cursor_is_a_block_with_its_character_in_it() -> None:
    hidden = painted(frame_of(b"Hi\x1b[H"))
    shown = painted(frame_of(b"Hi\x1b[H\x1b[?25h"))
    assert cell(shown, 0).getpixel((0, 0)) == INK
    assert PAPER in colours(cell(shown, 0))
    assert cell(shown, 1).tobytes() == cell(hidden, 1).tobytes()
    concealed = painted(frame_of(b"\x1b[8mH\x1b[H\x1b[?25h"))
    assert colours(cell(concealed, 0)) == {INK}


def test_nothing_changes_nothing() -> None:
    painter = Painter(20, 3)
    assert painter.paint(frame_of(b"a")) == (0, 0, 180, 3 * H)
    assert painter.paint(frame_of(b"a")) is None
    assert painter.paint(frame_of(b"a\r\nb")) == (0, H, 180, 2 * H)


@settings(max_examples=30)
@given(
    st.lists(st.binary(max_size=60) | st.tuples(st.integers(1, 12), st.integers(1, 4)), max_size=6)
)
def test_painting_on_is_painting_anew(pieces: list[bytes | tuple[int, int]]) -> None:
    painter = Painter(12, 4)
    screen = Screen(12, 4)
    for piece in pieces:
        if isinstance(piece, bytes):
            screen.feed(piece)
        else:
            screen.resize(*piece)
        painter.paint(screen.frame())
        anew = Painter(12, 4)
        anew.paint(screen.frame())
        assert painter.image.tobytes() == anew.image.tobytes()


@pytest.mark.parametrize("size", [(1000, 1000), (1000, 1), (1, 1000), (1, 1)])
def test_a_picture_is_bounded_and_even(size: tuple[int, int]) -> None:
    image = Painter(*size, 96).image
    assert image.width * image.height <= PIXELS
    assert max(image.size) <= SIDE
    assert (image.width % 2, image.height % 2) == (0, 0)
