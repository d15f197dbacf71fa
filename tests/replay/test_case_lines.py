"""The lines of a case file: there and back; whatever else is in a file is named or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import case_lines
from replay.case import Case, Kind, canonical
from replay.case_lines import LINE_LIMIT, Parsed, lines_of, parse, signature_line
from replay.errors import CaseError
from tests.replay.test_case import MOMENT, one


def file_of(case: Case) -> bytes:
    return b"".join(lines_of(case))


def sample() -> bytes:
    case, name = one()
    return file_of(case.with_entry(case.entry(Kind.NOTE, "bob", 7, {"on": name, "note": "n"})))


@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 1 << 60)), max_size=5))
def test_there_and_back(notes: list[tuple[str, int]]) -> None:
    case, _ = one()
    for note, event in notes:
        case = case.with_entry(case.bookmark(MOMENT._replace(event=event), note, "bob", 8))
    read = parse(file_of(case))
    assert read == Parsed(case, (), 0)
    assert file_of(read.case) == file_of(case)


def test_lines_may_come_twice_and_in_another_order() -> None:
    lines = sample().splitlines(keepends=True)
    shuffled = lines[:1] + lines[:0:-1] + lines
    assert dict(parse(b"".join(shuffled)).case.entries) == dict(parse(sample()).case.entries)


def test_a_write_that_was_interrupted_is_no_line() -> None:
    read = parse(sample() + b'{"aft')
    assert read.torn == 5
    assert read.faults == ()


@given(st.data())
def test_every_altered_byte_is_noticed(data: st.DataObject) -> None:
    whole = sample()
    place = data.draw(st.integers(0, len(whole) - 1))
    altered = whole[:place] + bytes([whole[place] ^ 1 << data.draw(st.integers(0, 7))])
    altered += whole[place + 1 :]
    try:
        read = parse(altered)
    except CaseError:
        return
    missing = read.case.missing or any(
        w.armored and not w.signed for w in read.case.entries.values()
    )
    unsigned = {w.name for w in read.case.unsigned()} - {
        w.name for w in parse(whole).case.unsigned()
    }
    last = place >= whole.rstrip(b"\n").rfind(b"\n")
    assert read.faults or read.torn or missing or unsigned or last


@given(st.binary(max_size=200))
def test_any_bytes_have_one_exit(data: bytes) -> None:
    with pytest.raises(CaseError):
        parse(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["after", "author", "body", "case", "kind", "written", "note", "on"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_behind_a_case_is_a_fault(value: object) -> None:
    line = json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    read = parse(sample() + line)
    assert [fault.line for fault in read.faults] == [len(sample().splitlines()) + 1]


def entry_with(**changes: object) -> bytes:
    case, _ = one()
    values = json.loads(case.bookmark(MOMENT, "n", "bob", 3).line())
    body = {**values["body"], **changes.pop("body", {})}  # type: ignore[dict-item]
    return file_of(case) + canonical({**values, "body": body, **changes})


CITES = MOMENT._asdict()


@pytest.mark.parametrize(
    "changes",
    [
        {"after": []},
        {"after": ["x"]},
        {"after": ["0" * 64] * 2},
        {"after": [f"{n:064x}" for n in range(65)]},
        {"author": "x" * 201},
        {"author": None},
        {"written": -1},
        {"written": True},
        {"written": 1 << 62},
        {"case": "0" * 64},
        {"case": ""},
        {"kind": 7},
        {"kind": "case"},
        {"more": 1},
        {"body": {"note": "x" * 70_000}},
        {"body": {"note": 1}},
        {"body": {"on": "0" * 64}},
        {"body": {"cites": {**CITES, "session": "../../etc/passwd"}}},
        {"body": {"cites": {**CITES, "event": -1}}},
        {"body": {"cites": {**CITES, "frame": -2}}},
        {"body": {"cites": {**CITES, "frame": "1"}}},
        {"body": {"cites": {**CITES, "more": 1}}},
        {"body": {"cites": []}},
        {"body": {"screen": []}},
        {"body": {"evidence": None}},
        {"body": {"about": {"principal": []}}},
        {"body": {"about": {str(n): 1 for n in range(17)}}},
        {"kind": "edit", "body": {"on": "x"}},
        {"kind": "withdraw", "body": {}},
        {"kind": "note", "body": {"on": None}},
        {"kind": "later", "body": {"on": 1}},
    ],
)
def test_shapes_that_are_left_out_and_named(changes: dict[str, object]) -> None:
    read = parse(entry_with(**changes))
    assert len(read.faults) == 1
    assert len(read.case.entries) == 2


def test_an_entry_of_a_later_version_is_kept() -> None:
    read = parse(entry_with(kind="later"))
    assert read.faults == ()
    assert len(read.case.bookmarks) == 1
    assert file_of(read.case) == entry_with(kind="later")


@pytest.mark.parametrize(
    "line",
    [
        b'{"signs":"00","signature":"x"}\n',
        signature_line("0" * 64, "x"),
        signature_line("0" * 64, "x" * 20_000),
        b'{"signature": "x","signs":"00"}\n',
        b"[" * 100_000 + b"\n",
        b'{"a":1,"a":1}\n',
        b"NaN\n",
        b"1" * 5000 + b"\n",
        b'"\\ud800"\n',
        b"\xff\n",
        b"{}\r\n",
        b"\n",
        b'"' + b"x" * LINE_LIMIT + b'"\n',
    ],
)
def test_lines_that_are_left_out_and_named(line: bytes) -> None:
    read = parse(sample() + line)
    assert [fault.line for fault in read.faults] == [len(sample().splitlines()) + 1]
    assert dict(read.case.entries) == dict(parse(sample()).case.entries)


def test_half_a_character_is_refused() -> None:
    case, _ = one()
    entry = case.bookmark(MOMENT, "\ud800", "bob", 3)
    assert [f.text for f in parse(file_of(case) + entry.line()).faults] == [
        "a line holds half a character"
    ]


def test_too_many_signatures_on_one_entry() -> None:
    case, name = one()
    for number in range(20):
        case = case.with_signature(name, f"not one {number}")
    read = parse(file_of(case))
    assert len(read.case.entries[name].armored) == 16
    assert len(read.faults) == 1
    assert read.case.entries[name].signed, "the true one was first"


@pytest.mark.parametrize(
    ("limit", "value"),
    [("FILE_LIMIT", 100), ("LINES_LIMIT", 1), ("VALUES_LIMIT", 3)],
)
def test_limits_hold_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(case_lines, limit, value)
    with pytest.raises(CaseError):
        parse(sample())


@pytest.mark.parametrize(
    "body",
    [{"form": 2, "title": ""}, {"form": True, "title": ""}, {"form": 1}, {"form": 1, "title": 7}],
)
def test_what_no_case_begins_with(body: dict[str, object]) -> None:
    first = {"after": [], "author": "a", "body": body, "case": "", "kind": "case", "written": 1}
    with pytest.raises(CaseError, match="no case file"):
        parse(canonical(first))


def test_a_case_begins_with_its_first_entry() -> None:
    lines = sample().splitlines(keepends=True)
    with pytest.raises(CaseError, match="does not begin"):
        parse(lines[1] + lines[0])
    other = file_of(Case.begin("another", "alice", 1))
    assert [fault.text for fault in parse(sample() + other).faults] == ["an entry of another case"]
