"""The files in the stream of ``scp -O``, whole and cut anywhere, honest and not."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.scp import DEPTH_LIMIT, LINE_LIMIT, ScpWatch
from gateway.wire.transfers import READ, WRITTEN
from recorder.events import Event, Gap, Transferred

Talk = list[tuple[bool, bytes]]
"""Who speaks (True: the side that has the files), and what."""

OK = (False, b"\0")


def told(talk: Talk, way: str = WRITTEN, *, bytewise: bool = False) -> list[Event]:
    watch = ScpWatch(1, way)
    found: list[Event] = []
    for source, data in talk:
        client = source == (way == WRITTEN)
        pieces = [data[n : n + 1] for n in range(len(data))] if bytewise else [data]
        for piece in pieces:
            found += watch.passed(7, piece, from_client=client)
    return found + watch.end(8)


def sends(name: bytes, content: bytes, mode: bytes = b"0644") -> Talk:
    head = b"C%s %d %s\n" % (mode, len(content), name)
    return [(True, head), OK, (True, content + b"\0"), OK]


def moved(name: bytes, content: bytes, way: str = WRITTEN, **facts: object) -> Transferred:
    said = {"permissions": 0o644, "size": len(content), "bytes": len(content), **facts}
    return Transferred(7, 1, "scp", way, name, {**said, "sha256": sha256(content).digest()})


@pytest.mark.parametrize("way", [READ, WRITTEN])
@pytest.mark.parametrize("bytewise", [False, True])
def test_a_tree(way: str, bytewise: bool) -> None:
    talk: Talk = [OK, (True, b"D0755 0 d\n"), OK, (True, b"T5 0 6 0\n"), OK]
    talk += sends(b"a\xff b", b"content\0\1\n") + sends(b"empty", b"")
    talk += [(True, b"E\n"), OK, *sends(b"top", b"x")]
    folder = Transferred(7, 1, "scp", way, b"d", {"folder": True, "permissions": 0o755})
    assert told(talk, way, bytewise=bytewise) == [
        folder,
        moved(b"d/a\xff b", b"content\0\1\n", way, mtime=5, atime=6),
        moved(b"d/empty", b"", way),
        moved(b"top", b"x", way),
    ]


def test_a_file_that_the_other_side_does_not_take() -> None:
    talk: Talk = [OK, (True, b"C0600 9 x\n"), (False, b"\1scp: x: denied\n"), *sends(b"y", b"1")]
    refused = {"permissions": 0o600, "size": 9, "bytes": 0, "error": b"scp: x: denied"}
    assert told(talk) == [Transferred(7, 1, "scp", WRITTEN, b"x", refused), moved(b"y", b"1")]


def test_a_file_that_broke_off() -> None:
    (found,) = told([(True, b"C0600 9 x\n"), OK, (True, b"abc")])
    assert found == Transferred(
        8, 1, "scp", WRITTEN, b"x", {"permissions": 0o600, "size": 9, "bytes": 3}
    )


def test_an_error_of_the_side_that_has_it() -> None:
    talk: Talk = [(True, b"\1no such file\n"), (True, b"C0600 2 x\n"), OK, (True, b"\0\0\1short\n")]
    (found,) = told(talk)
    assert isinstance(found, Transferred)
    assert (found.facts["error"], "sha256" in found.facts) == (b"short", False)


def test_a_folder_that_the_other_side_does_not_make() -> None:
    talk: Talk = [(True, b"D0755 0 d\n"), (False, b"\1denied\n"), *sends(b"y", b"1")]
    assert told(talk)[1:] == [moved(b"y", b"1")]


@pytest.mark.parametrize(
    "talk",
    [
        [(True, b"SSH-2.0-x\n")],
        [(True, b"x" * (LINE_LIMIT + 2))],
        [(True, b"E\n")],
        [(True, b"C0644 5 x\nhello")],
        [(True, b"C0644 1 x\n"), OK, (True, b"aC0644 1 y\n")],
        [(True, b"C9999 1 x\n")],
        [(True, b"C0644 1 x\n"), (False, b"\2" + b"y" * (LINE_LIMIT + 1))],
        [(True, b"D0755 0 d\n" * (DEPTH_LIMIT + 1))],
    ],
)
def test_what_is_not_the_protocol_is_said_once(talk: Talk) -> None:
    for bytewise in (False, True):
        found = told([*talk, (True, b"?\n"), *sends(b"z", b"1")], bytewise=bytewise)
        assert [event for event in found if isinstance(event, Gap)] == found[-1:] or isinstance(
            found[-1], Transferred
        )
        assert sum(isinstance(event, Gap) for event in found) == 1


PIECES = st.sampled_from([
    b"C0644 3 a\n", b"D0755 0 d\n", b"E\n", b"T1 0 1 0\n", b"abc", b"\0", b"\1oh\n", b"\2", b"?\n",
])  # fmt: skip


@given(st.lists(st.tuples(st.booleans(), PIECES | st.binary(max_size=9)), max_size=14))
def test_where_it_is_cut_does_not_matter(talk: Talk) -> None:
    assert told(talk) == told(talk, bytewise=True)
