"""``gatereel kill SESSION --reason TEXT``: ends a live session, by asking the gateway over SSH.

Knows: the gateway's place and its verb. Must never know: whether it is allowed, which the gateway
decides by the caller's key. Called by the front door, through `replay.cli`.
"""

from __future__ import annotations

import argparse
import sys

from replay.remote import find_gateway, run_verb


def kill(options: argparse.Namespace) -> int:
    """The verb."""
    said = run_verb(find_gateway(options), ["kill", options.session, "--reason", options.reason])
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else "?" for c in said))
    return 0
