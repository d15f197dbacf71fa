"""A catalog's file: not there, not ours, not whole, not writable."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import apsw
import pytest

from replay import sqlite_catalog_file
from replay.catalog import Catalog, Put, open_catalog
from replay.entry import Entry
from replay.errors import CatalogDamaged, CatalogError
from replay.sqlite_catalog_file import NAME, cache_place
from tests.replay.passages_made import lines


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def filled(store: Path, sessions: int = 20) -> None:
    catalog = open_catalog(store)
    for number in range(sessions):
        told = lines(f"session {number} line {n} and more of it" for n in range(400))
        catalog.put(Put(Entry(f"s{number}"), "1", settled=told, over=True))
    catalog.close()


def works(catalog: Catalog) -> bool:
    catalog.put(Put(Entry("new"), "1", settled=lines(["a new line"]), over=True))
    catalog.check()
    return [s for s, _ in catalog.candidates(["new line"])] == ["new"]


def test_it_is_made_for_its_owner_alone(store: Path) -> None:
    filled(store, 1)
    assert (store / NAME).stat().st_mode & 0o777 == 0o600
    assert (store / NAME).read_bytes()[68:72] == sqlite_catalog_file.APPLICATION.to_bytes(4, "big")


def test_it_stays_as_it_is_where_it_is_good(store: Path) -> None:
    filled(store)
    catalog = open_catalog(store)
    assert (catalog.notice, len(catalog.entries()), catalog.writable) == ("", 20, True)
    catalog.close()


def test_one_that_was_deleted_is_there_again_empty(store: Path) -> None:
    filled(store)
    reader = open_catalog(store)
    assert len(reader.entries()) == 20
    for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
        (store / name).unlink(missing_ok=True)
    # Whoever had the old one open sees the new one too.
    writer = open_catalog(store)
    assert (writer.notice, list(writer.entries())) == ("", [])
    assert works(writer)
    assert [entry.id for entry in reader.entries()] == ["new"]
    reader.close()
    assert works(writer)
    writer.close()
    catalog = open_catalog(store)
    assert [entry.id for entry in catalog.entries()] == ["new"]
    catalog.close()


@pytest.mark.parametrize("size", [0, 10, 100, 5000, 9000])
def test_random_bytes_are_made_anew(store: Path, size: int) -> None:
    (store / NAME).write_bytes(random.Random(size).randbytes(size))
    catalog = open_catalog(store)
    assert catalog.notice.endswith("it is made again")
    assert catalog.notice.count("\n") == 0
    assert works(catalog)
    catalog.close()


def test_one_that_was_cut_off_is_made_anew(store: Path) -> None:
    filled(store)
    os.truncate(store / NAME, 50_000)
    catalog = open_catalog(store)
    assert catalog.notice in (
        "the catalog is cut off: it is made again",
        "the catalog is damaged: it is made again",
    )
    assert works(catalog)
    catalog.close()


def test_an_older_version_is_made_anew(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store)
    monkeypatch.setattr(sqlite_catalog_file, "VERSION", sqlite_catalog_file.VERSION + 1)
    catalog = open_catalog(store)
    assert catalog.notice == "the catalog is another version's: it is made again"
    assert works(catalog)
    catalog.close()


def test_other_rules_of_reading_a_screen_make_it_anew(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(sqlite_catalog_file, "DERIVATION", "other")
    catalog = open_catalog(store)
    assert catalog.notice == "the catalog was derived by other rules: it is made again"
    assert works(catalog)
    catalog.close()


def test_another_programs_database_is_put_aside(store: Path) -> None:
    theirs = apsw.Connection(str(store / NAME))
    theirs.execute("CREATE TABLE recipes (name)")
    theirs.execute("INSERT INTO recipes VALUES ('bread')")
    theirs.close()
    catalog = open_catalog(store)
    assert "another program's file" in catalog.notice
    assert works(catalog)
    catalog.close()
    aside = apsw.Connection(str(store / f"{NAME}.not-ours"))
    assert aside.execute("SELECT name FROM recipes").get == "bread"
    aside.close()


def test_damage_inside_is_found_and_mended(store: Path) -> None:
    filled(store)
    chance = random.Random(3)
    with (store / NAME).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for _ in range(40):
            file.seek(chance.randrange(8192, size))
            file.write(chance.randbytes(64))
    catalog = open_catalog(store)
    with pytest.raises(CatalogDamaged, match="the catalog"):
        catalog.check()
    # Whatever is asked of it is answered, or said to be damaged.
    for literals in ([], ["line 7"], ["x"]):
        try:
            list(catalog.candidates(literals))
        except CatalogDamaged:
            pass
    catalog.rebuild()
    assert works(catalog)
    catalog.close()


def test_two_who_find_it_damaged_make_one_new_one(store: Path) -> None:
    filled(store)
    one, other = open_catalog(store), open_catalog(store)
    one.rebuild()
    assert works(one)
    assert [entry.id for entry in other.entries()] == ["new"]
    stale = open_catalog(store)
    one.rebuild()
    stale.rebuild()
    assert works(stale)
    assert [entry.id for entry in one.entries()] == ["new"]
    for each in (one, other, stale):
        each.close()


def test_a_full_disk_is_said_and_harms_nothing(store: Path) -> None:
    filled(store)
    catalog = open_catalog(store)
    # The same error as the disk's: no page more than there are.
    connection = catalog._opened.connection  # type: ignore[attr-defined]
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').get}")
    told = lines("x" * 200 + str(n * 7919 % 10007) for n in range(9000))
    with pytest.raises(CatalogError, match="the disk is full"):
        catalog.put(Put(Entry("big"), "1", settled=told, over=True))
    assert len(catalog.entries()) == 20
    catalog.check()
    connection.execute("PRAGMA max_page_count = 1000000")
    assert catalog.put(Put(Entry("big"), "1", settled=told, over=True))
    catalog.close()


def look_and_try(store: Path) -> list[str]:
    catalog = open_catalog(store)
    hits = sum(len(group) for _, group in catalog.candidates(["line 77"]))
    mine = catalog.writable and catalog.put(Put(Entry("mine")))
    return [
        str(catalog.path),
        str(catalog.writable),
        str(len(catalog.entries())),
        str(hits),
        str(mine),
    ]


def as_nobody(store: Path, cache: Path) -> list[str]:
    """What a user reads who may write nothing in the store: in a process that cannot go back."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.environ["XDG_CACHE_HOME"] = str(cache)
            os.write(writing, "\n".join(look_and_try(store)).encode())
        except BaseException as error:  # noqa: BLE001 - told through the pipe
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:  # noqa: PTH123 - a pipe
        told = answer.read().decode().split("\n")
    os.waitpid(pid, 0)
    return told


