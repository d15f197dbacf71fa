"""What holds for any bytes: no exception, no odd shape, no dependence on splits, restore = feed."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from recorder.screen import Frame, Screen, ScreenStateError

FINALS = "@ABCDEFGHIJKLMPSTXZ`abdefghlmnpqrstu"
NUMBERS = ["", "0", "1", "2", "3", "5", "7", "12", "24", "38", "48", "999", "2147483648", "4:3"]
PIECES = [
    b"\r\n", b"\n", b"\r", b"\b", b"\t", b"\x0b", b"\x0e", b"\x0f", b"\x00", b"\x7f", b"\x18",
    b"\x1b", b"\x1b[", b"\x1b]0;", b"\x07", b"\x1b\\", b"\x1bP", b"\x1b_", b"\x1b7", b"\x1b8",
    b"\x1bD", b"\x1bE", b"\x1bM", b"\x1bH", b"\x1bc", b"\x1b(0", b"\x1b)0", b"\x1b(B", b"\x1b#8",
    b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?47h", b"\x1b[?47l", b"\x1b[4h", b"\x1b[4l",
    b"\x1b[20h", b"\x1b[?6h", b"\x1b[?6l", b"\x1b[?7l", b"\x1b[?7h", b"\x1b[?45h", b"\x1b[?25l",
    b"\x1b[?2026h", b"\x1b[?2026l", b"\x1b[!p", b"\x1b[2;4r", b"\x1b[r", b"\x1b[3'}", b"\x1b[2'~",
    b"\x1b[2 @", b"\x1b[2 A", b"\x1b[1\"q", b"\x1b[0\"q", b"\x1b[?J", b"\x1b[?1K", b"\xc2\x9b",
    b"\xc2\x85", b"\xc2\x9d", b"\x1b[38;2;1;2;3m", b"\x1b[48;5;17m", b"\x1b[38:2::9:8:7m",
    "日本語".encode(), "e\u0301".encode(), "\u0301".encode(), "\u200b".encode(), "👩‍💻".encode(),
    "\ufeff".encode(), "\U00050000".encode(), "\U000e0041".encode(), b"\xff", b"\xe6\x97", b"\xf0",
]  # fmt: skip


@st.composite
def sequences(draw: st.DrawFn) -> bytes:
    prefix = draw(st.sampled_from(["", "", "", "?", ">"]))
    numbers = draw(st.lists(st.sampled_from(NUMBERS), max_size=4))
    middle = draw(st.sampled_from(["", "", "", "", " ", "$", "'", "\n", "\x18"]))
    return f"\x1b[{prefix}{';'.join(numbers)}{middle}{draw(st.sampled_from(FINALS))}".encode()


TEXTS = st.text(st.sampled_from("abcXYZ 0123~lqkx日€é"), min_size=1, max_size=30).map(str.encode)
OUTPUT = st.lists(
    st.one_of(TEXTS, st.sampled_from(PIECES), sequences(), st.binary(max_size=6)), max_size=40
).map(b"".join)
SIZES = st.tuples(st.integers(1, 30), st.integers(1, 12))


def check_shape(screen: Screen) -> Frame:
    frame = screen.frame()
    assert (frame.cols, frame.rows) == (screen.cols, screen.rows)
    assert 0 <= frame.cursor.x < frame.cols
    assert 0 <= frame.cursor.y < frame.rows
    for y in range(frame.rows):
        cells = frame.row(y)
        assert len(cells) == frame.cols
        before = 1
        for cell in cells:
            assert cell.width in (0, 1, 2)
            assert (cell.text == "") == (cell.width == 0)
            assert (cell.width == 0) == (before == 2), cells
            assert not any(char < " " or "\x7f" <= char < "\xa0" for char in cell.text)
            before = cell.width
        assert before != 2
        assert sum(run.columns for run in frame.runs(y)) == frame.cols
        assert "".join(cell.text for cell in cells).rstrip(" ") == frame.text(y)
        assert "".join(run.text for run in frame.runs(y)).rstrip(" ") == frame.text(y)
    return frame


@given(OUTPUT, SIZES, st.lists(st.tuples(OUTPUT, SIZES), max_size=3))
@settings(max_examples=120, deadline=None)
@example(b"\x1b[3;1r\x1b[0;0f\x1b[?6h", (1, 1), [])
def test_any_bytes_at_any_size(
    first: bytes, size: tuple[int, int], more: list[tuple[bytes, tuple[int, int]]]
) -> None:
    screen = Screen(*size)
    screen.feed(first)
    check_shape(screen)
    for data, new_size in more:
        screen.resize(*new_size)
        check_shape(screen)
        screen.feed(data)
        check_shape(screen)


@given(OUTPUT, SIZES)
@settings(max_examples=120, deadline=None)
@example(b"c\x1b[b", (4, 2))
@example(b"c\x1bPx\xc2\x9c\x1b[b", (4, 2))
@example("c\x1bPx\x1b\\u0301e\x9c\u0301e\x7f\u0301e\x1b\xe9\u0301".encode(), (9, 2))
def test_splits_change_nothing(data: bytes, size: tuple[int, int]) -> None:
    whole, bytewise = Screen(*size), Screen(*size)
    whole.feed(data)
    for at in range(len(data)):
        bytewise.feed(data[at : at + 1])
    assert whole.keyframe() == bytewise.keyframe()
    assert whole.frame() == bytewise.frame()
    assert whole.take_scrolled() == bytewise.take_scrolled()


@given(OUTPUT, OUTPUT, SIZES, SIZES, st.booleans())
@settings(max_examples=120, deadline=None)
def test_restore_then_feed_equals_feed(
    before: bytes, after: bytes, size: tuple[int, int], resized: tuple[int, int], resize: bool
) -> None:
    live = Screen(*size)
    live.feed(before)
    if resize:
        live.resize(*resized)
    state = live.keyframe()
    restored = Screen.restore(state)
    assert restored.keyframe() == state
    assert restored.frame() == live.frame()
    assert restored.busy == live.busy
    live.feed(after)
    restored.feed(after)
    assert restored.keyframe() == live.keyframe()
    restored.resize(*size)
    live.resize(*size)
    assert restored.frame() == live.frame()
    assert restored.keyframe() == live.keyframe()


@given(OUTPUT, OUTPUT)
@settings(max_examples=80, deadline=None)
def test_visible_version_tells_every_change(before: bytes, after: bytes) -> None:
    screen = Screen(20, 6)
    screen.feed(before)
    version, frame = screen.visible_version, screen.frame()
    screen.feed(after)
    again = screen.frame()
    assert (screen.visible_version == version) == (again == frame)
    changed = again.changed_rows(frame)
    assert changed == {
        y for y in range(6) if again.row(y) != frame.row(y) or again.wrapped(y) != frame.wrapped(y)
    }
    fresh = Screen(20, 6)
    fresh.feed(before + after)
    assert fresh.frame() == again


@given(OUTPUT, st.data())
@settings(max_examples=80, deadline=None)
def test_damaged_state_raises_one_error(data: bytes, choice: st.DataObject) -> None:
    screen = Screen(12, 4)
    screen.feed(data)
    state = bytearray(screen.keyframe())
    for _ in range(choice.draw(st.integers(1, 4))):
        at = choice.draw(st.integers(0, len(state) - 1))
        state[at] = choice.draw(st.sampled_from(b'0179-,[]{}"\\\x7f\x1bn') | st.integers(0, 255))
    try:
        restored = Screen.restore(bytes(state))
    except ScreenStateError:
        return
    check = restored.frame()
    assert check.rows == restored.rows
    restored.feed(data)
    restored.resize(7, 3)
    restored.keyframe()
    for y in range(restored.rows):
        for cell in restored.frame().row(y):
            assert not any(char < " " for char in cell.text)


@given(st.binary(max_size=200))
def test_garbage_is_no_state(data: bytes) -> None:
    try:
        Screen.restore(data)
    except ScreenStateError:
        return
    raise AssertionError("garbage was taken")
