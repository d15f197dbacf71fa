"""What stands on a terminal, as far as a stream says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.masking.text import SEQUENCES, text_of


def test_colours_are_out_and_moves_are_line_feeds() -> None:
    assert text_of(b"a\x1b[1;31mb\x1b[Kc\x1b(Bd").text == b"abcd"
    assert text_of(b"a\x1b[5;1Hb\x1b[Cc\x1bMd\x1b]0;title\x07").text == b"a\nb\nc\nd\n0;title\x07"
    assert text_of(b"a" + b"\x1b[m" * (SEQUENCES + 1) + b"b").text == b"a\nb"


def test_a_sequence_that_has_only_begun_is_not_text_yet() -> None:
    assert text_of(b"ab\x1b[3")[0:3:2] == (b"ab", 2)
    assert text_of(b"ab\x1b[3", whole=True).text == b"ab\n3"


@given(st.lists(st.sampled_from([b"a", b"\x1b", b"[", b"31", b"m", b"\n", b"H"]), max_size=30))
def test_places_are_where_the_text_is(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    stands = text_of(raw)
    if stands.places is None:
        assert stands.text == raw
        return
    assert len(stands.places) == len(stands.text)
    assert list(stands.places) == sorted(set(stands.places))
    for byte, place in zip(stands.text, stands.places, strict=True):
        assert raw[place] == byte or (byte == 0x0A and raw[place] == 0x1B)
