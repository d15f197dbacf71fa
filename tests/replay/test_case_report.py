"""A case as text and as a page: nothing that somebody wrote or recorded acts in either."""

from __future__ import annotations

from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from replay.case_check import author_of
from replay.case_report import (
    Judge,
    bookmark_text,
    citation_words,
    html_report,
    kept_frame,
    standing_words,
    text_report,
)
from tests.recorder.builders import Studio
from tests.replay.cases import ALICE, MALLORY, SIGNERS, begun, kept, opened, recorded

HOSTILE = "<script>alert(1)</script>\x1b]2;x\x07\u202e[@click=app.quit]x[/]\n&lt;"
JUDGE: Judge = partial(author_of, signers=SIGNERS)


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    with Studio(tmp_path / "store") as studio:
        moment = kept(studio, recorded(studio))
    file = begun(tmp_path)
    name = file.add(moment, HOSTILE).name
    file.note(HOSTILE)
    file.sign(ALICE)
    file.edit(name, f"pending {HOSTILE}")
    bob = opened(file, HOSTILE)
    bob.note("struck", name)
    bob.withdraw(bob.case.bookmarks[0].notes[0].written.name)
    bob.sign(MALLORY)
    return file.path


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_holds_it_all_and_runs_nothing(case_file: Path) -> None:
    from replay.case_file import CaseFile
    from tests.replay.cases import TickingClock

    page = "".join(html_report(CaseFile(case_file, "eve", TickingClock()).case, JUDGE))
    tags = Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "img", "a", "iframe", "link", "object", "form", "base"}
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert not tags.attributes & {"href", "src", "action", "xlink:href"}
    assert "default-src 'none'" in page
    assert "<script>alert(1)</script>" in tags.text
    assert "/etc/" in tags.text
    assert "pending" in tags.text
    assert "signed by an unknown key SHA256:" in tags.text
    assert "<s>struck</s>" in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page)


def test_a_text_holds_it_all_and_acts_on_no_terminal(case_file: Path) -> None:
    from replay.case_file import CaseFile
    from tests.replay.cases import TickingClock

    case = CaseFile(case_file, "eve", TickingClock()).case
    text = "".join(text_report(case, JUDGE))
    assert not {c for c in text if c != "\n" and not c.isprintable() and c != "\ufffd"}
    assert "alice, signed" in text
    assert "not signed yet" in text
    assert "| $ whoami" in text
    assert "(withdrawn)" in text
    (bookmark,) = case.bookmarks
    assert "".join(bookmark_text(bookmark, JUDGE)) in text
    assert f"{bookmark.cites.session}#e{bookmark.cites.event}" in citation_words(bookmark)
    assert "alice on root@web1" in citation_words(bookmark)
    assert kept_frame(bookmark) is not None
    assert standing_words(bookmark.written, JUDGE) == ("alice, signed", True)


def test_a_screen_that_is_none_is_left_out(tmp_path: Path) -> None:
    with Studio(tmp_path / "store") as studio:
        moment = kept(studio, recorded(studio))
    file = begun(tmp_path)
    for screen in ({}, {"size": [1, 1]}):
        bookmark = file.add(moment._replace(screen=screen), "x")
        assert kept_frame(bookmark) is None
    assert "<svg" not in "".join(html_report(file.case, JUDGE))
