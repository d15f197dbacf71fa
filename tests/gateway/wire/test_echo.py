"""What is disclosed of typed bytes, and above all what is not (SSH-19)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.wire.echo import (
    LINE_LIMIT,
    OUTSTANDING_LIMIT,
    PATIENCE,
    SCAN_LIMIT,
    EchoWatch,
    Fate,
)

K, O, T = "typed", "shown", "tick"  # noqa: E741 - columns of the tables below
Step = tuple[str, bytes | int]


def play(steps: list[Step], *, bytewise: bool = False) -> list[Fate]:
    """Fates in order; neighbouring counts are one. A tick's number is the time."""
    watch = EchoWatch()
    fates: list[Fate] = []
    for what, value in steps:
        if isinstance(value, int):
            fates += watch.tick(value)
            continue
        for piece in [bytes((byte,)) for byte in value] if bytewise else [value]:
            fates += watch.typed(piece, 0) if what == K else watch.output(piece)
    return joined(fates + watch.end())


def joined(fates: list[Fate]) -> list[Fate]:
    out: list[Fate] = []
    for fate in fates:
        last = out[-1] if out else b""
        if isinstance(fate, int) and isinstance(last, int):
            out[-1] = last + fate
        else:
            out.append(fate)
    return out


def keys(text: bytes, echo: bytes | None = None) -> list[Step]:
    """Typed one by one, each echoed before the next."""
    steps: list[Step] = []
    for index, byte in enumerate(text):
        one = bytes((byte,))
        steps.append((K, one))
        if echo is None or index < len(echo):
            steps.append((O, one if echo is None else echo[index : index + 1]))
    return steps


ENTER: list[Step] = [(K, b"\r"), (O, b"\r\n")]

DISCLOSED: dict[str, tuple[list[Step], list[Fate]]] = {
    "a command, key by key": ([*keys(b"ls -l"), *ENTER], [b"ls -l\r"]),
    "a command in one piece": ([(K, b"ls\r"), (O, b"ls\r\nfile\r\n$ ")], [b"ls\r"]),
    "the prompt comes first": ([(O, b"$ "), *keys(b"ls"), *ENTER], [b"ls\r"]),
    "colours between": ([(K, b"ls"), (O, b"\x1b[1ml\x1b[0m\x1b[4ms\x1b[m"), *ENTER], [b"ls\r"]),
    "two lines": (
        [*keys(b"a"), *ENTER, (O, b"out\r\n$ "), *keys(b"b"), *ENTER],
        [b"a\r", b"b\r"],
    ),
    "lines pasted": ([(K, b"a b\r\rc\r"), (O, b"a b\r\n\r\nc\r\n")], [b"a b\r", b"\r", b"c\r"]),
    "lines pasted, cursor moves": (
        [(K, b"a\rb\r"), (O, b"a\x1b[2;1Hb\x1b[3;1H")],
        [b"a\r", b"b\r"],
    ),
    "corrected with backspace": (
        [*keys(b"lx"), (K, b"\x7f"), (O, b"\x08 \x08"), *keys(b"s"), *ENTER],
        [b"lx\x7fs\r"],
    ),
    "completed with tab": (
        [*keys(b"ca"), (K, b"\t"), (O, b"t file "), *keys(b"x"), *ENTER],
        [b"ca\tx\r"],
    ),
    "wrapped at the margin": ([*keys(b"ab"), (O, b" \r"), *keys(b"cd"), *ENTER], [b"abcd\r"]),
    "a suggestion behind it": (
        [(K, b"l"), (O, b"l\x1b[90ms -la\x1b[m\x1b[6D"), (K, b"s"), (O, b"s"), *ENTER],
        [b"ls\r"],
    ),
    "a ruler elsewhere": (
        [(K, b"a"), (O, b"a\x1b[24;63H1,2\x1b[1;2H"), (K, b"b"), (O, b"b"), *ENTER],
        [b"ab\r"],
    ),
    "UTF-8": (
        [(K, "grün 日本\r".encode()), (O, "grün 日本\r\n".encode())],
        ["grün 日本\r".encode()],
    ),
    "only Enter": ([(K, b"\r"), (O, b"\r\n$ ")], [b"\r"]),
    "interrupted": ([*keys(b"slee"), (K, b"\x03"), (O, b"^C\r\n$ ")], [b"slee\x03"]),
    "killed and typed anew": (
        [*keys(b"no"), (K, b"\x15"), (O, b"\r\x1b[K$ "), *keys(b"ls"), *ENTER],
        [b"no\x15", b"ls\r"],
    ),
    "type-ahead that the terminal echoed at once": (
        [(K, b"ls\r"), (O, b"ls\r\n"), (O, b"done\r\n$ ls\r\nfile\r\n")],
        [b"ls\r"],
    ),
    "the next line before the last Enter's echo": (
        [*keys(b"a"), (K, b"\r"), (K, b"b"), (O, b"\r\nb"), *ENTER],
        [b"a\r", b"b\r"],
    ),
}

