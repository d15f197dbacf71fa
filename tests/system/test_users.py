"""Front, sealer and indexer as three users: whoever takes the front over changes no evidence."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Outage
from recorder.store import Store
from tests.system.peers import sshd
from tests.system.recorded import logbook, only, state, wait_until
from tests.system.users import FRONT, INDEXER, SEALER, Separated, separated_gateway

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Separated]:
    with (
        sshd(tmp_path_factory.mktemp("target")) as target,
        separated_gateway({"web1": target}) as separated,
    ):
        yield separated


def record(place: Separated, word: str) -> str:
    """A session that says this word, once it is sealed."""
    gateway, store = place.gateway, Store(place.gateway.store)
    before = set(store.ids())
    said = run(place, word)
    assert (said.returncode, said.stdout) == (0, f"{word}\n"), said.stderr + gateway.log()
    (session,) = set(store.ids()) - before
    wait_until(lambda: state(gateway.store, session) == "sealed", 30)
    return session


def run(place: Separated, word: str) -> subprocess.CompletedProcess[str]:
    words = place.gateway.ssh("root@web1", "echo", word)
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def owner_and_mode(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, stat.S_IMODE(status.st_mode)


def verifies(place: Separated, *recordings: str) -> bool:
    words = ["verify", "--store", str(place.gateway.store), *recordings]
    made = subprocess.run(
        [sys.executable, "-m", "gatereel", *words], capture_output=True, timeout=60, check=False
    )
    return made.returncode == 0


def test_sessions_are_recorded_sealed_and_indexed_by_three_users(place: Separated) -> None:
    session, store = record(place, "hello"), Store(place.gateway.store)
    assert owner_and_mode(store.reel(session)) == (SEALER, 0o640)
    wait_until(lambda: store.index(session).exists(), 30)
    assert owner_and_mode(store.index(session)) == (INDEXER, 0o640)
    own = next(path for found in store.all_journals().values() for path in found)
    assert owner_and_mode(own) == (FRONT, 0o640)
    for pid, user in (
        (place.gateway.process.pid, FRONT),
        (place.sealer.helpers()[0], SEALER),
        (place.indexer.helpers()[0], INDEXER),
    ):
        assert Path(f"/proc/{pid}").stat().st_uid == user
    assert verifies(place, session)


ATTACK = """
import json, os, sys
reel, key, store = sys.argv[1:]
done = []
def attempt(name, act):
    try:
        act()
    except OSError:
        return
    done.append(name)
attempt("append", lambda: open(reel, "ab"))
attempt("truncate", lambda: os.truncate(reel, 1))
attempt("remove", lambda: os.unlink(reel))
attempt("rename", lambda: os.rename(reel, reel + ".old"))
attempt("put another in its place", lambda: (open(store + "/mine", "w"),
                                             os.rename(store + "/mine", reel)))
attempt("change its mode", lambda: os.chmod(reel, 0o666))
attempt("trust another key", lambda: open(store + "/verifiers", "ab"))
attempt("open the folder", lambda: os.chmod(store, 0o777))
attempt("move the folder", lambda: os.rename(store, store + ".old"))
attempt("read the signing key", lambda: open(key, "rb"))
attempt("take the sealer's lock", lambda: open(store + "/.sealer", "rb"))
print(json.dumps(done))
"""


def test_whoever_has_the_front_changes_no_recording_and_signs_nothing(place: Separated) -> None:
    session = record(place, "evidence")
    reel = Store(place.gateway.store).reel(session)
    before = reel.read_bytes()
    done = place.as_front(ATTACK, reel, place.signing_key, place.gateway.store)
    assert done == []
    assert reel.read_bytes() == before


PLANT = """
import json, os, sys
reel, key, own, store = sys.argv[1:]
other = "01890a5d-ac96-7000-8000-00000000000%d"
os.symlink(reel, f"{store}/.{own}.checkpoint.new")
os.symlink(key, f"{store}/{other % 1}.00000000.journal")
os.mkfifo(f"{store}/{other % 2}.00000000.journal")
os.symlink(reel, f"{store}/{other % 3}.reel")
os.symlink(f"{store}/verifiers", f"{store}/{other % 4}.index")
open(f"{store}/{other % 3}.00000000.journal", "wb").write(b"no journal")
try:
    os.link(reel, f"{store}/{other % 5}.reel")
except PermissionError:
    pass  # the kernel forbids it by itself
print(json.dumps(sorted(os.listdir(store))))
"""


def test_what_the_front_plants_harms_nothing(place: Separated) -> None:
    store = Store(place.gateway.store)
    first = record(place, "before")
    evidence = [store.reel(first), store.path / "verifiers", place.signing_key]
    before = [path.read_bytes() for path in evidence]
    own = next(iter(store.all_journals()))
    planted = place.as_front(PLANT, evidence[0], place.signing_key, own, store.path)
    assert f".{own}.checkpoint.new" in planted
    try:
        after = [record(place, "after")]
        # The link lay where the sealer writes its next note of this recording.
        wait_until(lambda: not (store.path / f".{own}.checkpoint.new").is_symlink(), 30)
        after.append(record(place, "and again"))
        wait_until(lambda: "cannot seal" in place.gateway.log(), 30)
        assert [path.read_bytes() for path in evidence] == before
        assert state(store.path, first) == "sealed"
    finally:
        for path in store.path.glob("01890a5d-*"):
            path.unlink()
    assert verifies(place, first, *after)


def outages(place: Separated) -> list[str]:
    """The sealer's, as they are written down."""
    found = only(logbook(place.gateway.store), Outage)
    return [each.phase for each in found if each.component == "sealer"]


def test_without_a_sealer_nobody_gets_in_and_it_comes_back_with_its_socket(
    place: Separated,
) -> None:
    place.sealer.kill_helpers()
    wait_until(lambda: outages(place) == ["began", "ended"], 30)
    record(place, "soon")
    place.sealer.stop()
    wait_until(lambda: outages(place)[2:] == ["began"], 30)
    refused = run(place, "never")
    assert refused.returncode == 255
    assert "GR-" in refused.stderr
    place.sealer.start()
    wait_until(lambda: outages(place)[2:] == ["began", "ended"], 60)
    assert verifies(place, record(place, "again"))
