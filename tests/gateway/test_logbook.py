from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from gateway.logbook import Logbook
from recorder.clock import SystemClock
from recorder.errors import JournalError
from recorder.events import (
    Checkpointed,
    End,
    GatewayStarted,
    GatewayStopped,
    LoginRefused,
    Outage,
    SessionClosed,
    SessionOpened,
)
from recorder.journal import Writer
from recorder.reader import Recording
from recorder.store import Store


def test_what_the_gateway_did_is_a_recording_like_any_other(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    writer = Writer(store, SystemClock(), os.urandom)

    async def body() -> str:
        book = Logbook.open(writer, SystemClock(), os.urandom, build="test", policy=b"p" * 32)
        book.started({"build": "test"})
        book.login_refused({"error": "GR-223"})
        book.session_opened("a", {"principal": "alice"})
        book.checkpointed("a", "note")
        book.outage("sealer", "began", "killed")
        book.session_closed("a", "done")
        await book.close("told to stop")
        with pytest.raises(JournalError):
            await asyncio.wrap_future(book.login_refused({}))
        return book.id

    name = asyncio.run(body())
    writer.close()
    with Recording(store, name) as recording:
        assert recording.header.facts["kind"] == "gateway"
        assert recording.header.facts["policy"] == b"p" * 32
        kinds = [type(record.event) for record in recording.records()]
    assert kinds[3:] == [
        GatewayStarted,
        LoginRefused,
        SessionOpened,
        Checkpointed,
        Outage,
        SessionClosed,
        GatewayStopped,
        End,
    ]


def test_f4_a_logbook_that_failed_goes_on_in_a_new_recording(tmp_path: Path) -> None:
    """Nobody is let in meanwhile, and the gap is told."""
    store = Store.open(tmp_path, create=True)
    writer = Writer(store, SystemClock(), os.urandom)

    async def body() -> tuple[str, str]:
        book = Logbook.open(writer, SystemClock(), os.urandom, build="test", policy=b"p" * 32)
        await book.restore()
        before = book.id
        (segment,) = store.journals(before)
        segment.unlink()
        for _ in range(3):
            with pytest.raises(JournalError, match="its journal was removed"):
                await asyncio.wrap_future(book.session_opened("a", {}))
        await book.restore()
        assert book.id != before
        await asyncio.wrap_future(book.session_opened("b", {}))
        await book.close("told to stop")
        return before, book.id

    before, name = asyncio.run(body())
    writer.close()
    with Recording(store, name) as recording:
        assert recording.header.facts["claims"] == {"previous": before, "checkpoint": ""}
        found = [record.event for record in recording.records()]
    outages = [event for event in found if isinstance(event, Outage)]
    assert [event.phase for event in outages] == ["began", "ended"]
    assert "3 entries are missing" in outages[0].cause
    assert [event.session for event in found if isinstance(event, SessionOpened)] == ["b"]


def test_a_logbook_that_cannot_go_on_says_so_at_every_try(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    writer = Writer(store, SystemClock(), os.urandom)

    async def body() -> None:
        book = Logbook.open(writer, SystemClock(), os.urandom, build="test", policy=b"p" * 32)
        shutil.rmtree(store.path)
        with pytest.raises(JournalError):
            await asyncio.wrap_future(book.login_refused({}))
        for _ in range(2):
            with pytest.raises(JournalError):
                await book.restore()
        store.path.mkdir()
        await book.restore()
        await book.close("told to stop")

    asyncio.run(body())
    writer.close()
