from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from recorder import distrust, reel
from recorder.attest import Signer
from recorder.clock import SystemClock
from recorder.errors import StoreError
from recorder.sealer import Sealer
from recorder.store import Store

SHARED = 0o3770


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    folder.chmod(SHARED)
    return folder


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("folder", "mode"), [(0o700, 0o600), (0o755, 0o600), (0o770, 0o600), (SHARED, 0o640)]
)
def test_a_group_reads_new_files_where_the_folder_is_set_up_for_it(
    tmp_path: Path, folder: int, mode: int
) -> None:
    tmp_path.chmod(folder)
    for name, fd in (
        ("made", distrust.make(tmp_path / "made", os.O_WRONLY)),
        ("created", distrust.create(tmp_path / "created")),
        ("opened", distrust.open_own(tmp_path / "opened", os.O_RDWR | os.O_CREAT)),
    ):
        os.close(fd)
        assert mode_of(tmp_path / name) == mode


def test_what_lies_under_the_name_of_a_new_file_is_removed_not_followed(shared: Path) -> None:
    precious = shared / "precious"
    precious.write_bytes(b"evidence")
    (shared / "name").symlink_to(precious)
    os.close(distrust.create(shared / "name"))
    assert precious.read_bytes() == b"evidence"
    (shared / ".note.new").hardlink_to(precious)
    reel.replace_file(shared / "note", b"new")
    assert (precious.read_bytes(), (shared / "note").read_bytes()) == (b"evidence", b"new")


@pytest.mark.parametrize("kind", ["symlink", "dangling", "hard link", "pipe", "folder"])
def test_nothing_but_a_plain_file_of_one_name_is_opened(shared: Path, kind: str) -> None:
    precious, planted = shared / "precious", shared / "planted"
    precious.write_bytes(b"evidence")
    match kind:
        case "symlink":
            planted.symlink_to(precious)
        case "dangling":
            planted.symlink_to(shared / "elsewhere")
        case "hard link":
            planted.hardlink_to(precious)
        case "pipe":
            os.mkfifo(planted)
        case _:
            planted.mkdir()
    with pytest.raises(OSError, match=r"planted is|directory"):
        distrust.read_plain(planted)
    with pytest.raises(OSError, match=r"planted is|directory"):
        reel.append_durably(planted, 0, b"other words")
    assert precious.read_bytes() == b"evidence"
    assert not (shared / "elsewhere").exists()


def test_in_a_folder_of_ones_own_links_are_nobody_elses(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "there").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "copy").hardlink_to(tmp_path / "there")
    assert distrust.read_plain(tmp_path / "link") == b"1"
    reel.append_durably(tmp_path / "link", 1, b"2")
    assert (tmp_path / "copy").read_bytes() == b"12"


def test_a_planted_journal_is_told_of_and_keeps_nobody_else_from_being_sealed(
    shared: Path,
) -> None:
    store, signer = Store(shared), Signer.generate("test")
    session = "01890a5d-ac96-7000-8000-000000000000"
    secret = shared.parent / "secret"
    secret.write_bytes(b"of the sealer")
    store.journal(session, 0).symlink_to(secret)
    with Sealer(store, signer, SystemClock()) as sealer:
        assert sealer.step() == []
        assert list(sealer.troubles) == [session]
        assert sealer.broken == {}
    assert not store.reel(session).exists()


def test_verification_keys_and_the_lock_are_the_sealers_own(shared: Path) -> None:
    store, signer = Store(shared), Signer.generate("test")
    elsewhere = shared.parent / "elsewhere"
    elsewhere.write_text(f"{signer.verifier}\n")
    (shared / "verifiers").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="verifiers cannot be used"):
        store.trust(signer.verifier)
    (shared / ".sealer").symlink_to(elsewhere)
    with pytest.raises(StoreError, match=r"\.sealer cannot be used"):
        Sealer(store, signer, SystemClock())
