"""What was typed, run, transferred and said: each as a passage, at its record."""

import pytest

from recorder.events import (
    Asked,
    Decided,
    Environment,
    Event,
    ExitSignal,
    Gap,
    LoginRefused,
    Marker,
    Notice,
    Outage,
    Refused,
    Requested,
    SessionOpened,
    SftpDone,
    SftpOpened,
    Suspended,
    Transferred,
    Unknown,
)
from replay.passage import NEVER_SHOWN, Kind
from replay.spoken import Echoes, said
from tests.replay.queries import passage


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Requested(0, 1, "exec", b"scp -t /tmp/x"), [(Kind.FILE, "scp -t /tmp/x", "copy")]),
        (Requested(0, 1, "exec", b"rsync --server . /x"),
         [(Kind.FILE, "rsync --server . /x", "copy")]),
        (Requested(0, 1, "exec", b"ls -t"), []),
        (Environment(0, 1, b"LANG", b"C", passed=True), [(Kind.TYPED, "LANG=C", "environment")]),
        (Notice(0, 1, b"held\r\n", error=False), [(Kind.NOTICE, "held\r\n", "notice")]),
        (Marker(0, 1, "here"), [(Kind.NOTICE, "here", "marker")]),
        (Decided(0, 1, 1, "deny", ("r",), "not today"), [(Kind.NOTICE, "not today", "deny")]),
        (Decided(0, 1, 1, "allow", (), ""), []),
        (Refused(0, 1, "x11", b"\xff", "GR-204"), [(Kind.NOTICE, "x11 \\xff", "refused")]),
        (Gap(0, 0, "lost"), [(Kind.NOTICE, "lost", "gap")]),
        (Suspended(0, 0, "slow"), [(Kind.NOTICE, "slow", "gap")]),
        (Outage(0, 0, "sealer", "began", "killed"),
         [(Kind.NOTICE, "sealer began: killed", "outage")]),
        (ExitSignal(0, 1, "KILL", False, "out of memory"),
         [(Kind.NOTICE, "out of memory", "signal")]),
        (Asked(0, 1, 1, "query", {"statement": b"SELECT 1"}),
         [(Kind.STATEMENT, "SELECT 1", "query")]),
        (Asked(0, 1, 1, "rename", {"from": "a", "to": "b"}), [(Kind.FILE, "a b", "rename")]),
        (Asked(0, 1, 1, "shell", {"terminal": True}), []),
        (SftpOpened(0, 1, 1, b"/etc/x", ("read",), 0, ""), [(Kind.FILE, "/etc/x", "read")]),
        (SftpDone(0, 1, "symlink", b"a", b"b", {"target": b"c"}, 0, ""),
         [(Kind.FILE, "a b c", "symlink")]),
        (Transferred(0, 1, "scp", "written", b"d/x", {"size": 3}),
         [(Kind.FILE, "d/x", "scp written")]),
        (Asked(0, 1, 1, "exec", {"program": "git", "way": "read", "paths": [b"/srv/a.git", b"b"]}),
         [(Kind.FILE, "/srv/a.git", "git"), (Kind.FILE, "b", "git")]),
        (LoginRefused(0, 0, {"user": "eve"}), [(Kind.NOTICE, "user=eve", "login refused")]),
        (SessionOpened(0, 0, "id", {"target": "web1"}),
         [(Kind.NOTICE, "target=web1", "session opened")]),
        (Unknown(0, 1, "sql-row", ("SELECT", 3, b"x")), [(Kind.NOTICE, "SELECT x", "sql-row")]),
    ],
)  # fmt: skip
def test_what_an_event_says(event: Event, expected: list[tuple[Kind, str, str]]) -> None:
    assert list(said(event)) == expected


def test_what_a_screen_says_too_is_known() -> None:
    shown, hidden = passage("ls notes", Kind.TYPED), passage("hunter2", Kind.TYPED)
    run, completed = passage("ls notes", Kind.COMMAND), passage("ls no\tx", Kind.TYPED)
    echoes = Echoes([shown, hidden, run, completed])
    echoes.see("$ ls notes")
    echoes.see("x")
    assert echoes.told(shown).again
    assert not echoes.told(shown).mark
    assert echoes.told(run).again
    assert echoes.told(completed).again
    assert not echoes.told(hidden).again
    assert echoes.told(hidden).mark == NEVER_SHOWN
    assert echoes.told(passage("ls", Kind.FILE)) == passage("ls", Kind.FILE)


def test_signs_alone_are_shown_too() -> None:
    shown, hidden = passage("!!", Kind.TYPED), passage("%%%", Kind.TYPED)
    echoes = Echoes([shown, hidden])
    echoes.see("$ !!")
    assert echoes.told(shown).again
    assert echoes.told(hidden).mark == NEVER_SHOWN
