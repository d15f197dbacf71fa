"""What any catalog promises, shown on the one that there is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay.catalog import Catalog, Known, Put, open_catalog
from replay.documents import storable
from replay.entry import Entry, Preview
from replay.folding import fold
from replay.passage import Kind, Passage
from tests.replay.passages_made import line, lines

ROOT = Path(__file__).parents[2]
WORDS = st.text(st.sampled_from("abcßÉ é中"), min_size=1, max_size=6)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = open_catalog(tmp_path)
    yield opened
    opened.close()


def found(catalog: Catalog, *literals: str, only: set[str] | None = None) -> list[tuple[str, str]]:
    wanted = [storable(fold(literal)) for literal in literals]
    return [(s, p.text) for s, group in catalog.candidates(wanted, only) for p in group]


def test_entries_come_newest_first_with_all_they_say(catalog: Catalog) -> None:
    entries = [
        Entry(f"0{n}", principal="a\ud800", weaker=("x", "y") if n else (), wall_ns=n, denied=n)
        for n in (1, 3, 0, 2)
    ]
    for entry in entries:
        assert catalog.put(Put(entry, over=True))
    listed = catalog.entries()
    assert [entry.id for entry in listed] == ["03", "02", "01", "00"]
    assert listed[0] == entries[1]._replace(principal="a?")
    assert catalog.entry("00") == listed[3]
    assert listed[3].weaker == ()
    assert catalog.entry("04") is None


def test_values_of_a_field_the_most_frequent_first(catalog: Catalog) -> None:
    for number, target in enumerate(("web1", "db1", "web1", "")):
        catalog.put(Put(Entry(str(number), target=target)))
    assert catalog.values("target") == [("web1", 2), ("db1", 1)]
    with pytest.raises(ValueError, match="no facet"):
        catalog.values("id; DROP TABLE sessions")


def test_a_preview_stays_until_there_is_another(catalog: Catalog) -> None:
    first = Preview(3, 9, 1000, "denied", ("$ rm -rf /", "", "[@click=app.quit]no[/]"))
    catalog.put(Put(Entry("a"), preview=first))
    assert catalog.preview("a") == first
    catalog.put(Put(Entry("a", frames=5)))
    assert catalog.preview("a") == first
    catalog.put(Put(Entry("a"), preview=first._replace(rows=("x",))))
    assert catalog.preview("a") == first._replace(rows=("x",))
    catalog.remove(["a"])
    assert catalog.preview("a") is None


def test_a_session_grows(catalog: Catalog) -> None:
    told = lines(f"line {n:04d} of a log" for n in range(900))
    spoken = [line("ls -l", 5, Kind.COMMAND)]
    assert catalog.put(Put(Entry("a"), "1", 0, 300, told[:300], told[300:310], spoken))
    assert catalog.put(Put(Entry("a"), "2", 300, 600, told[300:600], told[600:605]))
    assert found(catalog, "of a log") == [("a", p.text) for p in told[:605]]
    assert found(catalog, "LS -l") == [("a", "ls -l")]
    assert catalog.known() == {"a": Known("2", 600, "damaged")}
    assert catalog.put(Put(Entry("a"), "3", 600, 0, told[600:], (), spoken, over=True))
    assert found(catalog, "line") == [("a", p.text) for p in told]
    assert found(catalog, "ls -l") == [("a", "ls -l")]
    # What is put without a beginning replaces all.
    assert catalog.put(Put(Entry("a"), "4", 0, 0, told[:1], over=True))
    assert found(catalog) == [("a", told[0].text)]


def test_two_who_write_the_same_session_do_not_write_it_twice(tmp_path: Path) -> None:
    one, other = open_catalog(tmp_path), open_catalog(tmp_path)
    told = lines(f"line {n}" for n in range(30))
    assert one.put(Put(Entry("a"), "1", 0, 10, told[:10]))
    before = one.changes()
    assert other.put(Put(Entry("a"), "2", 10, 20, told[10:20]))
    assert one.changes() != before
    assert not one.put(Put(Entry("a"), "2", 10, 20, told[10:20]))
    assert not one.put(Put(Entry("b"), "2", 10, 20, told[10:20]))
    assert found(one, "line") == found(other, "line") == [("a", p.text) for p in told[:20]]
    one.close()
    other.close()


def test_what_is_removed_is_nowhere_any_more(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    secret = "an-unusual-word-that-was-pruned"
    for session in "abc":
        told = lines(f"{secret} {session} {n}" for n in range(900))
        catalog.put(Put(Entry(session), "1", 0, 5, told[:890], told[890:]))
    catalog.remove(["b", "nobody"])
    assert {s for s, _ in found(catalog, secret)} == {"a", "c"}
    assert [entry.id for entry in catalog.entries()] == ["c", "a"]
    catalog.check()
    catalog.remove(["a", "c"])
    assert found(catalog) == []
    catalog.check()
    assert catalog.put(Put(Entry("d"), "1", 0, 0, lines([f"{secret} d"]), over=True))
    assert found(catalog, secret) == [("d", f"{secret} d")]
    catalog.close()


SESSION = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(SESSION, max_size=5), st.lists(WORDS, max_size=3), st.data())
def test_candidates_are_what_looking_at_everything_finds(
    tmp_path_factory: pytest.TempPathFactory,
    sessions: list[list[str]],
    literals: list[str],
    data: st.DataObject,
) -> None:
    catalog = open_catalog(tmp_path_factory.mktemp("store"))
    everything: list[tuple[str, Passage]] = []
    for number, texts in enumerate(sessions):
        told = lines(texts)
        cut = data.draw(st.integers(0, len(told)))
        over = data.draw(st.booleans())
        catalog.put(Put(Entry(f"{number}"), "", 0, 1, told[:cut], told[cut:], over=over))
        everything += [(f"{number}", passage) for passage in told]
    only = data.draw(st.one_of(st.none(), st.sets(st.sampled_from("01234"))))
    wanted = [storable(fold(literal)) for literal in literals]
    brute = {
        (session, passage)
        for session, passage in everything
        if (only is None or session in only)
        and all(literal in storable(fold(passage.text)) for literal in wanted)
    }
    order = [(s, p) for s, group in catalog.candidates(wanted, only) for p in group]
    assert set(order) == brute
    assert len(order) == len([1 for s, p in everything if (s, p) in brute])
    assert [s for s, _ in order] == sorted((s for s, _ in order), reverse=True)
    assert all(group for _, group in catalog.candidates(wanted, only))
    catalog.close()


# -- several processes, and the end of one -------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from replay.catalog import Put, open_catalog
from replay.entry import Entry
from tests.replay.passages_made import lines
catalog = open_catalog(Path(sys.argv[1]))
print("open", flush=True)
for number in range(int(sys.argv[3])):
    session = f"{sys.argv[2]}{number:04d}"
    told = lines(f"{session} line {n} " + "word " * 20 for n in range(300))
    for since in (0, 100, 200):
        put = Put(Entry(session, events=since), "1", since, since + 100, told[since:since + 100])
        assert catalog.put(put)
print("done", flush=True)
"""


