"""What is fuzzed of people's words: case files, and the signatures and keys under them.

As in `tests.fuzz.targets`, which names these too: each takes any bytes, and must come back.
"""

from __future__ import annotations

import re

from recorder import ssh_agent, sshsig
from recorder.allowed_signers import parse_allowed_signers
from recorder.errors import KeyFileError, SignatureError
from replay.case import NAMESPACE, Written
from replay.case_check import Author, AuthorCheck, author_of
from replay.case_lines import lines_of, parse
from replay.case_report import html_report, kept_frame, text_report
from replay.errors import CaseError

SIGNED = b"what the seeds have signatures on\n"
_ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_ALLOWED_TAGS = re.compile(
    r"</?(?:!doctype|html|head|meta|title|style|body|h1|p|article|span|s|svg|g|rect|text|tspan|path|"
    r"defs|clipPath|line|circle|desc)\b", re.IGNORECASE,
)  # fmt: skip


def cases(data: bytes) -> None:
    """A case file: refused by one error, or a case that comes back from its lines, of which
    nothing acts in a text or on a page."""
    try:
        case = parse(data).case
    except CaseError:
        return
    again = parse(b"".join(lines_of(case)))
    assert again.case.entries == case.entries
    assert again.torn == 0
    assert case.merged(again.case) == case
    for bookmark in case.bookmarks:
        frame = kept_frame(bookmark)
        assert frame is None or frame.cols * frame.rows <= 1 << 18
    text = "".join(text_report(case, _judge))
    assert not _ACTING.search(text)
    page = "".join(html_report(case, _judge))
    assert not _ACTING.search(page)
    for tag in re.findall(r"<[^ >]*", page):
        assert _ALLOWED_TAGS.match(tag), tag


def _judge(written: Written) -> AuthorCheck:
    check = author_of(written, ())
    assert check.author is not Author.KNOWN, "nobody is known here"
    return check


def signatures(data: bytes) -> None:
    """SSH signatures, an agent's answers, and lists of whose key is whose."""
    text = data.decode("utf-8", "replace")
    try:
        read = sshsig.parse(text)
    except SignatureError:
        pass
    else:
        assert sshsig.fingerprint(read.public)
        assert read.namespace
        for wrong in ("file", NAMESPACE):
            try:
                sshsig.check(text, wrong, b"what nobody has signed\n")
            except SignatureError:
                continue
            raise AssertionError("a signature on something else was taken")
    for answer in (ssh_agent.read_identities, ssh_agent.read_signature):
        try:
            answer(data)
        except SignatureError:
            continue
    try:
        allowed = parse_allowed_signers(text)
    except KeyFileError:
        return
    for signer in allowed:
        signer.allows("alice", NAMESPACE, 0)
        assert sshsig.key_type(signer.public)