@pytest.fixture
def readable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place that everybody may look into."""
    place = tmp_path_factory.mktemp("shared")
    for folder in (place, *place.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    return place


def test_a_store_that_cannot_be_written_is_read_or_has_its_catalog_elsewhere(
    readable: Path,
) -> None:
    store, cache = readable / "store", readable / "cache"
    store.mkdir()
    cache.mkdir()
    cache.chmod(0o777)
    store.chmod(0o555)
    path, *rest = as_nobody(store, cache)
    assert Path(path).is_relative_to(cache)
    assert rest == ["True", "1", "0", "True"]
    store.chmod(0o755)
    filled(store, 3)
    for path_of in store.iterdir():
        path_of.chmod(0o644)
    store.chmod(0o555)
    assert as_nobody(store, cache) == [str(store / NAME), "False", "3", "3", "False"]
    for name in (f"{NAME}-wal", f"{NAME}-shm"):
        (store / name).unlink()
    # As on a medium that only its files were copied to.
    assert as_nobody(store, cache) == [str(store / NAME), "False", "3", "3", "False"]
    store.chmod(0o755)


def test_nowhere_to_write_is_one_line(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(store / "file"))
    (store / "file").touch()
    with pytest.raises(CatalogError, match="can be written") as error:
        open_catalog(store)
    assert "\n" not in error.value.person


def test_each_store_has_a_place_of_its_own_in_the_cache(tmp_path: Path) -> None:
    assert cache_place(tmp_path / "a") != cache_place(tmp_path / "b")
    assert cache_place(tmp_path / "a") == cache_place(tmp_path / "b" / ".." / "a")


def test_what_a_killed_process_left_of_one_is_taken_away(store: Path) -> None:
    for left in (f".{NAME}.4711", f".{NAME}.4711-wal"):
        (store / left).write_bytes(b"half")
    open_catalog(store).close()
    assert not list(store.glob(f".{NAME}.[0-9]*"))


def test_a_folder_of_that_name_is_one_line_that_says_what_to_do(store: Path) -> None:
    (store / NAME).mkdir()
    with pytest.raises(CatalogError, match="is a folder: move it away"):
        open_catalog(store)
