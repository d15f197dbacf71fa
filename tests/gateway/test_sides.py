"""The sides' protocols fit those who keep them: the journal is a recorder, memory is a side."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.sides import ClientSide, End, Recorder, TargetSide
from recorder.clock import SystemClock
from recorder.events import Marker
from recorder.header import make_header
from recorder.journal import Writer
from recorder.store import Store, new_id
from tests.gateway.stand import MemorySide, Told


def test_a_journal_is_a_recorder(tmp_path: Path) -> None:
    clock = SystemClock()
    writer = Writer(Store.open(tmp_path / "store", create=True), clock, os.urandom)
    header = make_header(
        session=new_id(clock, os.urandom),
        principal="alice",
        kind="person",
        target="web1",
        account="root",
        protocol="ssh",
        build="test",
    )
    journal = writer.open(header)
    recorder: Recorder = journal
    assert recorder.append([Marker(recorder.now(), 0, "here")]).result(timeout=10) is None
    assert recorder.now() >= 0
    journal.close("done").result(timeout=10)
    assert recorder.append([Marker(0, 0, "late")]).exception(timeout=10) is not None
    writer.close()


def test_a_side_in_memory_is_both_sides() -> None:
    log: list[Told] = []
    client: ClientSide = MemorySide("client", log)
    target: TargetSide = MemorySide("target", log)
    client.exit(0, None, False, "")
    target.resize(80, 24, 0, 0)
    assert [each[0] for each in log] == [each.value for each in End]
