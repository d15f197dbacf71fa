"""Recording without a gateway: sealed when it is over, several at a time in one store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recorder import local
from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.errors import JournalError, KeyFileError, StoreError
from recorder.events import Output
from recorder.header import make_header
from recorder.reader import Recording
from recorder.sealer import Sealer
from recorder.store import Store, new_id
from recorder.verify import verify_reel
from recorder.verify_store import verify_store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.create(tmp_path / "signing.key", "me")


def facts() -> Any:
    return make_header(
        session=new_id(SystemClock(), os.urandom),
        principal="me",
        kind="local",
        target="sh",
        account="",
        protocol="local",
        build=local.build(),
    )


def test_it_is_sealed_and_verified_when_the_block_is_left(store: Store, signer: Signer) -> None:
    with local.recording(store, signer, SystemClock(), os.urandom, facts()) as journal:
        journal.append([Output(0, 1, b"hello")]).result(10)
        with Recording(store, journal.id) as recording:
            assert recording.state == "live"
    with Recording(store, journal.id) as recording:
        assert (recording.state, recording.end_reason) == ("sealed", "done")
    assert verify_reel(store.reel(journal.id), store.verifiers()).ok
    assert store.verifiers() == [signer.verifier]


def test_left_by_an_error_it_ends_as_interrupted(store: Store, signer: Signer) -> None:
    known = facts()

    def broken() -> None:
        with local.recording(store, signer, SystemClock(), os.urandom, known) as journal:
            journal.append([Output(0, 1, b"hello")]).result(10)
            raise RuntimeError("the command broke")

    with pytest.raises(RuntimeError, match="the command broke"):
        broken()
    with Recording(store, known["id"]) as recording:
        assert recording.state == "interrupted"
        assert recording.finished
        assert isinstance(recording.last().event, Output)


def test_a_reason_of_ones_own_is_kept(store: Store, signer: Signer) -> None:
    with local.recording(store, signer, SystemClock(), os.urandom, facts()) as journal:
        journal.close("as I say").result(10)
    with Recording(store, journal.id) as recording:
        assert recording.end_reason == "as I say"


def test_who_holds_the_stores_lock_seals_for_all(
    store: Store, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where that one does not come to it, the journal stays for whoever seals next."""
    monkeypatch.setattr(local, "_PATIENCE", 2)
    with Sealer(store, signer, SystemClock()) as other:
        with local.recording(store, signer, SystemClock(), os.urandom, facts()) as journal:
            journal.append([Output(0, 1, b"hello")]).result(10)
        assert store.journals(journal.id)
        with pytest.raises(StoreError, match="could not be sealed"):
            local.rename_to(store, journal.id, store.path / "mine.reel")
        assert other.step()[-1].state == "closed"
    local.rename_to(store, journal.id, store.path / "mine.reel")
    assert verify_reel(store.path / "mine.reel", store.verifiers()).ok


def test_an_id_that_is_taken_is_refused(store: Store, signer: Signer) -> None:
    same = facts()
    with local.recording(store, signer, SystemClock(), os.urandom, same):
        pass
    with (
        pytest.raises(JournalError, match="already"),
        local.recording(store, signer, SystemClock(), os.urandom, same),
    ):
        raise AssertionError("it must not begin")


def test_the_users_key_is_made_once(tmp_path: Path) -> None:
    first = local.user_signer(tmp_path / "data")
    assert local.user_signer(tmp_path / "data").verifier == first.verifier
    assert (tmp_path / "data" / "signing.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "file").touch()
    with pytest.raises(KeyFileError):
        local.user_signer(tmp_path / "file" / "data")


def test_several_recorders_share_a_store_and_a_key_made_at_the_same_time(tmp_path: Path) -> None:
    store = tmp_path / "store"
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    command = [sys.executable, "-m", "gatereel", "record", "--store", str(store), "--"]
    command += ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done"]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert out.replace(b"\r", b"").replace(b"^D\b\b", b"") == b"1\n2\n3\n"
    opened = Store.open(store)
    assert len(opened.ids()) == 4
    assert opened.all_journals() == {}
    assert len(opened.verifiers()) == 1
    reports = verify_store(opened, opened.verifiers())
    assert all(report.ok for report in reports), reports
