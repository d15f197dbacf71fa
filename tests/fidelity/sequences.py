"""Targeted cases: short inputs for every area in which terminals go wrong, some of them generated.

`cases()` is a list of cases in the form of snapshots.py, each named area/what. The areas are those
of esctest2 and the list in docs/screen.md. Nothing here says what is right: the reference does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

from tests.fidelity.edge_sequences import NO_WRAP, REPEATS, RESTORES, TITLES
from tests.fidelity.snapshots import Case
from tests.fidelity.text_sequences import BYTES, UTF8, WIDTHS

E = "\x1b"
BS = "\b"
GRID = "\r\n".join("".join(chr(65 + (x + 3 * y) % 26) for x in range(20)) for y in range(6))
LINES = "\r\n".join(f"line {n}" for n in range(1, 7))
COLORED = f"{E}[44;33m{GRID}{E}[m"
WIDE = "漢字かな交じり文\r\n한국어 텍스트 a\r\nx日y本z語\r\n全角ＡＢＣ\r\n"
HOME = f"{E}[H"

# name: text; each becomes a case with one snapshot at its end, on a grid of 20 x 6.
_CURSOR = {
    f"{final}-{number or 'none'}-from-{place.replace(';', '-')}": (
        f"{E}[{place}H{E}[{number}{final}x"
    )
    for final, number, place in product(
        "ABCDEFG`adeIZ", ["", "0", "3", "99"], ["1;1", "4;9", "6;20"]
    )
}
_CURSOR |= {
    f"position-{place}": f"{GRID}{E}[{place}{final}*"
    for place, final in product(["", ";", "3", "3;4", "99;99", ";5", "0;0", "2;3;4"], "Hf")
}
_CURSOR |= {
    "save-restore": f"{GRID}{HOME}{E}[31m{E}7{E}[5;5H{E}[m*{E}8+",
    "save-restore-csi": f"{E}[3;3H{E}[1;4m{E}[s{HOME}{E}[0mab{E}[u+",
    "restore-without-save": f"{E}[4;4H{E}8*",
    "save-restore-origin": f"{E}[2;4r{E}[?6h{E}7{E}[?6l{HOME}{E}8x",
    "save-keeps-charset": f"{E}(0{E}7{E}(Bq{E}8q",
    "save-then-scroll": f"{LINES}{E}[3;3H{E}7{E}[6;1H\n\n\n{E}8*",
    "save-in-alternate": f"{E}[2;2H{E}7{E}[?47h{E}[5;5H{E}7{HOME}{E}8x{E}[?47l{E}8y",
    "backspace-pending-wrap": f"{'x' * 20}\b*",
    "carriage-return-pending-wrap": f"{'x' * 20}\r*",
    "linefeed-pending-wrap": f"{'x' * 20}\n*",
    "index-pending-wrap": f"{'x' * 20}{E}D*",
    "tab-pending-wrap": f"{'x' * 20}\t*",
    "forward-pending-wrap": f"{'x' * 20}{E}[C*",
    "erase-pending-wrap": f"{'x' * 20}{E}[K*",
    "reverse-wrap": f"{E}[?45h{'x' * 25}{BS * 8}*",
    "reverse-wrap-hard": f"{E}[?45hab\r\n{BS * 3}*",
    "next-line": f"abc{E}Edef{E}Dghi{E}Mjkl",
    "vertical-tab": "ab\vcd\fef",
    "newline-mode": f"{E}[20hab\ncd{E}[20lef\ngh",
    "hidden": f"{E}[?25lx",
    "shown": f"{E}[?25lx{E}[?25hy",
}

_ERASE = {
    f"{kind}-{how or 'none'}-at-{place.replace(';', '-')}-{look}": (
        f"{fill}{E}[{place}H{pen}{E}[{how}{kind}"
    )
    for kind, how, place, (look, fill, pen) in product(
        ["J", "K", "X"],
        ["", "1", "2", "3"],
        ["3;7", "1;1", "5;20"],
        [("plain", GRID, ""), ("coloured", COLORED, f"{E}[1;7;46m"), ("wide", WIDE, f"{E}[41m")],
    )
}
_ERASE |= {
    "selective-line": f'abc{E}[1"qdef{E}[0"qghi{E}[1;4H{E}[?K',
    "selective-line-all": f'abc{E}[1"qdef{E}[2"qghi{E}[?2K',
    "selective-display": f'{E}[1"qkeep{E}[0"q\r\nlose{E}[?2J',
    "selective-display-before": f'{E}[1"qkeep{E}[0"q\r\nlose{E}[?1J',
    "guard-does-not-stop-erase": f'{E}[1"qkeep{E}[0"q{E}[2J',
    "guard-ends-with-sgr-0": f'{E}[1"qab{E}[mcd{HOME}{E}[?K',
    "after-scroll": f"{E}[42m{LINES}\r\n\r\n{E}[2K",
}

_EDIT = {
    f"{name}-{number or 'none'}-at-{place.replace(';', '-')}-{look}": (
        f"{fill}{E}[{place}H{pen}{E}[{number}{final}"
    )
    for (name, final), number, place, (look, fill, pen) in product(
        [
            ("insert-chars", "@"),
            ("delete-chars", "P"),
            ("insert-lines", "L"),
            ("delete-lines", "M"),
            ("insert-columns", "'}"),
            ("delete-columns", "'~"),
            ("scroll-left", " @"),
            ("scroll-right", " A"),
            ("scroll-up", "S"),
            ("scroll-down", "T"),
        ],
        ["", "3", "99"],
        ["3;6", "2;20"],
        [("plain", GRID, ""), ("wide", WIDE, f"{E}[45m")],
    )
}
_EDIT |= {
    f"insert-mode-{name}": f"{GRID}{E}[2;5H{E}[4h{text}{E}[4l*"
    for name, text in {"ascii": "xyz", "wide": "漢字", "mark": "e\u0301", "long": "0" * 25}.items()
}
_EDIT["insert-mode-in-half"] = f"漢字{E}[3;1H漢字{E}[2G{E}[4h{E}[31mxy"
_EDIT |= {
    f"in-region-{name}": f"{LINES}{E}[2;4r{E}[{line};3H{E}[2{final}*"
    for name, line, final in product(["a"], [1, 2, 3, 4, 5], "LMST")
    for name in [f"{final}-line-{line}"]
}

_SCROLL = {
    f"{name}-region-{region.replace(';', '-') or 'none'}-{look}": (
        f"{LINES}{E}[{region}r{pen}{E}[{line};3H{move}*"
    )
    for (name, move), region, line, (look, pen) in product(
        [("linefeed", "\n\n\n"), ("index", f"{E}D{E}D{E}D"), ("reverse", f"{E}M{E}M{E}M")],
        ["2;4", ""],
        [2, 4],
        [("plain", ""), ("coloured", f"{E}[43m")],
    )
}
_SCROLL |= {
    f"margins-{region.replace(';', '-')}": f"{LINES}{E}[5;5H{E}[{region}r*{E}[9;9H\n\n+"
    for region in ["0;0", "3", "4;2", "3;3", "2;99", "99;100", "1;3", ";4"]
}
_SCROLL |= {
    "origin": f"{LINES}{E}[2;4r{E}[?6h{HOME}*{E}[9;9H+{E}[?6l{E}[6;1H-",
    "origin-up-down": f"{E}[2;5r{E}[?6h{E}[3;3H{E}[9Aa{E}[9Bb",
    "wrap-in-region": f"{LINES}{E}[2;3r{E}[3;1H{'w' * 50}",
    "wrap-below-region": f"{LINES}{E}[2;3r{E}[6;15H{'w' * 30}",
    "long-output": "\r\n".join(f"{n} of a long output" for n in range(40)),
    "coloured-output": f"{E}[41m" + "\n".join(f"{n}\r" for n in range(12)),
    "plain-then-coloured": "a\r\n" * 5 + f"{E}[42m" + "b\r\n" * 5,
}

_TABS = {
    "default": "a\tb\tc\td\te",
    "set": f"{E}[5G{E}H{E}[1G\ta\tb",
    "clear-one": f"{E}[9G{E}[g\r\ta\tb",
    "clear-all": f"{E}[3g\ta\tb",
    "clear-other": f"{E}[9G{E}[2g\r\ta",
    "forward-many": f"{E}[2Ia{E}[9Ib",
    "back": f"{E}[19G{E}[Za{E}[2Zb{E}[9Zc",
    "c1-set": f"{E}[4G\x88\r\tx",
    "over-text": f"abcdefghij\r\tX{E}[Z\bY",
}

_CHARSETS = {
    f"g0-{code}": f"{E}({code}#@[\\]^_`abcxyz{{|}}~{E}(B#@[\\]~" for code in "0ABKQRYZ=57HCE6"
}
_CHARSETS |= {
    "shift-out-in": f"{E})0lqk\x0elqk\x0flqk",
    "g2-g3": f"{E}*0{E}+A{E}nlqk#{E}olqk#\x0flqk#",
    "locking-right": f"{E})0{E}~lqk{E}*0{E}}}x{E}+0{E}|q",
    "box": f"{E}(0lqqqqk\r\nx{E}(B hi {E}(0x\r\nmqqqqj{E}(B",
    "unknown-ignored": f"{E}(0{E}(Uq",
    "select-ascii": f"{E}(0q{E}%Gq{E}%@q",
    "graphics-over-wrap": f"{E}(0{'q' * 30}",
    "graphics-wide-mixed": f"{E}(0q漢q字q",
    "mode-2": f"{E}(0q{E}[?2hq",
    "96-set": f"{E}-0\x0eq{E}.0{E}nq",
}

_SGR = {
    f"number-{number}": f"{E}[{number}mx{E}[0my"
    for number in [*range(10), *range(21, 30), *range(30, 50), 53, 55, 58, 59, *range(90, 108)]
}
_SGR |= {
    f"list-{n}": f"{E}[1;3;4;9;31;42mA{E}[{text}mB"
    for n, text in enumerate(
        """38;5;123 48;5;7 38;2;1;2;3 48;2;255;0;9 38:5:9 48:5:10 38:2::7:8:9 48:2::7:8:9
        38:2:7:8:9 38:2:1:7:8:9 38;5 38;2;1;2 38;2 38 38;5;300 38;2;300;1;1 38;1;5;6
        38;5;1;4 38;2;1;2;3;4 38;;5 4:0 4:1 4:2 4:3 4:4 4:5 4:6 4: 4:3;24 21;24 58;5;9;3
        58:2::1:2:3;3 58;2;1;2;3;9 22;23;24;25 0;1 1;0 ; ;1 39;49 7;27 8;28 999 1;999;3
        38;6;1;2 38:5 38: 5;;1 48;5;1;38;5;2 38:5:1:2 38;5:9 38;2:1:2:3:4 48;2;1:2 100;90
        2;1;22""".split()
    )
}
_SGR |= {
    "bold-and-dim-off": f"{E}[1;2mab{E}[22mc",
    "private-m-ignored": f"{E}[>4;2mx{E}[?4my{E}[>4mz",
    "many-parameters": f"{E}[{';'.join(['1'] * 31)};31;32mx",
    "too-many-parameters": f"{E}[{';'.join(['0'] * 40)};31mx",
    "kept-over-lines": f"{E}[32mab\r\ncd\n{E}[1mef",
    "link": f"{E}]8;;http://a/{E}\\ab{E}[31mcd{E}]8;;{E}\\ef",
    "link-underlined": f"{E}[4m{E}]8;id=1;http://a/\x07ab{E}]8;;\x07cd",
    "link-not-ended-by-sgr": f"{E}]8;;u\x07a{E}[mb{E}]8;;\x07c",
    "empty-end": f"{E}[1;mx",
    "long-number": f"{E}[000000000000000000031mx{E}[99999999999999999999my",
}

_MODES = {
    "no-wrap": f"{E}[?7l{'x' * 25}y{E}[?7hzw",
    "wrap-again": f"{E}[?7labc{E}[?7h{'x' * 25}",
    "alternate-1049": f"{GRID}{E}[?1049h{HOME}alt{E}[?1049l*",
    "alternate-1047": f"{GRID}{E}[?1047halt{E}[?1047l*",
    "alternate-47": f"{GRID}{E}[?47halt{E}[?47l*",
    "alternate-twice": f"ab{E}[?1049hcd{E}[?1049hef{E}[?1049l*{E}[?1049lg",
    "alternate-stays": f"{GRID}{E}[?1049h{E}[2;2Hvim",
    "alternate-coloured": f"{E}[44m{E}[?1049hx",
    "alternate-again-empty": f"{E}[?47hab{E}[?47l{E}[?47hc",
    "alternate-scrolls": f"{E}[?1049h" + LINES + "\r\nmore\r\nmore",
    "alternate-margins": f"{E}[2;3r{E}[?1049h{LINES}{E}[3;4r{E}[?1049l{E}[6;1H\n*",
    "save-1048": f"{E}[3;3H{E}[?1048h{HOME}{E}[?1048l*",
    "soft-reset": f"{E}[2;4r{E}[?6h{E}[4h{E}[31m{E}(0{E}[?25l{E}[!p{HOME}qx",
    "full-reset": f"{GRID}{E}[31;2;4r{E}[?6h{E}(0{E}[3g{E}[4h{E}cq\tx",
    "reset-from-alternate": f"ab{E}[?1049hcd{E}cef",
    "alignment": f"{E}[31m{E}#8{E}[2;2Hx",
    "alignment-origin": f"{E}[2;4r{E}[?6h{E}#8",
    "unknown-modes": f"{E}[?9999h{E}[99h{E}[?1;25;7lx{E}[?25hy",
    "mouse-and-paste": f"{E}[?1000;1002;1006;2004hx",
    "synchronized": f"{E}[?2026hab{E}[?2026lcd",
}

_MODES |= {
    "reset-keeps-cursor-hidden": f"{E}[?25l{E}cx",
    "reset-keeps-newline-mode": f"{E}[20h{E}cab\ncd",
}
_MODES |= NO_WRAP
_CURSOR |= RESTORES

_PARSER = {
    "osc-title-bel": f"{E}]0;the title\x07x",
    "osc-title-st": f"{E}]2;the title{E}\\x",
    "osc-icon-only": f"{E}]1;icon\x07x",
    "osc-unicode": f"{E}]0;日本 title\x07x",
    "osc-control-inside": f"{E}]0;ti\ntle\x07x",
    "osc-cancelled": f"{E}]0;title\x18x",
    "osc-unknown": f"{E}]777;notify;a;b\x07x{E}]1337;File=x\x07y",
    "osc-no-number": f"{E}];x\x07y{E}]abc\x07z",
    "osc-color": f"{E}]4;1;rgb:ff/00/00\x07{E}]10;?\x07x",
    "osc-133": f"{E}]133;A\x07$ {E}]133;B\x07ls{E}]133;C\x07",
    "dcs": f"{E}P1$r0m{E}\\x{E}Pq#0;2;0;0;0#0~~{E}\\y",
    "dcs-tmux": f"{E}Ptmux;{E}{E}]0;a\x07{E}\\x",
    "apc-pm-sos": f"{E}_Ga=T;AAAA{E}\\a{E}^pm text{E}\\b{E}Xsos{E}\\c",
    "c1-csi": "\x9b31mred\x9b0m\x85next\x84line",
    "c1-osc": "\x9d0;title\x9cx",
    "c1-dcs-apc": "\x90q~~\x9ca\x9fapc\x9cb",
    "control-in-csi": f"ab{E}[3\n1mc{E}[\rD*",
    "cancel-csi": f"{E}[31\x18mx{E}[32\x1amy",
    "escape-in-csi": f"{E}[31{E}[32mx",
    "escape-in-escape": f"{E}{E}{E}[31mx",
    "csi-ignore": f"{E}[31?mx{E}[1 2mx{E}[?1?2hy",
    "csi-intermediates": f'{E}[1$px{E}[0#qy{E}[2 qz{E}[61"pw',
    "csi-private": f"{E}[>c{E}[=1;2u{E}[<u{E}[?1ux{E}[?996ny{E}[?1001rz",
    "csi-queries": f"{E}[c{E}[6n{E}[5n{E}[?6n{E}[x{E}[18tx",
    "csi-colon-in-cup": f"{E}[2:9;3Hx",
    "csi-rubout": f"{E}[3\x7f1mx",
    "esc-unknown": f"{E}Fa{E}lb{E}9c{E} Gd{E}#3e{E}Zf{E}=g{E}>h",
    "esc-intermediate-control": f"{E}(\n0qx",
    "esc-non-ascii": f"{E}éx{E}[é1my",
    "nul-and-del": "a\0b\x7fc\x01d\x02e\x7f",
    "incomplete-end": f"abc{E}[31",
    "incomplete-osc": f"abc{E}]0;never ended",
    "title-stack-free": f"{E}k screen title{E}\\x",
    "window-ops": f"{E}[8;10;10t{E}[3;1;1tx",
}

_REPEAT = {
    "ascii": f"a{E}[5bx",
    "none-before": f"{E}[5bx",
    "after-control": f"a\r{E}[5bx",
    "after-sequence": f"a{E}[1m{E}[5bx",
    "twice": f"a{E}[2b{E}[2bx",
    "over-edge": f"a{E}[30bx",
    "wide": f"漢{E}[3bx",
    "with-mark": f"e\u0301{E}[3bx",
    "graphics": f"{E}(0q{E}[5b",
    "coloured": f"{E}[31ma{E}[4b{E}[mx",
    "zero": f"a{E}[0bx",
    "box-drawing": f"─{E}[18b┐",
    "in-insert-mode": f"abc{E}[1G{E}[4hx{E}[3b",
    "screenful": f"a{E}[119b",
    "more-than-screenful": f"{GRID}{E}[3;5Ha{E}[300b",
    "wide-more-than-screenful": f"{GRID}{E}[3;5H漢{E}[300bx",
}

_BULK = {
    "log": "".join(f"{n:04} some line of a log, wider than it\r\n" for n in range(200)),
    "log-after-colour": f"{E}[32mok{E}[m\r\n" + "".join(f"row {n}\r\n" for n in range(400)),
    "log-coloured": f"{E}[44m" + "".join(f"row {n}\r\n" for n in range(400)),
    "log-in-region": f"{E}[2;4r" + "".join(f"row {n}\r\n" for n in range(400)),
    "log-graphics": f"{E}(0" + "".join(f"row {n}\r\n" for n in range(400)),
    "log-no-wrap": f"{E}[?7l" + "".join(f"{n} {'x' * 30}\r\n" for n in range(100)),
    "log-on-alternate": f"{E}[?1049h" + "".join(f"row {n}\r\n" for n in range(400)),
    "log-over-grid": GRID + HOME + "".join(f"{n}\r\n" for n in range(900)),
    "log-blank-lines": "\r\n" * 2000 + "end",
    "log-lines-exact": "".join("x" * 20 + "\r\n" for _ in range(120)),
    "log-without-last-newline": "".join(f"row {n}\r\n" for n in range(400)) + "last",
}

# Where we mean to differ; corpus.py says why.
_NAMED = {
    "charset-4": f"{E}(4[|{E}(B",
    "emoji-of-unicode-14": "\U0001fae0x",
}

_PARSER |= TITLES
_REPEAT |= REPEATS

_AREAS = {
    "named": _NAMED,
    "cursor": _CURSOR,
    "erase": _ERASE,
    "edit": _EDIT,
    "scroll": _SCROLL,
    "tabs": _TABS,
    "charset": _CHARSETS,
    "sgr": _SGR,
    "mode": _MODES,
    "parser": _PARSER,
    "utf-8": UTF8,
    "width": WIDTHS,
    "repeat": _REPEAT,
    "bulk": _BULK,
}


def _case(name: str, *steps: bytes | tuple[int, int], cols: int = 20, rows: int = 6) -> Case:
    written: list[list[object]] = []
    for step in steps:
        if isinstance(step, bytes):
            written.append(["feed", step.decode("latin-1")])
        else:
            written.append(["resize", *step])
        written.append(["show"])
    return {"name": name, "cols": cols, "rows": rows, "steps": written}


def _resizes() -> Iterator[Case]:
    """Lines short enough for every width: what a narrower window hides is a matter of its own."""
    text = "\r\n".join(f"row {n}" for n in range(9)).encode()
    start = {"bottom": text, "middle": text + b"\x1b[3;3H", "alternate": b"\x1b[?1049h" + text}
    for (name, first), size in product(
        start.items(), [(20, 3), (20, 12), (30, 6), (12, 4), (9, 9)]
    ):
        yield _case(f"resize/{name}-{size[0]}x{size[1]}", first, size, b"*\r\nafter\x1b[9;9H+")
        yield _case(f"resize/{name}-{size[0]}x{size[1]}-and-back", first, size, (20, 6), b"*\ty")
    for cols, text_again in product([2, 3], ["a\x1b[9b*", "\x1b[4ha\x1b[9b*", "\x1b[?7la\x1b[9b*"]):
        name = f"resize/repeat-in-{cols}-{text_again[2:4].strip('[')}"
        yield _case(name, (cols, 6), text_again.encode(), (20, 6))
    yield _case("resize/margins-reset", b"\x1b[2;4r" + text, (20, 8), b"\x1b[8;1H\n\n*")
    yield _case("resize/tabs-added", b"\x1b[3g", (40, 6), b"\ta\tb\tc")
    yield _case(
        "resize/in-mid-sequence", text + b"\x1b[3", (20, 5), b"1mx\xe6", (20, 6), b"\x97\xa5"
    )
    yield _case(
        "resize/saved-cursor", text + b"\x1b7", (20, 3), b"\x1b[H\x1b8*", (20, 8), b"\x1b8+"
    )
    yield _case("resize/pending-wrap", b"x" * 20, (24, 6), b"*")
    lines = b"a\r\nb\r\nc\r\nd\r\ne\r\nf"
    alternate = b"\x1b[?47h" + lines
    yield _case("resize/alternate-of-lowered", (20, 3), alternate, (20, 6), b"*")
    yield _case("resize/alternate-of-lowered-more", (20, 4), alternate, (20, 2), (20, 5), b"*")
    yield _case("resize/alternate-of-lowered-less", (20, 3), alternate, (20, 4), (20, 6), b"*")
    yield _case("resize/alternate-of-lowered-wider", (20, 3), alternate, (24, 3), (24, 6), b"*")
    yield _case("resize/alternate-again", (20, 3), alternate + b"\x1b[?47l", alternate, (20, 6))
    yield _case("resize/alternate-saved", (20, 3), alternate + b"\x1b7\n\n", (20, 6), b"\x1b8*")
    yield _case("resize/alternate-scrolls", (20, 3), alternate + b"\x1b[2S", (20, 6), b"*")
    for name, erase in {"all": "2J", "below": "J", "above": "1J", "guarded": "?2J"}.items():
        wide = f"{E}[44m{GRID}{E}[3;3H{E}[45m{E}[{erase}".encode()
        yield _case(f"resize/hidden-erased-{name}", GRID.encode(), (9, 6), wide, (16, 6), (24, 6))
    yield _case("resize/wide-cut", b"\x1b[?1049h" + "漢字かな".encode(), (5, 6), (20, 6), b"x")


def _walks() -> Iterator[Case]:
    """Random walks through the vocabulary: what nobody thought of. Seeded, so always the same."""
    words = [
        text for area in ("cursor", "erase", "tabs", "charset") for text in _AREAS[area].values()
    ]
    words = [word for word in words if len(word) < 30 and "?45h" not in word]
    for seed in range(60):
        chance = random.Random(seed)
        steps = [
            "".join(chance.choice([*words, "\r\n", "abc ", f"{E}[44m", f"{E}[m"]) for _ in range(6))
            for _ in range(4)
        ]
        yield _case(f"walk/{seed}", *(step.encode() for step in steps))


def cases() -> list[Case]:
    """All targeted cases."""
    made = [
        _case(f"{area}/{name}", text.encode())
        for area, texts in _AREAS.items()
        for name, text in texts.items()
    ]
    made += [_case(f"utf-8/{name}", data) for name, data in BYTES.items()]
    made += _resizes()
    made += _walks()
    return made
