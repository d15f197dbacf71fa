"""Retention: who is due, who stays, what is left of those that went; interrupted anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder import retention
from recorder.errors import RetentionError
from recorder.events import Pruned
from recorder.index import Index
from recorder.journal import Journal
from recorder.keeping import KIND, held, preserve, read_keeping, release, write_record
from recorder.retention import Plan, Rule, files_of, parse_age, plan, prune, total
from recorder.store import Store
from tests.recorder.builders import Studio, outputs
from tests.recorder.test_keeping import faults

DAY_NS = 86_400_000_000_000


class Archive:
    """Sessions a day apart, the oldest first."""

    def __init__(self, folder: Path, count: int = 4) -> None:
        self.studio = Studio(folder)
        self.sessions = []
        for _ in range(count):
            self.sessions.append(self.studio.whole(outputs(3)))
            with self.studio.open(self.sessions[-1]) as recording:
                Index.load_or_build(recording).close()
            self.studio.clock.advance(86_400_000_000)
        self.store = self.studio.store

    def plan(self, days: int | None = None, keep: int | None = None) -> Plan:
        older = None if days is None else days * DAY_NS
        return plan(self.store, Rule(older, keep), self.studio.clock.wall_ns())

    def run(self, wanted: Plan) -> list[str]:
        studio = self.studio
        return list(prune(self.store, wanted, studio.signer, studio.clock, studio.entropy))

    def left(self) -> list[str]:
        keepers = read_keeping(self.store).keepers
        return [one for one in reversed(self.store.ids()) if one not in keepers]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Archive(tmp_path / "store")


def due(wanted: Plan) -> list[str]:
    return sorted(one.session for one in wanted.due)


def test_the_old_go_and_the_newest_stay(archive: Archive) -> None:
    a, b, c, d = archive.sessions
    assert due(archive.plan(days=2)) == [a, b]
    assert due(archive.plan(keep=3)) == [a]
    assert due(archive.plan(days=1, keep=3)) == [a]
    assert due(archive.plan(days=100)) == []
    wanted = archive.plan(days=2)
    assert total(wanted.due) > 0
    assert sorted(archive.run(wanted)) == [a, b]
    assert archive.left() == [c, d]
    assert not [path for s in (a, b) for path in files_of(archive.store, s, ()) if path.exists()]
    assert faults(archive.studio) == []
    removal = read_keeping(archive.store).removed[a]
    assert removal.facts["principal"] == "alice"
    assert removal.facts["rule"] == "ended more than 48 h ago"
    assert f"gatereel/{a}\n" in removal.facts["note"]


def test_a_dry_run_changes_nothing(archive: Archive) -> None:
    before = sorted(path.name for path in archive.store.path.iterdir())
    archive.plan(days=1)
    assert sorted(path.name for path in archive.store.path.iterdir()) == before


def test_held_live_unsealed_and_damaged_sessions_stay(archive: Archive) -> None:
    a, b, *_ = archive.sessions
    studio = archive.studio
    preserve(studio.store, a, studio.signer, studio.clock, studio.entropy, "a lawsuit")
    archive.store.reel(b).write_bytes(b"damaged")
    live: Journal = studio.begin()
    studio.clock.advance(10 * 86_400_000_000)
    wanted = archive.plan(days=1)
    assert due(wanted) == sorted(archive.sessions[2:])
    why = {one.session: one.why for one in wanted.spared}
    assert why.keys() == {a, b, live.id}
    assert "a lawsuit" in why[a]
    assert "cannot be read" in why[b]
    assert why[live.id] == "it is live"
    archive.run(wanted)
    assert set(archive.left()) == {a, b, live.id}
    studio.writer.close()


def test_a_hold_counts_without_its_marker(archive: Archive) -> None:
    a = archive.sessions[0]
    studio = archive.studio
    preserve(studio.store, a, studio.signer, studio.clock, studio.entropy, "a lawsuit")
    archive.store.hold(a).unlink()
    assert a not in due(archive.plan(days=1))


def test_a_hold_since_the_plan_counts(archive: Archive) -> None:
    a = archive.sessions[0]
    wanted = archive.plan(days=1)
    studio = archive.studio
    preserve(studio.store, a, studio.signer, studio.clock, studio.entropy, "a lawsuit")
    assert a not in archive.run(wanted)
    assert a in archive.left()


def test_what_verification_needs_stays(archive: Archive) -> None:
    gateway = archive.studio.whole([], kind="gateway")
    archive.studio.clock.advance(100 * 86_400_000_000)
    archive.run(archive.plan(days=1))
    assert archive.left() == [gateway]
    archive.studio.clock.advance(100 * 86_400_000_000)
    assert due(archive.plan(days=1)) == []
    assert KIND == "keeper"


def interrupted(archive: Archive, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A run that is killed after so many files have gone."""
    count = 0
    unlink = Path.unlink

    def counted(path: Path, missing_ok: bool = False) -> None:
        nonlocal count
        if path.suffix in (".reel", ".index") and path.exists():
            if count == after:
                raise KeyboardInterrupt
            count += 1
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", counted)
        with pytest.raises(KeyboardInterrupt):
            archive.run(archive.plan(days=2))


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_an_interrupted_run_is_finished_by_the_next(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    a, b, c, d = archive.sessions
    interrupted(archive, monkeypatch, after)
    assert {name for _, name in faults(archive.studio)} == {"pruned"}
    wanted = archive.plan(days=100)
    assert set(wanted.unfinished) <= {a, b}
    assert wanted.unfinished
    archive.run(wanted)
    assert archive.left() == [c, d]
    assert faults(archive.studio) == []
    assert archive.plan(days=100).unfinished == []


def test_a_strangers_record_removes_nothing(archive: Archive, tmp_path: Path) -> None:
    a = archive.sessions[0]
    with Studio(tmp_path / "elsewhere", signer=archive.studio.signer.generate("stranger")) as other:
        other.clock.advance(10**12)
        write_record(
            other.store, other.signer, other.clock, other.entropy,
            [Pruned(0, 0, a, {"note": "", "events": 3})],
        )  # fmt: skip
        (keeper,) = read_keeping(other.store).keepers
        other.store.reel(keeper).rename(archive.store.reel(keeper))
    assert archive.plan(days=100).unfinished == []
    found = faults(archive.studio)
    assert (a, "pruned") in found
    assert (keeper, "signatures") in found


def test_a_run_that_was_killed_before_its_record_was_sealed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record's journal is left, and nobody has sealed it: nothing has gone or is stuck."""
    a, b, *_ = archive.sessions
    studio = archive.studio
    journal = studio.begin(kind=KIND, claims={"before": ""})
    journal.append([Pruned(0, 0, a, {"note": ""})]).result(10)
    studio.writer.close()
    wanted = archive.plan(days=2)
    assert wanted.unfinished == []
    assert due(wanted) == [a, b]
    assert sorted(archive.run(wanted)) == [a, b]


def test_what_was_to_go_and_was_preserved_instead_stays(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, *_ = archive.sessions
    interrupted(archive, monkeypatch, 0)
    wanted = archive.plan(days=100)
    assert wanted.unfinished == [a, b]
    studio = archive.studio
    studio.clock.advance(1_000_000)
    preserve(studio.store, a, studio.signer, studio.clock, studio.entropy, "a lawsuit")
    assert archive.run(wanted) == [b], "a hold since the plan counts here too"
    studio.clock.advance(1_000_000)
    release(studio.store, a, studio.signer, studio.clock, studio.entropy, "over")
    assert archive.plan(days=100).unfinished == [], "what was decided before the hold is void"
    assert faults(studio) == []


def test_nobody_holds_while_somebody_removes(archive: Archive) -> None:
    a, b, *_ = archive.sessions
    studio = archive.studio
    removing = prune(
        studio.store, archive.plan(days=2), studio.signer, studio.clock, studio.entropy
    )
    assert next(removing) in (a, b)
    with pytest.raises(RetentionError, match="another gatereel"):
        preserve(studio.store, b, studio.signer, studio.clock, studio.entropy, "a lawsuit")
    assert held(studio.store, b) is None
    list(removing)
    with pytest.raises(RetentionError, match="is gone"):
        preserve(studio.store, b, studio.signer, studio.clock, studio.entropy, "a lawsuit")


def test_the_folder_is_not_read_for_each_session(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    names = Store._names

    def counted(store: Store) -> list[str]:
        nonlocal looks
        looks += 1
        return names(store)

    monkeypatch.setattr(Store, "_names", counted)
    assert len(archive.plan(days=1).due) == 3
    few = looks
    archive.plan(days=100)
    assert looks == 2 * few


def test_a_file_that_cannot_go_is_said(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".reel":
            raise PermissionError(13, "Permission denied")

    wanted = archive.plan(days=2)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        patched.setattr(retention, "write_record", lambda *_: "")
        with pytest.raises(RetentionError, match="cannot be removed"):
            archive.run(wanted)


def test_ages_and_rules() -> None:
    assert parse_age("90d") == 90 * DAY_NS
    assert [parse_age(text) // DAY_NS for text in ("48h", "2w", "1y")] == [2, 14, 365]
    for wrong in ("", "90", "d", "-1d", "1.5d", "1m"):
        with pytest.raises(RetentionError):
            parse_age(wrong)
    assert str(Rule(DAY_NS, 5)) == "ended more than 24 h ago, not among the newest 5"


def test_a_run_needs_a_rule(archive: Archive) -> None:
    with pytest.raises(RetentionError, match="say what may go"):
        archive.plan()
