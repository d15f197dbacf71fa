"""A range of a recording as one page that plays offline.

Knows: the page and its parts; `recorder.convert.film` packs the frames. Must never know: stores,
command lines. Called by ``gatereel export``.

Nothing in the page comes from elsewhere, and its own policy forbids that anything could: no
request of any kind, no script and no style but the two whose hashes it names, no markup made from
text. What was recorded lies there as base64 of deflate, which is no markup and no script whatever
was recorded; the script puts it into text nodes only.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any, TextIO

from recorder.convert.film import Film
from recorder.convert.looks import writable

_LINE = 76
_LARGEST_DATE = 8_640_000_000_000_000
"""Milliseconds beyond which a browser has no date."""


def write_html(
    out: TextIO,
    film: Film,
    *,
    heading: str,
    subject: str,
    wall_ns: int,
    span: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """The page. ``heading`` and ``subject`` may be any text; ``span`` is the range in µs, ``size``
    the columns and rows of the blank screen before the first frame."""
    start, end = span
    wall = wall_ns // 1_000_000
    facts: dict[str, Any] = {
        "start": start,
        "end": end,
        "wall": wall if abs(wall) + end // 1000 < _LARGEST_DATE else None,
        "cols": size[0],
        "lines": size[1],
    }
    packed = b64encode(zlib.compress(film.text(facts).encode("ascii"), 9)).decode("ascii")
    script, style = _part("player.js"), _part("player.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )
    out.write(
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(heading)}</title>\n"
        f"<style>{style}</style>\n"
        "</head>\n<body>\n"
        f'<h1>{_text(heading)}</h1>\n<p>{_text(subject)} <span id="window"></span></p>\n'
        '<div id="stage"><div id="screen"><div id="cursor" hidden></div></div></div>\n'
        '<input id="seek" type="range" step="1" value="0" aria-label="time">\n'
        '<div id="controls">\n'
        '<button id="back" type="button" title="previous frame (,)">&lsaquo; frame</button>\n'
        '<button id="play" type="button" title="play or pause (space)">Play</button>\n'
        '<button id="forward" type="button" title="next frame (.)">frame &rsaquo;</button>\n'
        '<select id="speed" aria-label="speed"><option value="0.5">0.5&times;</option>'
        '<option value="1" selected>1&times;</option><option value="2">2&times;</option>'
        '<option value="4">4&times;</option><option value="16">16&times;</option></select>\n'
        '<label><input id="idle" type="checkbox" checked> pauses at most 2 s</label>\n'
        '<span id="clock">This page plays by its script, which is not running.</span>\n'
        "</div>\n"
        '<pre id="recording" hidden>\n'
    )
    out.writelines(f"{packed[at : at + _LINE]}\n" for at in range(0, len(packed), _LINE))
    out.write(f"</pre>\n<script>{script}</script>\n</body>\n</html>\n")


def _part(name: str) -> str:
    return files("recorder.convert").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode("ascii")


def _text(text: str) -> str:
    return escape(writable(text))
