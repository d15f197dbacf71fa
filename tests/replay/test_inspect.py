from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.events import Decided, Event, Input, Output, TargetReached, Unknown
from recorder.format import Packed
from recorder.screen import Annotation, Hidden
from replay.inspect import MOST_BYTES, Line, Part, event_name, hex_lines, inspect
from replay.invisible import hidden


def packed(number: int, event: Event) -> Packed:
    return Packed(number, event.at, 0, b"", event)


def shown(*events: Event, width: int = 80, more: int = 0) -> list[Line]:
    records = [packed(number, event) for number, event in enumerate(events, 7)]
    return inspect(records, {}, [], 0, width=width, more=more)


def test_an_event_is_a_head_its_facts_its_escapes_and_its_bytes() -> None:
    lines = shown(Output(723_482_000, 1, b"\x1b[1mhi\r\n"))
    assert lines == [
        Line(Part.HEAD, "#e7  output", "+00:12:03.482000  channel 1  8 bytes"),
        Line(Part.FACT, "wall".ljust(24), "1970-01-01T00:12:03.482000Z"),
        Line(Part.FACT, "code".ljust(24), "o"),
        Line(Part.SEQUENCE, "␛[1m".ljust(24), "bold"),
        Line(Part.TEXT, "“hi”"),
        Line(Part.CONTROL, "␍␊".ljust(24), "new line"),
        Line(Part.HEX, "000000", f"{'1b 5b 31 6d 68 69 0d 0a':<49} ␛[1mhi␍␊"),
    ]


def test_every_fact_is_told_by_its_path() -> None:
    facts = {"address": "192.0.2.1", "key": {"kind": "ed25519"}, "rules": ["a", "b"]}
    text = [f"{line.left.strip()}={line.right}" for line in shown(TargetReached(5, 0, facts))]
    assert "facts.address=192.0.2.1" in text
    assert "facts.key.kind=ed25519" in text
    assert "facts.rules=a, b" in text


def test_keys_are_told_as_keys() -> None:
    lines = shown(Input(5, 1, b"\x1b[A\r"))
    assert [line.right for line in lines if line.part in (Part.SEQUENCE, Part.CONTROL)] == [
        "up",
        "enter",
    ]


def test_what_is_hidden_comes_first_with_the_reason() -> None:
    note = Annotation(Hidden.FORMAT, "pass\u202eword", "U+202E", 4)
    lines = inspect([], {}, [note], 0, width=80)
    assert lines == [
        Line(Part.HEAD, "not to be seen on this screen", "1"),
        Line(Part.HIDDEN, "format".ljust(24), "row 5: pass⟦RLO⟧word  (U+202E)"),
    ]


def test_what_is_too_much_is_counted() -> None:
    lines = shown(Output(5, 1, b"x" * (MOST_BYTES + 10)), more=3)
    assert lines[-2:] == [
        Line(Part.FACT, "", "… and 10 bytes more"),
        Line(Part.FACT, "", "… and 3 events more: `.` goes on"),
    ]


def test_an_event_of_a_later_version_is_shown_as_it_came() -> None:
    assert event_name("ev\x1bil") == "ev␛il"
    lines = shown(Unknown(5, 0, "later", ["x\x1b[m", b"\xff"]))
    assert lines[0].left == "#e7  later"
    assert any("x␛[m" in line.right for line in lines)


def test_hex_in_eight_or_sixteen_columns() -> None:
    data = bytes(range(0x1B, 0x1B + 18))
    wide = list(hex_lines(data, 16))
    assert wide[0].right.startswith("1b 1c 1d 1e 1f 20 21 22  23 24")
    assert wide[1].right.startswith("2b 2c")
    assert {len(line.right) - len(line.right.rsplit(" ", 1)[1]) for line in wide[1:]} == {50}
    assert [line.left for line in hex_lines(data, 8)] == ["000000", "000008", "000010"]
    assert next(hex_lines(b"\xff\x00", 8)).right.endswith(" ·␀")


@given(
    st.binary(max_size=120),
    st.text(max_size=30),
    st.integers(1, 120),
    st.sampled_from((Output, Input)),
)
def test_nothing_invisible_comes_out_at_any_width(
    data: bytes, reason: str, width: int, kind: type[Output] | type[Input]
) -> None:
    lines = shown(kind(1, 1, data), Decided(2, 0, 1, "deny", [], reason), width=width)
    assert not any(hidden(char) for line in lines for char in line.left + line.right)
    assert sum(line.part is Part.HEAD for line in lines) == 2
