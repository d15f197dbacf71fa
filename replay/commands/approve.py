"""``gatereel approve ID --reason TEXT``: an answer to a request, signed by one's own key.

Knows: the gateway's verbs, keys, the words that are signed. Must never know: whether an answer
counts, which the gateway decides. Called by the front door, through `replay.cli`.

What is signed is what was shown: the request is fetched, its digest is counted here from what is
shown, and a digest of the gateway's that is another one ends it. So whoever runs the gateway, or
forges what it keeps, has no signature for anything that the approver did not see.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time

from recorder import sshsig
from recorder.held import NAMESPACE, Waiting
from replay.asked import honest, lines, read_list
from replay.commands.case import find_signer
from replay.errors import NoGateway, NotAllowed
from replay.remote import Gateway, find_gateway, run_verb


def approve(options: argparse.Namespace) -> int:
    """The verb."""
    return _answer(options, approves=True)


def deny(options: argparse.Namespace) -> int:
    """A no needs no signature: it lets nothing happen."""
    return _answer(options, approves=False)


def fetch(gateway: Gateway, identity: str) -> Waiting:
    """The request as it waits now. Raises NotAllowed, NoGateway."""
    for each in fetch_all(gateway, identity):
        if each.id == identity:
            return honest(each)
    raise NotAllowed("there is no such request; `ssh GATEWAY requests` lists those that wait")


def fetch_all(gateway: Gateway, *words: str) -> list[Waiting]:
    """Those that wait and that the caller may know of."""
    said = run_verb(gateway, ["requests", "--json", *words])
    try:
        return read_list(json.loads(said))
    except ValueError as problem:
        raise NoGateway(f"{gateway.host} does not say what waits in a way known here") from problem


def signed_words(waiting: Waiting, reason: str, at: int, signer: sshsig.SshSigner) -> list[str]:
    """The gateway's verb with which this request, as it was shown, is approved."""
    if not waiting.group:
        raise NotAllowed("this is not yours to answer: `ssh GATEWAY requests` says whose it is")
    said = waiting.said(True, reason, at)
    armored = sshsig.sign(signer, NAMESPACE, said.statement())
    blob = base64.b64decode("".join(armored.splitlines()[1:-1]))
    return [
        *("approve", waiting.id, "--reason", reason, "--for", waiting.group),
        *("--at", str(at), "--signature", base64.b64encode(blob).decode()),
    ]


def _answer(options: argparse.Namespace, *, approves: bool) -> int:
    gateway = find_gateway(options)
    waiting = fetch(gateway, options.id)
    width = max(len(name) for name, _ in lines(waiting))
    for name, text in lines(waiting):
        sys.stdout.write(f"{name:<{width}}  {text}\n")
    sys.stdout.flush()
    if approves:
        _sure(options)
        signer = find_signer(options.key)
        words = signed_words(waiting, options.reason, time.time_ns() // 1000, signer)
    else:
        words = ["deny", waiting.id, "--reason", options.reason]
    said = run_verb(gateway, words)
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else "?" for c in said))
    return 0


def _sure(options: argparse.Namespace) -> None:
    """Somebody at a terminal has read it before their key says so."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise NotAllowed("nobody is here to read what would run: say --yes where that is meant")
    sys.stdout.write("approve exactly this, with your signature? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NotAllowed("not approved: nothing was sent")
