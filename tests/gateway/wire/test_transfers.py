"""Commands that move files: what they name, and that nothing is said of what is more than words."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.transfers import LONGEST, PATHS, READ, WRITTEN, Transfer, transfer_of


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (b"scp -t /srv/x", Transfer("scp", WRITTEN, (b"/srv/x",))),
        (b"scp -r -p -f a \"b c\" d*", Transfer("scp", READ, (b"a", b"b c", b"d*"))),
        (b"/usr/bin/scp -prt -- -odd", Transfer("scp", WRITTEN, (b"-odd",))),
        (b"scp -v -f 'it'\\''s'", Transfer("scp", READ, (b"it's",))),
        (b"scp a b", None),
        (b"scp -tf x", None),
        (b"scp", None),
        (b"rsync --server -vlogDtpre.iLsfxCIvu . /srv", Transfer("rsync", WRITTEN, (b"/srv",))),
        (b"rsync --server --sender -vre.iLs . a 'b c'", Transfer("rsync", READ, (b"a", b"b c"))),
        (b"rsync --server -s", Transfer("rsync", WRITTEN, ())),
        (b"rsync -a a b", None),
        (b"git-upload-pack '/srv/it.git'", Transfer("git", READ, (b"/srv/it.git",))),
        (b"git-receive-pack '~/it.git'", Transfer("git", WRITTEN, (b"~/it.git",))),
        (b"git upload-pack --strict x", Transfer("git", READ, (b"x",))),
        (b"git-upload-archive 'x'", Transfer("git", READ, (b"x",))),
        (b"git gc", None),
        (b"git", None),
        (b"", None),
        (b"scp -t \xff", None),
        (b"scp -t x; rm y", None),
        (b"scp -t $(pwd)", None),
        (b'scp -t "`pwd`"', None),
        (b"scp -t 'x", None),
        (b"scp -t x\\", None),
        (b"scp -t x\ny", None),
        (b"scp -t ';$(x)'", Transfer("scp", WRITTEN, (b";$(x)",))),
        (b"scp -t " + b"x" * LONGEST, None),
    ],
)  # fmt: skip
def test_what_a_command_moves(command: bytes, expected: Transfer | None) -> None:
    assert transfer_of(command) == expected


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=5))
def test_what_was_quoted_is_named_as_it_was(paths: list[str]) -> None:
    found = transfer_of(("scp -f -- " + " ".join(map(shlex.quote, paths))).encode())
    assert found == Transfer("scp", READ, tuple(path.encode() for path in paths))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_command(tail: bytes) -> None:
    transfer_of(tail)
    transfer_of(b"scp -t " + tail)


def test_of_many_paths_some_are_named() -> None:
    transfer = Transfer("scp", READ, (b"x",) * (PATHS + 5))
    assert (len(transfer.facts()["paths"]), transfer.facts()["more"]) == (PATHS, 5)
