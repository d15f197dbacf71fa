"""``gatereel watch SESSION``: a live session, by asking the gateway over SSH.

Knows: the gateway's place and its verb. Must never know: whether it is allowed, which the gateway
decides by the caller's key. Called by the front door, through `replay.cli`.
"""

from __future__ import annotations

import argparse

from replay.cli import check_terminal
from replay.remote import become_verb, find_gateway


def watch(options: argparse.Namespace) -> int:
    """The verb: the app that the gateway shows, on this terminal."""
    gateway = find_gateway(options)
    check_terminal()
    return become_verb(gateway, ["watch", options.session])
