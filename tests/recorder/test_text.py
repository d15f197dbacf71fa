"""The lines of a screen, over screens that are fed here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from recorder.screen import Frame, Hidden, Screen
from recorder.text import BRIDGE, LONGEST, MOST_GONE, OVERLAP, PASSED, SHOWN, ChannelText, Seen

S = 1_000_000


class Session:
    """A screen whose text is read; each step is one run, a second after the one before."""

    def __init__(self, cols: int = 20, rows: int = 4) -> None:
        self.screen = Screen(cols, rows)
        self.text = ChannelText(1)
        self.frames: list[tuple[int, Frame]] = []
        self.record = 0
        self.at = 0

    def run(self, *pieces: bytes, later: int = S) -> Session:
        self.record += 1
        self.at += later
        for piece in pieces:
            self.screen.feed(piece)
            self.read()
        self.close()
        return self

    def read(self) -> None:
        self.text.leave(*self.screen.take_left(), self.record)
        notes = self.screen.take_annotations()
        self.text.annotate(notes, self.screen.frame().alternate, self.record, self.at)

    def close(self) -> None:
        frame = self.screen.frame()
        changed = not self.frames or self.frames[-1][1] != frame
        self.text.close(frame, self.record, self.at, changed=changed)
        if changed:
            self.frames.append((self.record, frame))

    def interrupt(self) -> None:
        """Between two records: the screen and the lines go through their stored form."""
        self.read()
        self.text.glimpse(self.screen.frame())
        state = json.loads(json.dumps(self.text.state(self.screen.frame())))
        told = self.text.told
        self.screen = Screen.restore(self.screen.keyframe())
        self.text = ChannelText.restore(1, state, self.screen.frame())
        self.text.told = told

    def told(self) -> list[Seen]:
        self.text.finish()
        return self.text.told


def lines(seen: Iterable[Seen], mark: str = SHOWN) -> list[tuple[str, int, int, int]]:
    return [(s.text, s.first, s.whole, s.last) for s in seen if s.mark == mark]


def test_a_line_that_stays_is_told_once() -> None:
    session = Session().run(b"one\r\n").run(b"two\r\n").run(b"three")
    assert lines(session.told()) == [("one", 1, 1, 3), ("two", 2, 2, 3), ("three", 3, 3, 3)]


def test_a_line_that_moves_is_the_same_line() -> None:
    session = Session(rows=2).run(b"a\r\nb").run(b"\r\nc").run(b"\r\nd")
    assert lines(session.told()) == [("a", 1, 1, 1), ("b", 1, 1, 2), ("c", 2, 2, 3), ("d", 3, 3, 3)]


def test_a_typed_line_is_one_and_says_when_it_was_whole() -> None:
    session = Session().run(b"$ ").run(b"l").run(b"s").run(b"\r\nout\r\n$ ")
    assert lines(session.told()) == [("$ ls", 1, 3, 4), ("out", 4, 4, 4), ("$", 4, 4, 4)]


def test_a_wrapped_line_is_one_with_what_has_left() -> None:
    session = Session(cols=4, rows=2).run(b"abcdefgh").run(b"ij").run(b"k\r\n")
    assert lines(session.told()) == [("abcdefghijk", 1, 3, 3)]


def test_what_left_before_a_frame_showed_it_has_passed() -> None:
    session = Session(rows=2).run(b"a\r\nb\r\nc\r\na\r\nb\r\nlast")
    assert lines(session.told(), PASSED) == [("a\nb\nc", 1, 1, 1)]
    wrapped = Session(cols=4, rows=2).run(b"one\r\nabcdefgh\r\nx\r\ny")
    assert lines(wrapped.told(), PASSED) == [("one", 1, 1, 1), ("abcdefgh", 1, 1, 1)]


def test_a_spinner_is_as_many_lines_as_it_has_faces() -> None:
    session = Session()
    for n in range(100):
        session.run(b"\rwait " + b"|/-\\"[n % 4 : n % 4 + 1], later=100_000)
    assert len(lines(session.told())) == 4


def test_a_line_that_comes_back_late_is_another() -> None:
    session = Session().run(b"a").run(b"\r ", later=BRIDGE // 2).run(b"\ra", later=BRIDGE // 2)
    session.run(b"\r ").run(b"\ra", later=2 * BRIDGE)
    assert lines(session.told()) == [("a", 1, 1, 3), ("a", 5, 5, 5)]


def test_blanks_at_the_edge_are_part_of_the_line() -> None:
    for stop in (False, True):
        session = Session(cols=5, rows=2).run(b"word ")
        if stop:
            session.interrupt()
        assert lines(session.run(b"and more").told())[0][0] == "word and more"


def test_a_clock_is_bounded() -> None:
    session = Session()
    for n in range(3 * MOST_GONE):
        session.run(b"\r%09d" % n, later=1)
    assert len(session.text.state(session.screen.frame())[4]) <= MOST_GONE + 1
    assert len(lines(session.told())) == 3 * MOST_GONE


def test_a_line_without_end_is_told_in_parts() -> None:
    session = Session(cols=100, rows=5)
    for _ in range(3 * LONGEST // 1000):
        session.run(b"0123456789" * 100)
    told = session.told()
    assert max(len(seen.text) for seen in told) <= LONGEST + 100
    assert sum(len(text) for text, *_ in lines(told, PASSED)) > 2 * LONGEST


def test_the_alternate_screen_says_so_and_the_main_one_comes_back() -> None:
    session = Session().run(b"main").run(b"\x1b[?1049h\x1b[Halt").run(b"\x1b[?1049l", later=9 * S)
    told = [(s.text, s.alternate, s.first, s.last) for s in session.told() if s.mark == SHOWN]
    assert told == [("main", False, 1, 1), ("alt", True, 2, 2), ("main", False, 3, 3)]


def test_what_a_terminal_does_not_show_is_marked() -> None:
    session = Session().run(b"\x1b[8mhid\x1b[m pa\xe2\x80\x8bss").run(b"\rgone\r     \r\x1b[2K")
    session.run(b"\x1b]2;title\x07", later=3 * S)
    marked = {(s.mark, s.text) for s in session.told() if s.mark not in (SHOWN, PASSED)}
    assert (Hidden.CONCEALED, "hid") in marked
    assert (Hidden.FORMAT, "pass") in marked
    assert (Hidden.OVERWRITTEN, "gone") in marked
    assert (Hidden.TITLE, "title") in marked


def test_nothing_hides_behind_an_interruption() -> None:
    session = Session()
    session.record, session.at = 1, S
    session.screen.feed(b"secret")
    session.interrupt()
    session.screen.feed(b"\r\x1b[2Kharmless")
    session.read()
    session.close()
    assert lines(session.told(), Hidden.OVERWRITTEN) == [("secret", 1, 1, 1)]


def test_nothing_of_it_is_told_twice_or_not_at_all_when_nothing_follows() -> None:
    session = Session(rows=2).run(b"a\r\nb\r\nc")
    assert session.text.open() == session.text.open()
    assert session.told() == session.text.told


PIECES = [
    b"a",
    b"word ",
    b"\r\n",
    b"\r",
    b"\x1b[H",
    b"\x1b[K",
    b"\x1b[2J",
    b"\x1b[?1049h",
    b"\x1b[?1049l",
    b"\x1b[8mdark\x1b[m",
    "漢字é\u0301".encode(),
    b"x" * 25,
    b"\x1b[2S",
    b"l1\r\nl2\r\nl3\r\nl4\r\nl5\r\n",
    b"z\xe2\x80\x8by",
]
runs = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=4), st.sampled_from([1, S, 3 * S])
    ),
    max_size=12,
)


@given(runs)
def test_every_line_of_every_frame_is_told_for_that_frame(
    drawn: list[tuple[list[bytes], int]],
) -> None:
    session = Session(cols=10, rows=3)
    for pieces, later in drawn:
        session.run(*pieces, later=later)
    told = [seen for seen in session.told() if seen.mark == SHOWN]
    for record, frame in session.frames:
        there = [s for s in told if s.first <= record <= s.last and s.alternate == frame.alternate]
        for y in range(frame.rows):
            row = frame.text(y).strip()
            assert not row or any(row in seen.text for seen in there)
            exact = [seen for seen in there if seen.text == row]
            assert not exact or any(seen.whole <= record for seen in exact)
    for seen in told:
        assert seen.first <= seen.whole <= seen.last


@given(runs, st.data())
def test_it_does_not_depend_on_where_bytes_are_cut(
    drawn: list[tuple[list[bytes], int]], data: st.DataObject
) -> None:
    whole, pieces = Session(cols=10, rows=3), Session(cols=10, rows=3)
    for run, later in drawn:
        content = b"".join(run)
        whole.run(content, later=later)
        cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=3).map(sorted))
        parts = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
        pieces.record, pieces.at = whole.record, whole.at
        for part in parts:
            pieces.screen.feed(part)
        pieces.read()
        pieces.close()
    assert pieces.told() == whole.told()


@given(runs, st.sets(st.integers(0, 12)))
def test_it_does_not_depend_on_where_it_was_interrupted(
    drawn: list[tuple[list[bytes], int]], kills: set[int]
) -> None:
    straight, interrupted = Session(cols=10, rows=3), Session(cols=10, rows=3)
    for number, (run, later) in enumerate(drawn):
        straight.run(*run, later=later)
        interrupted.run(*run, later=later)
        if number in kills:
            interrupted.interrupt()
    assert _sorted(interrupted.told()) == _sorted(straight.told())


@given(runs)
def test_interrupted_in_the_middle_of_a_run_the_lines_are_the_same(
    drawn: Sequence[tuple[list[bytes], int]],
) -> None:
    straight, interrupted = Session(cols=10, rows=3), Session(cols=10, rows=3)
    for run, later in drawn:
        straight.run(*run, later=later)
        interrupted.record += 1
        interrupted.at += later
        for piece in run:
            interrupted.screen.feed(piece)
            interrupted.interrupt()
        interrupted.close()
    shown, expected = (lines(session.told()) for session in (interrupted, straight))
    assert shown == expected


def _sorted(told: list[Seen]) -> list[Seen]:
    return sorted(told)


@given(st.sampled_from([16, 64, 100, 128, 200]), st.integers(2, 60), st.integers(1, 3))
def test_no_word_of_a_long_line_is_cut_in_two(cols: int, rows: int, pieces: int) -> None:
    words = [f"w{n:05}" for n in range(1500)]
    text = ".".join(words).encode()
    session = Session(cols=cols, rows=rows)
    step = len(text) // pieces + 1
    for start in range(0, len(text), step):
        session.run(text[start : start + step])
    told = session.told()
    parts = [part for seen in told for part in seen.text.split("\n")]
    assert max(map(len, parts)) <= LONGEST + OVERLAP + 2 * cols
    there = {word for part in parts for word in part.split(".")}
    assert there.issuperset(words)


def test_a_line_that_grew_elsewhere_says_where_all_of_it_stood() -> None:
    session = Session(rows=4).run(b"a\r\nb\r\n$").run(b"\x1b[2J\x1b[H$").run(b" ls")
    (row,) = (seen.row for seen in session.told() if seen.text == "$ ls")
    assert row == 0
