"""``gatereel requests`` and ``withdraw ID``: what waits for approval, by asking the gateway.

Knows: the gateway's place and its verbs. Must never know: whether something is allowed, which the
gateway decides by the caller's key. Called by the front door, through `replay.cli`.
"""

from __future__ import annotations

import argparse
import sys

from replay.remote import find_gateway, run_verb


def requests(options: argparse.Namespace) -> int:
    """The list, in lines or as JSON."""
    words = ["requests", *(["--json"] if options.json else [])]
    return _say(run_verb(find_gateway(options), words))


def withdraw(options: argparse.Namespace) -> int:
    return _say(run_verb(find_gateway(options), ["withdraw", options.id]))


def _say(said: str) -> int:
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else "?" for c in said))
    return 0
