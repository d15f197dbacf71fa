"""A case as a text or a page for somebody who has nothing but it.

Knows: a case, what was found of its authors, frames as text and as SVG. Must never know: files,
keys. Called by ``gatereel case export`` and ``show``. Notes, names and screens are other people's
words: they are escaped for where they go, and the page runs nothing and asks nothing of a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

from recorder.convert.svg import as_svg
from recorder.moments import format_offset, format_wall
from recorder.screen import Frame, ScreenStateError, frame_of
from recorder.show import as_text, harmless
from replay.case import Bookmark, Case, Note, Written, in_order
from replay.case_check import Author, AuthorCheck

Judge = Callable[[Written], AuthorCheck]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { background: #14171c; color: #d4d7dd; font: 15px/1.5 sans-serif; margin: 2em auto;
  max-width: 76em; padding: 0 1em }
article { border-top: 1px solid #3a4250; padding: 1em 0 }
.said { white-space: pre-wrap; overflow-wrap: anywhere }
.cited { color: #8f9bb3; font: 13px/1.5 monospace; overflow-wrap: anywhere }
.known { color: #8fbf7f } .doubt { color: #e06c6c }
s { color: #8f9bb3 }
svg { max-width: 100%; height: auto; display: block; margin-top: .6em }
"""


def standing_words(written: Written, judge: Judge) -> tuple[str, bool]:
    """Who wrote it, in words; and whether that is certain."""
    author, who = judge(written)
    name = harmless(written.entry.author)
    match author:
        case Author.KNOWN:
            return f"{name}, signed", True
        case Author.UNKNOWN:
            return f"{name}, it says: signed by an unknown key {who}", False
        case Author.ANOTHER:
            return f"{name}, it says: signed with the key of {harmless(who)}", False
        case Author.UNSIGNED:
            return f"{name}, it says: not signed", False
        case Author.FORGED:
            return f"{name}, it says: the signature does not fit", False


def citation_words(bookmark: Bookmark) -> str:
    """The moment, as one would quote it."""
    cites, about = bookmark.cites, bookmark.about
    where = "@".join(str(about[k]) for k in ("account", "target") if about.get(k))
    words = [f"{cites.session}#e{cites.event}"]
    if cites.frame >= 0:
        words.append(f"f{cites.frame}")
    words.append(format_offset(cites.time))
    if isinstance(about.get("wall"), int):
        words.append(format_wall(about["wall"], cites.time))
    if about.get("principal"):
        words.append(f"{about['principal']} on {where}" if where else str(about["principal"]))
    return harmless("  ".join(words))


def kept_frame(bookmark: Bookmark) -> Frame | None:
    """The frame that a bookmark keeps; None where it keeps none, or no screen."""
    try:
        return frame_of(bookmark.screen) if bookmark.screen else None
    except ScreenStateError:
        return None


# -- text ------------------------------------------------------------------------------------------


def text_report(case: Case, judge: Judge) -> Iterator[str]:
    """A whole case as lines."""
    first = case.entries[case.id]
    yield f"{harmless(case.title)}\n"
    yield f"case {case.id}\nbegan {_when(first)} by {standing_words(first, judge)[0]}\n"
    for note in case.notes:
        yield "\n" + "".join(_note_lines(note, judge))
    for bookmark in _in_order(case):
        yield "\n" + "".join(bookmark_text(bookmark, judge))


def _in_order(case: Case) -> list[Bookmark]:
    named = {bookmark.name: bookmark for bookmark in case.bookmarks}
    return [named[written.name] for written in in_order(b.written for b in case.bookmarks)]


def bookmark_text(bookmark: Bookmark, judge: Judge) -> Iterator[str]:
    """One bookmark: where, who, what, and its screen."""
    state = " (withdrawn)" if bookmark.withdrawn else ""
    yield f"{citation_words(bookmark)}{state}\n"
    yield f"  {bookmark.name[:12]}  {_when(bookmark.written)}  "
    yield f"{standing_words(bookmark.written, judge)[0]}\n"
    yield _indented(bookmark.note)
    if bookmark.pending is not None:
        yield f"  not signed yet:\n{_indented(bookmark.pending)}"
    for note in bookmark.notes:
        yield from _note_lines(note, judge)
    frame = kept_frame(bookmark)
    if frame is not None:
        yield "".join(f"  | {line}\n" for line in as_text(frame).splitlines())


def _note_lines(note: Note, judge: Judge) -> Iterator[str]:
    state = " (withdrawn)" if note.withdrawn else ""
    words = standing_words(note.written, judge)[0]
    yield f"  {note.written.name[:12]}  {_when(note.written)}  {words}{state}\n"
    yield _indented(note.text if note.pending is None else f"{note.text}\n{note.pending}")


def _indented(text: str) -> str:
    return "".join(f"    {harmless(line)}\n" for line in text.splitlines())


def _when(written: Written) -> str:
    return format_wall(written.entry.written * 1000)


# -- a page ----------------------------------------------------------------------------------------


def html_report(case: Case, judge: Judge) -> Iterator[str]:
    """A whole case as one page that needs nothing else and does nothing."""
    title = _escaped(case.title)
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f'<p class="cited">case {case.id}</p>\n{_byline(case.entries[case.id], judge)}'
    )
    for note in case.notes:
        yield f"<article>{_note_html(note, judge)}</article>\n"
    for bookmark in _in_order(case):
        yield from _bookmark_html(bookmark, judge)
    yield "</body></html>\n"


def _bookmark_html(bookmark: Bookmark, judge: Judge) -> Iterator[str]:
    said = _said(bookmark.note, struck=bookmark.withdrawn)
    yield f'<article><p class="cited">{_escaped(citation_words(bookmark))}</p>\n{said}'
    if bookmark.pending is not None:
        yield f'<p class="doubt">not signed yet:</p>{_said(bookmark.pending)}'
    yield _byline(bookmark.written, judge)
    for note in bookmark.notes:
        yield _note_html(note, judge)
    frame = kept_frame(bookmark)
    if frame is not None:
        yield from as_svg(frame, f"{bookmark.cites.session}#e{bookmark.cites.event}")
    yield "</article>\n"


def _note_html(note: Note, judge: Judge) -> str:
    pending = _said(note.pending) if note.pending is not None else ""
    return _said(note.text, struck=note.withdrawn) + pending + _byline(note.written, judge)


def _byline(written: Written, judge: Judge) -> str:
    words, certain = standing_words(written, judge)
    kind = "known" if certain else "doubt"
    return (
        f'<p class="cited">{written.name[:12]} {_escaped(_when(written))} '
        f'<span class="{kind}">{_escaped(words)}</span></p>\n'
    )


def _said(text: str, *, struck: bool = False) -> str:
    lines = "\n".join(_escaped(line) for line in text.splitlines())
    return f'<p class="said">{f"<s>{lines}</s>" if struck else lines}</p>\n'


def _escaped(text: str) -> str:
    return escape(harmless(text))
