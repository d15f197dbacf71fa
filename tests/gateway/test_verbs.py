"""What an exec at the gateway means, and that nothing else means anything."""

from __future__ import annotations

import contextlib
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.refusals import NoSuchVerb
from gateway.verbs import (
    USES,
    Answer,
    Export,
    Help,
    Kill,
    KnownHosts,
    Replay,
    Requests,
    Sessions,
    Verb,
    Watch,
    Withdraw,
    help_text,
    meant,
    name_of,
    parse,
)


@pytest.mark.parametrize(
    ("command", "verb"),
    [
        ("help", Help()),
        ("known-hosts", KnownHosts()),
        ("sessions", Sessions(False, ())),
        ("requests", Requests(False)),
        ("requests --json", Requests(True)),
        ("approve k7m2q9xp --reason 'it is due'", Answer("k7m2q9xp", True, "it is due", "")),
        ("approve --for dba k7m2q9xp --reason=x", Answer("k7m2q9xp", True, "x", "dba")),
        ("deny k7m2q9xp --reason no", Answer("k7m2q9xp", False, "no", "")),
        ("withdraw k7m2q9xp", Withdraw("k7m2q9xp")),
        ("sessions --json alice web1", Sessions(True, ("alice", "web1"))),
        ("replay", Replay("")),
        ("replay 01a2", Replay("01a2")),
        ("replay '01a2#e1842'", Replay("01a2#e1842")),
        ("replay 01a2@12:03", Replay("01a2@12:03")),
        ("watch 01A2-ff", Watch("01A2-ff")),
        ("kill 01a2 --reason 'it is late'", Kill("01a2", "it is late")),
        ("kill --reason=late 01a2", Kill("01a2", "late")),
        ("export 01a2", Export("01a2", ())),
        (
            "export 01a2 --format cast3 --from 0:10 --input",
            Export("01a2", (("--format", "cast3"), ("--from", "0:10"), ("--input", ""))),
        ),
    ],
)
def test_a_verb_is_read(command: str, verb: Verb) -> None:
    assert parse(command.encode()) == verb
    assert meant(command.encode())


@pytest.mark.parametrize("command", ["kill", "kill 01a2", "watch 'it is", "sessions --what"])
def test_what_is_wrongly_written_is_still_meant_as_a_verb(command: str) -> None:
    assert meant(command.encode())


@pytest.mark.parametrize("command", [b"", b" ", b"uptime", b"killall x", b"\xff kill"])
def test_what_begins_otherwise_is_meant_as_none(command: bytes) -> None:
    assert not meant(command)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "uptime",
        "help me",
        "sessions --all",
        "replay a b",
        "replay /etc/passwd",
        "replay ../x",
        "replay 01a2#x1",
        "replay --store=/tmp",
        "watch",
        "watch 01a2 01a3",
        "kill 01a2",
        "kill 01a2 --reason ''",
        "kill 01a2 --reason x --reason y",
        "kill 01a2 --reason 'a\nb'",
        "kill 01a2 --reason '\x1b[2J'",
        "export /etc/passwd",
        "export 01a2 -o /tmp/x",
        "export 01a2 --output=/tmp/x",
        "export 01a2 --format",
        "export 01a2 --format=--output=/tmp/x",
        "export 01a2 --store /tmp",
        "'sessions",
        "sessions 'a\0b'",
        "kill 01a2 --reason '\0'",
        "sessions " + "x" * 10_000,
    ],
)
def test_what_is_not_written_as_a_verb_is_refused_as_a_whole(command: str) -> None:
    with pytest.raises(NoSuchVerb):
        parse(command.encode())


@given(st.binary(max_size=80))
@example(b"sessions \xff")
@example(b"kill \x00 --reason x")
def test_other_bytes_are_refused_or_a_verb(command: bytes) -> None:
    with contextlib.suppress(NoSuchVerb):
        assert isinstance(parse(command), Verb)


safe = st.text(st.characters(min_codepoint=33, max_codepoint=0x2000), min_size=1, max_size=20)


@given(safe)
def test_a_reason_arrives_as_it_was_written_or_not_at_all(reason: str) -> None:
    command = shlex.join(["kill", "01a2", "--reason", reason]).encode()
    try:
        assert parse(command) == Kill("01a2", reason.strip())
    except NoSuchVerb:
        assert not reason.isprintable()


@given(st.sampled_from(["replay", "watch", "export"]), safe)
def test_nothing_that_could_be_a_path_or_an_option_is_handed_on(verb: str, word: str) -> None:
    try:
        read = parse(shlex.join([verb, word]).encode())
    except NoSuchVerb:
        return
    assert isinstance(read, Replay | Watch | Export)
    assert "/" not in read.session
    assert "." not in read.session.partition("@")[0]


def test_help_names_every_verb() -> None:
    text = "\n".join(help_text())
    assert all(use in text for use in USES.values())


@pytest.mark.parametrize(
    "command",
    [
        "approve", "approve k7m2q9xp", "approve k7m2q9xp --reason ' '", "approve --reason x",
        "approve k7m2q9xp k7m2q9xp --reason x", "approve K7M2 --reason x",
        "approve k7m2q9xp --reason 'a\nb'", "approve k7m2q9xp --reason x --reason y",
        "approve k7m2q9xp --reason x --for 'a\x1b'", "deny k7m2q9xp --reason " + "x" * 501,
        "withdraw", "withdraw k7m2q9xp --reason x", "withdraw ../x", "requests now",
    ],
)  # fmt: skip
def test_an_answer_that_is_not_written_so_is_none(command: str) -> None:
    with pytest.raises(NoSuchVerb, match="is written so"):
        parse(command.encode())


def test_an_answer_goes_by_its_own_name() -> None:
    assert name_of(Answer("k", True, "x", "")) == "approve"
    assert name_of(Answer("k", False, "x", "")) == "deny"
