"""Valid cases, signatures and lists of signers to start from. Always the same."""

from __future__ import annotations

import base64

from recorder import sshsig
from recorder.screen import Screen, still_of
from recorder.ssh_wire import string, uint32
from replay.case import NAMESPACE, Case, Citation, Kind
from replay.case_lines import lines_of
from tests.fuzz.case_targets import SIGNED
from tests.replay.cases import ALICE, BOB
from tests.vectors.make import SESSION


def seeds() -> dict[str, list[bytes]]:
    """Inputs by target."""
    case = _case()
    public = ALICE.public
    listed = f'# ours\nalice,!b* namespaces="{NAMESPACE}",valid-after="20260101Z" ' + _line(public)
    return {
        "cases": [b"".join(lines_of(case)), b"".join(lines_of(Case.begin("t", "a", 1))) + b"{"],
        "signatures": [
            sshsig.sign(ALICE, NAMESPACE, SIGNED).encode(),
            b"\x0c" + uint32(1) + string(public) + string(b"alice"),
            b"\x0e" + string(ALICE.sign(SIGNED)),
            listed.encode(),
        ],
    }


def _case() -> Case:
    """A bookmark with a screen, signed; a note by somebody else; an edit and a withdrawal."""
    screen = Screen(9, 2)
    screen.feed("a日e\u0301\x1b[31mred\x1b]0;t\x07".encode())
    case = Case.begin("Night", "alice", 1)
    entry = case.bookmark(
        Citation(SESSION, 3, 1, 500), "look", "alice", 2,
        about={"principal": "bob", "wall": 5}, screen=still_of(screen.frame()),
    )  # fmt: skip
    case = case.with_entry(entry, sshsig.sign(ALICE, NAMESPACE, entry.line()))
    name = list(case.entries)[-1]
    for kind, author, body in (
        (Kind.NOTE, "bob", {"on": name, "note": "<b>[bold]\x1b[2J"}),
        (Kind.EDIT, "alice", {"on": name, "note": "again"}),
        (Kind.WITHDRAW, "alice", {"on": name}),
        (Kind.NOTE, "bob", {"on": "", "note": "all in all"}),
    ):
        made = case.entry(kind, author, 3, body)
        case = case.with_entry(made, sshsig.sign(BOB, NAMESPACE, made.line()))
    return case


def _line(public: bytes) -> str:
    return f"ssh-ed25519 {base64.b64encode(public).decode()} a comment\n"
