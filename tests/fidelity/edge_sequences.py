"""Targeted cases found by random walks: the edge without autowrap, DECRC, stacks of titles."""

from __future__ import annotations

from itertools import product

E = "\x1b"

NO_WRAP = {
    "no-wrap-wide-in-place": f"{E}[?7l{'x' * 18}漢z",
    "no-wrap-wide-in-place-later": f"{E}[?7l{'x' * 18}漢{E}[31mz",
    "no-wrap-wide-left-out": f"{E}[?7l{'x' * 19}漢z",
    "no-wrap-wide-over-half": f"{E}[?7l{'x' * 18}漢字",
    "no-wrap-wide-on-half": f"{E}[?7l{'x' * 18}漢{E}[20G{E}[41m字",
    "no-wrap-wide-run": f"{E}[?7l{'漢' * 12}",
    "no-wrap-wide-odd-run": f"{E}[?7lx{'漢' * 12}yz",
    "no-wrap-mark-at-edge": f"{E}[?7l{'x' * 22}e\u0301y",
    "no-wrap-mark-after-wide": f"{E}[?7l{E}[20G漢\u0301z",
    "no-wrap-marks-after-wide": f"{E}[?7l{'x' * 20}漢\u0301\u0302z",
    "no-wrap-insert-wide": f"{E}[?7l{E}[4h{'x' * 18}漢字",
    "no-wrap-overwrite-lone-half": f"{E}[?7l{'x' * 18}漢z{E}[19Gab",
}

# What was saved, what is in force when it is restored, what comes after.
RESTORES = {
    f"restore-{saved}-in-{now}-then-{then}": (
        f"{before[saved]}{E}7{E}[m{E}]8;;{E}\\{before[now]}{E}8ab{after}cd{E}[0mef"
    )
    for before in [
        {
            "plain": "",
            "line": f"{E}[4m",
            "curly": f"{E}[4:3m",
            "link": f"{E}]8;;u{E}\\",
            "link-line": f"{E}[4m{E}]8;;u{E}\\",
        }
    ]
    for saved, now in product(before, before)
    for then, after in {
        "nothing": "",
        "line": f"{E}[4m",
        "no-line": f"{E}[24m",
        "no-color": f"{E}[59m",
        "link": f"{E}]8;;v{E}\\",
        "no-link": f"{E}]8;;{E}\\",
        "alignment": f"{E}#8",
        "restored": f"{E}7{E}8",
    }.items()
}

TITLES = {
    f"title-stack-{name}": f"{E}]0;a\x07"
    + text.replace("push", f"{E}[22").replace("pop", f"{E}[23")
    for name, text in {
        "both": f"push;0t{E}]0;b\x07pop;0t",
        "title": f"push;2t{E}]0;b\x07pop;2t",
        "icon": f"push;1t{E}]0;b\x07pop;1t",
        "bare": f"pusht{E}]0;b\x07popt",
        "empty": "pop;0t",
        "mixed": f"push;0t{E}]2;b\x07push;2t{E}]2;c\x07pop;1tpop;2tpop;0tpop;0t",
        "deep": "".join(f"{E}]0;{n}\x07push;0t" for n in range(14)) + "pop;0t" * 9,
        "deeper": "".join(f"{E}]0;{n}\x07push;0t" for n in range(14)) + "pop;0t" * 14,
    }.items()
}

REPEATS = {
    f"insert-{count}-{what}-from-{x}": (
        f"{'abcdefghijklmnopqrst' * 3}{E}[2;{x}H{E}[4h{char}{E}[{count}b*{E}[4l+"
    )
    for count, (what, char), x in product(
        [3, 12, 18, 19, 40, 45, 130, 300], [("narrow", "z"), ("wide", "漢")], [1, 2, 8, 20]
    )
}