def writer(folder: Path, name: str, sessions: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(sessions)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def consistent(catalog: Catalog) -> int:
    """Each session is as far as it says, with all of that; how many there are."""
    catalog.check()
    texts: dict[str, list[str]] = {}
    for session, text in found(catalog, " line "):
        texts.setdefault(session, []).append(text)
    known = catalog.known()
    for session, (_, settled, _) in known.items():
        assert len(texts.get(session, [])) == settled
        assert all(text.startswith(session) for text in texts[session])
    assert texts.keys() == known.keys()
    return len(known)


def test_a_writer_killed_at_any_instant_leaves_a_sound_catalog(tmp_path: Path) -> None:
    sessions = 0
    for turn in range(4):
        with writer(tmp_path, f"t{turn}-", 10_000) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            path = tmp_path / "catalog.db-wal"
            before, until = path.stat().st_size, time.monotonic_ns() + 30 * 10**9
            while path.stat().st_size < before + 400_000 * (turn + 1):
                assert process.poll() is None
                assert time.monotonic_ns() < until
                if path.stat().st_size < before:
                    break  # the log has begun anew
            os.kill(process.pid, signal.SIGKILL)
        catalog = open_catalog(tmp_path)
        assert catalog.notice == ""
        now = consistent(catalog)
        catalog.close()
        assert now >= sessions
        sessions = now
    assert sessions


def test_several_processes_write_and_one_reads(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    with writer(tmp_path, "a", 12) as one, writer(tmp_path, "b", 12) as other:
        while one.poll() is None or other.poll() is None:
            for session, text in found(catalog, " line 7"):
                assert text.startswith(session)
        assert (one.returncode, other.returncode) == (0, 0)
    assert consistent(catalog) == 24
    catalog.close()
