from __future__ import annotations

import asyncio
import os
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
