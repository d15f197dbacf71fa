"""The folder: names, ids, who may write."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import NotFound, StoreError
from recorder.store import Store, is_id, locate, new_id
from tests.recorder.builders import ScriptedClock, counted, fixed_signer

IDS = [f"019a0000-000{i}-7000-8000-00000000a00{i}" for i in range(4)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.open(tmp_path / "a" / "store", create=True)
    for session in IDS[:3]:
        made.reel(session).touch()
    made.journal(IDS[2], 10).touch()
    made.journal(IDS[2], 9).touch()
    made.journal(IDS[3], 0).touch()
    for other in ("verifiers", ".sealer", "notes.txt", f"{IDS[0]}.index", f".{IDS[0]}.reel",
                  f"{IDS[0]}.1.journal", f"{IDS[0]}.reel.bak", "demo.reel"):  # fmt: skip
        (made.path / other).touch()
    return made


@given(entropy=st.binary(min_size=10, max_size=10), wall=st.integers(0, (1 << 48) * 1_000_000 - 1))
def test_ids_are_uuids_of_version_seven(entropy: bytes, wall: int) -> None:
    import uuid

    made = new_id(ScriptedClock(wall=wall), lambda _: entropy)
    parsed = uuid.UUID(made)
    assert str(parsed) == made
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert int.from_bytes(parsed.bytes[:6], "big") == wall // 1_000_000
    assert is_id(made)


def test_ids_sort_by_time() -> None:
    clock, entropy = ScriptedClock(), counted()
    made = []
    for _ in range(20):
        made.append(new_id(clock, entropy))
        clock.advance(1000)
    assert made == sorted(made)
    assert not is_id(made[0].upper())
    assert not is_id(made[0] + "\n")


def test_it_lists_sessions_newest_first_and_nothing_else(store: Store) -> None:
    assert store.ids() == IDS[::-1]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_key_that_is_added_spoils_no_other(store: Store, end: str) -> None:
    one, two = fixed_signer("one", 1).verifier, fixed_signer("two", 2).verifier
    (store.path / "verifiers").write_text(f"# ours\n{one}{end}")
    store.trust(two)
    store.trust(one)
    assert store.verifiers() == [one, two]


def test_the_files_of_every_session_in_one_look(store: Store) -> None:
    found = store.files()
    assert list(found) == store.ids()
    assert found[IDS[0]] == [str(store.reel(IDS[0]))]
    assert found[IDS[2]] == [*map(str, store.journals(IDS[2])), str(store.reel(IDS[2]))]
    assert found[IDS[3]] == list(map(str, store.journals(IDS[3])))
    store.hold(IDS[0]).touch()
    store.hold("01a0c450-6c00-7d04-a475-4498e06db5a1").touch()
    again = store.files()
    assert list(again) == list(found)
    assert again[IDS[0]] == [str(store.reel(IDS[0])), str(store.hold(IDS[0]))]


def test_segments_are_in_order(store: Store) -> None:
    assert [path.name.split(".")[1] for path in store.journals(IDS[2])] == ["00000009", "00000010"]
    assert store.journals(IDS[0]) == []
    assert {name: len(paths) for name, paths in store.all_journals().items()} == {
        IDS[2]: 2, IDS[3]: 1,
    }  # fmt: skip


def test_names_mean_sessions(store: Store) -> None:
    assert store.find(IDS[1]) == IDS[1]
    assert store.find(IDS[1][:13]) == IDS[1]
    assert store.find(IDS[1][-4:].upper()) == IDS[1]
    for name, line in (("019a", "fits 4"), ("", "no session"), ("zz", "no session"),
                       ("019a0000-0009-7000-8000-00000000a009", "no session")):  # fmt: skip
        with pytest.raises(NotFound, match=line):
            store.find(name)


def test_locate_takes_paths_and_names(store: Store, tmp_path: Path) -> None:
    assert locate(str(store.path / "demo.reel"), None) == (store, "demo")
    assert locate(IDS[0][:13], store.path) == (store, IDS[0])
    for name in ("none.reel", "a/b", str(store.path)):
        with pytest.raises(NotFound):
            locate(name, store.path)
    with pytest.raises(StoreError, match="no store to look in"):
        locate("019a", None)
    with pytest.raises(StoreError, match="no store at"):
        locate("019a", tmp_path / "none")


def test_a_store_is_private_and_is_a_folder(store: Store, tmp_path: Path) -> None:
    assert store.path.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    for path, create in ((tmp_path / "file", False), (tmp_path / "file" / "x", True)):
        with pytest.raises(StoreError):
            Store.open(path, create=create)
    with pytest.raises(StoreError, match="cannot be read"):
        Store(tmp_path / "none").ids()


def test_keys_are_trusted_once(store: Store) -> None:
    (store.path / "verifiers").unlink()
    assert store.verifiers() == []
    for _ in range(2):
        store.trust(fixed_signer().verifier)
        store.trust(fixed_signer("other").verifier)
    assert store.verifiers() == [fixed_signer().verifier, fixed_signer("other").verifier]


def test_a_store_that_can_be_written(store: Store) -> None:
    names = sorted(path.name for path in store.path.iterdir())
    # Left by a process of the same number that was killed.
    (store.path / f".write-{os.getpid()}").touch()
    store.check_writable()
    assert sorted(path.name for path in store.path.iterdir()) == names


def test_a_store_that_is_read_only_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.mkdir()
    if os.geteuid():
        path.chmod(0o500)
        with pytest.raises(StoreError, match="cannot be written"):
            Store(path).check_writable()
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        # Root in a container that may not mount: rights do not bind it, a missing folder does.
        path.rmdir()
        with pytest.raises(StoreError, match="cannot be written"):
            Store(path).check_writable()
        return
    try:
        with pytest.raises(StoreError, match="Read-only file system"):
            Store(path).check_writable()
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