WITHHELD: dict[str, tuple[list[Step], list[Fate]]] = {
    "a bracketed paste": (
        [(K, b"\x1b[200~ls\x1b[201~"), (O, b"\x1b[7mls\x1b[27m"), (K, b"\r"), (O, b"\x08\x08ls")],
        [15],
    ),
    "edited in the middle": (
        [
            *keys(b"eho"),
            (K, b"\x1b[D\x1b[D"),
            (O, b"\x08\x08"),
            (K, b"c"),
            (O, b"cho\x08\x08"),
            *ENTER,
        ],
        [11],
    ),
    "a secret that would end a key": (
        [*keys(b"ls"), (K, b"\x1b"), (O, b"\r\nPassword: "), (K, b"S"), *ENTER],
        [5],
    ),
    "a secret that would be a key's numbers": (
        [*keys(b"ls"), (K, b"\x1b[1"), (O, b"\r\nPIN: "), (K, b"234;9~"), *ENTER],
        [12],
    ),
    "no echo": ([(O, b"Password: "), *keys(b"hunter2", b""), *ENTER], [8]),
    "no echo, in one piece": ([(K, b"hunter2\r"), (O, b"\r\n$ ")], [8]),
    "no echo, no line end": ([*keys(b"hunter2", b""), (K, b"\r"), (O, b"Welcome\r\n")], [8]),
    "no echo, nothing at all": ([*keys(b"hunter2", b""), (K, b"\r"), (T, PATIENCE)], [8]),
    "stars": ([*keys(b"hunter2", b"*******"), *ENTER], [8]),
    "a star in front": ([*keys(b"*unter2", b"*******"), *ENTER], [8]),
    "stars, then a star typed": ([*keys(b"a**", b"***"), *ENTER], [4]),
    "one character": ([(O, b"Password: "), (K, b"s"), *ENTER, (O, b"sorry\r\n")], [2]),
    "one character, and the answer begins with it": ([(K, b"s\r"), (O, b"sorry\r\n")], [2]),
    "one character, and the answer is near": ([(K, b"s"), (O, b"sorry"), (K, b"\r")], [2]),
    "one character, silence": ([(K, b"s\r"), (O, b"s"), (T, PATIENCE)], [2]),
    "a PIN beside a countdown": (
        [(K, b"5"), (O, b"\r59 s "), (K, b"8"), (O, b"\r58 s "), *ENTER],
        [3],
    ),
    "echoed late, by the answer": ([(K, b"pw\r"), (O, b"\r\nyou said pw\r\n")], [3]),
    "echo too late": ([(K, b"pw\r"), (T, PATIENCE), (O, b"pw\r\n")], [3]),
    "half of it echoed": ([*keys(b"hun"), *keys(b"ter2", b""), *ENTER], [8]),
    "the last missing": ([*keys(b"hunter"), (K, b"2"), *ENTER], [8]),
    "typed ahead of the prompt": ([(K, b"hunter2\r"), (O, b"Password: \r\n")], [8]),
    "several lines, none echoed": ([(K, b"a1\rb2\rc3\r"), (O, b"\r\n\r\n\r\n")], [9]),
    "out of step after a mismatch": ([(K, b"xy\rls\r"), (O, b"\r\nls\r\n")], [6]),
    "a control byte in it": ([*keys(b"hun\x01ter", b""), *ENTER], [8]),
    "an interrupt in it": ([*keys(b"hun\x03ter2", b""), *ENTER], [9]),
    "killed and typed anew": ([*keys(b"wrong\x15right", b""), *ENTER], [12]),
    "only control bytes": ([(K, b"\x01\x02\x0e\r"), (O, b"\r\n")], [4]),
    "only arrows": ([(K, b"\x1b[A\x1b[B\r"), (O, b"\r\n")], [7]),
    "disguised as a key": ([(K, b"\x1b[s\x1bOe\x1bc\r"), (O, b"\r\n")], [9]),
    "disguised as a long key": (
        [*keys(b"x"), (K, b"\x1b[" + b"1" * 30 + b"~"), *ENTER],
        [35],
    ),
    "a key that never ends": ([*keys(b"x"), (K, b"\x1b[12"), *ENTER], [6]),
    "disguised as a control string": ([*keys(b"x"), (K, b"\x1bPsecret"), *ENTER], [10]),
    "a terminal's own answer": ([(K, b"\x1b]11;rgb:00/00/00\x07"), (O, b"$ ")], [18]),
    "a key for a full-screen program": ([(K, b"j"), (O, b"\x1b[24;1Hnext line")], [1]),
    "never ended": ([*keys(b"ls")], [2]),
}


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize("case", [*DISCLOSED, *WITHHELD])
def test_table(case: str, bytewise: bool) -> None:
    steps, expected = (DISCLOSED | WITHHELD)[case]
    assert play(steps, bytewise=bytewise) == expected


