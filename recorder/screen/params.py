"""Parameters of a control sequence: the text between its introducer and its final, as numbers.

Bounded as in xterm: 32 parameters, 32 sub-parameters in all, no number above 2**31 - 1. A missing
parameter is 0, a missing sub-parameter -1.
"""

from __future__ import annotations

Params = tuple[tuple[int, tuple[int, ...]], ...]

MOST_PARAMETERS = 32
MOST_DIGITS = 2**31 - 1
# Longer parameter text than any 32 numbers need; the rest of it is not read.
LONGEST_TEXT = 1024


def parse(text: str) -> Params:
    """Numbers of `text`, which holds digits, colons and semicolons only."""
    subs_left = MOST_PARAMETERS
    params = []
    for part in text[:LONGEST_TEXT].split(";", MOST_PARAMETERS)[:MOST_PARAMETERS]:
        first, *rest = part.split(":")
        subs = tuple(_number(sub, -1) for sub in rest[:subs_left])
        subs_left -= len(subs)
        params.append((_number(first, 0), subs))
    return tuple(params)


def _number(digits: str, missing: int) -> int:
    if not digits:
        return missing
    # A number longer than ten digits is above the most, whatever it is.
    digits = digits.lstrip("0") or "0"
    return MOST_DIGITS if len(digits) > 10 else min(int(digits), MOST_DIGITS)
