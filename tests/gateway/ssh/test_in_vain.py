"""What is asked for in vain is written down in its order, and never without end."""

from __future__ import annotations

import asyncio

from gateway.refusals import NotOffered, NotRecordable
from gateway.ssh.in_vain import REFUSALS, InVain, WriteRefusal
from recorder.errors import GatereelError

ERROR = NotOffered("not offered")


def test_what_comes_while_the_first_is_written_is_written_behind_it() -> None:
    written: list[tuple[str, bytes, GatereelError]] = []

    async def place() -> WriteRefusal:
        return write

    async def write(what: str, detail: bytes, error: GatereelError) -> None:
        written.append((what, detail, error))
        if what == "first":
            assert not vain.asked("second", b"2", ERROR), "it is being written already"

    vain = InVain(place)
    assert vain.asked("first", b"1", ERROR)
    asyncio.run(vain.write())
    assert written == [("first", b"1", ERROR), ("second", b"2", ERROR)]
    assert vain.asked("third", b"", ERROR), "nobody writes any more, so somebody has to begin"


def test_where_nothing_can_be_written_nothing_waits_for_ever() -> None:
    async def place() -> WriteRefusal:
        raise NotRecordable("no recording")

    vain = InVain(place)
    assert vain.asked("first", b"", ERROR)
    asyncio.run(vain.write())
    assert vain.asked("second", b"", ERROR)


def test_there_is_an_end_to_it() -> None:
    async def place() -> WriteRefusal:
        raise AssertionError("nothing is written here")

    vain = InVain(place)
    assert vain.asked("one", b"", ERROR)
    for _ in range(REFUSALS - 1):
        assert not vain.asked("another", b"", ERROR)
    assert not vain.too_many
    assert not vain.asked("one more", b"", ERROR)
    assert vain.too_many
