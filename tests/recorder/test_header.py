"""A new recording's header has every key, and reads back as one."""

from __future__ import annotations

from recorder.events import Header
from recorder.format import FORMAT, check_readable
from recorder.header import make_header
from recorder.wire import HEADER_KEYS, from_wire


def test_it_has_every_key_and_can_be_read_by_this_version() -> None:
    facts = make_header(
        session="01a20967-1862-7950-8f00-6e2abd01aab0",
        principal="alice",
        kind="person",
        target="web1",
        account="root",
        protocol="ssh",
        build="gatereel 0",
        claims={"method": "publickey"},
        weaker=["web1: legacy"],
    )
    assert {*facts, "salt"} == {*HEADER_KEYS}
    assert (facts["format"], facts["must"], facts["wall"]) == (FORMAT, [], 0)
    assert facts["weaker"] == ["web1: legacy"]
    header = from_wire(0, 0, "header", [{**facts, "salt": bytes(32)}])
    assert isinstance(header, Header)
    check_readable(header)