def test_a_line_after_a_withheld_one_is_disclosed_again() -> None:
    steps = [(O, b"Password: "), (K, b"hunter2\r"), (O, b"\r\n$ "), *keys(b"ls"), *ENTER]
    assert play(steps) == [8, b"ls\r"]


def test_a_decision_is_made_when_it_can_be_and_not_before() -> None:
    watch = EchoWatch()
    wanted: list[tuple[list[Fate], list[Fate], int | None]] = [
        (watch.typed(b"ls", 10), [], watch.wake),
        (watch.output(b"ls"), [], watch.wake),
        (watch.typed(b"\r", 20), [b"ls\r"], watch.wake),
        (watch.output(b"\r\n$ "), [], watch.wake),
        (watch.typed(b"pw\r", 30), [], watch.wake),
        (watch.tick(30 + PATIENCE - 1), [], watch.wake),
        (watch.tick(30 + PATIENCE), [3], watch.wake),
        (watch.end(), [], watch.wake),
    ]
    assert all(fates == expected for fates, expected, _ in wanted)
    due = 30 + PATIENCE
    assert [wake for _, _, wake in wanted] == [None, None, None, None, due, due, None, None]


def test_a_long_line_is_withheld_and_the_next_is_not() -> None:
    text = b"x" * LINE_LIMIT
    steps: list[Step] = [(K, text), (O, text), *ENTER, *keys(b"ls"), *ENTER]
    assert play(steps) == [LINE_LIMIT + 1, b"ls\r"]
    shorter: list[Step] = [(K, text[1:]), (O, text[1:]), *ENTER]
    assert play(shorter) == [text[1:] + b"\r"]


def test_an_endless_line_is_accounted_for_on_the_way() -> None:
    watch = EchoWatch()
    fates: list[Fate] = []
    for _ in range(10):
        fates += watch.typed(b"j" * LINE_LIMIT, 0)
    assert sum(fate for fate in fates if isinstance(fate, int)) >= 9 * LINE_LIMIT


def test_too_much_outstanding_is_withheld() -> None:
    line = b"x" * 100 + b"\r"
    watch = EchoWatch()
    count = OUTSTANDING_LIMIT // len(line) + 2
    fates = [fate for _ in range(count) for fate in watch.typed(line, 0)]
    assert fates
    assert isinstance(fates[0], int)
    assert fates[0] > OUTSTANDING_LIMIT - len(line)


def test_an_echo_is_not_awaited_behind_a_flood_without_text() -> None:
    flood = b"\x1b[m" * (SCAN_LIMIT // 3 + 1)
    assert play([(K, b"x"), (O, flood), (O, b"x"), *ENTER]) == [2]
    # Where nothing was awaited the flood changes nothing.
    assert play([(K, b"\r"), (O, flood), *keys(b"x"), *ENTER]) == [b"\r", b"x\r"]


def test_what_was_withheld_is_forgotten_at_once() -> None:
    watch = EchoWatch()
    watch.output(b"Password: ")
    watch.typed(b"hun", 0)
    watch.output(b"*")
    watch.typed(b"ter2", 0)
    assert all(not line.typed and not line.expected for line in watch._lines)


def test_bulk_while_a_line_is_begun_is_not_parsed() -> None:
    """The cost of output is a search, once nothing is awaited: 64 MB in well under a minute."""
    watch = EchoWatch()
    watch.typed(b"l", 0)
    watch.output(b"l")
    for _ in range(64):
        watch.output(b"\x1b[32m0123456789abcdef\x1b[0m\r\n" * 37_449)
    assert watch.typed(b"\r", 0) == [b"l\r"]


# -- properties ------------------------------------------------------------------------------------

# Few symbols, so that echoes and near misses happen all the time.
typed_bytes = st.lists(
    st.sampled_from([b"a", b"b", b" ", b"\r", b"\n", b"\x03", b"\x7f", b"\t", b"\x1b", b"[", b"A"])
    | st.binary(min_size=1, max_size=3),
    max_size=8,
).map(b"".join)
shown_bytes = st.lists(
    st.sampled_from(
        [b"a", b"b", b" ", b"\r\n", b"\r", b"\n", b"\x1b[m", b"\x1b]0;", b"\x07", b"\x08"]
    )
    | st.binary(min_size=1, max_size=3),
    max_size=8,
).map(b"".join)
steps = st.lists(
    st.tuples(st.just(K), typed_bytes)
    | st.tuples(st.just(O), shown_bytes)
    | st.tuples(st.just(T), st.sampled_from([0, PATIENCE])),
    max_size=20,
)


@given(steps)
def test_every_typed_byte_has_one_fate_in_order(script: list[Step]) -> None:
    typed = b"".join(value for what, value in script if what == K and isinstance(value, bytes))
    position = 0
    for fate in play(script):
        if isinstance(fate, int):
            assert fate > 0
            position += fate
        else:
            assert typed[position : position + len(fate)] == fate
            position += len(fate)
    assert position == len(typed)


@given(steps)
def test_pieces_decide_nothing(script: list[Step]) -> None:
    """P4, for this part of the relay."""
    assert play(script) == play(script, bytewise=True)


@given(
    st.lists(st.sampled_from(b"SECRT"), min_size=1, max_size=12).map(bytes),
    st.lists(st.binary(max_size=12), max_size=8),
    st.booleans(),
)
def test_a_byte_that_is_not_shown_is_not_disclosed(
    secret: bytes, shown: list[bytes], at_once: bool
) -> None:
    """Whatever else the target sends: without the first byte of the secret, nothing of it."""
    quiet = [each.translate(None, delete=secret[:1]) for each in shown]
    script: list[Step] = [(K, secret + b"\r")] if at_once else []
    for index, each in enumerate(quiet):
        if not at_once:
            script.append((K, secret[index : index + 1]))
        script.append((O, each))
    if not at_once:
        script.append((K, secret[len(quiet) :] + b"\r"))
    script += [(O, b"\r\n"), (T, PATIENCE)]
    for fate in play(script):
        assert isinstance(fate, int) or not set(fate) & set(secret)


@given(
    st.lists(st.sampled_from("abc ü日-"), min_size=1, max_size=30).map("".join),
    st.lists(
        st.sampled_from([b"", b"\x1b[1m", b"\x1b[0m", b"\x1b]0;t\x07", b"\x08\x1b[C"]), min_size=1
    ),
)
def test_a_line_that_is_echoed_is_disclosed(text: str, decoration: list[bytes]) -> None:
    data = text.encode()
    assume(len(data) < LINE_LIMIT)
    script: list[Step] = [(O, b"$ ")]
    for index, byte in enumerate(data):
        script.append((K, bytes((byte,))))
        script.append((O, decoration[index % len(decoration)] + bytes((byte,))))
    script += ENTER
    assert play(script) == [data + b"\r"]


@given(st.lists(st.binary(max_size=40), max_size=20), st.lists(st.booleans(), max_size=20))
def test_no_bytes_at_all_can_hurt(pieces: list[bytes], typed: list[bool]) -> None:
    watch = EchoWatch()
    total = 0
    fates: list[Fate] = []
    for piece, is_typed in zip(pieces, typed, strict=False):
        total += len(piece) if is_typed else 0
        fates += watch.typed(piece, 0) if is_typed else watch.output(piece)
    fates += watch.end()
    assert sum(fate if isinstance(fate, int) else len(fate) for fate in fates) == total
