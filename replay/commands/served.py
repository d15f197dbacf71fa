"""The hidden verb ``served``: what one principal asked to see, at the gateway, over their channel.

Knows: the verbs that show recordings, and that everything shown is asked for first. Must never
know: policy, SSH. Started by the gateway's front, as a process of its own for each channel that
wants one; no person types it. It reads its arguments, then gives up everything that it does not
need (`replay.confine`), and only then looks at the store.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import socket
import sys
import termios
from collections.abc import Callable, Sequence
from functools import partial

from recorder.cli import verbs as recorder_verbs
from recorder.errors import GatereelError, NotFound
from recorder.reader import Recording
from recorder.store import Store
from recorder.summary import Summary, summarise
from replay.confine import confine
from replay.errors import AppBroke, QueryError
from replay.scope import Listed, Scope, ServedScope


def served(options: argparse.Namespace) -> int:
    """The verb."""
    _take_terminal()
    line = socket.socket(fileno=options.line)
    line.set_inheritable(False)
    store = Store.open(options.store)
    confine(options.store)
    words = [word for word in options.words if word != "--"]
    try:
        return _VERBS[options.verb](store, ServedScope(store, line), words)
    except (GatereelError, OSError):
        raise
    except Exception as fault:
        # Whoever is at the other end gets a line, and nothing of our insides.
        raise AppBroke("a fault ended this; tell whoever runs this gateway") from fault


class _Row(Listed):
    """A summary as a scope lists it."""

    def __init__(self, summary: Summary) -> None:
        self.summary = summary

    @property
    def id(self) -> str:
        return self.summary.id

    @property
    def principal(self) -> str:
        return self._fact("principal")

    @property
    def kind(self) -> str:
        return self._fact("kind")

    @property
    def target(self) -> str:
        return self._fact("target")

    @property
    def account(self) -> str:
        return self._fact("account")

    def _fact(self, name: str) -> str:
        return str(self.summary.facts.get(name, ""))


def find(store: Store, scope: Scope, name: str) -> Summary:
    """The session that an id or a part of one means, of those that may be seen. Raises NotFound:
    for a session that may not be seen the same as for none."""
    text = name.lower()
    fitting = [each for each in store.ids() if each.startswith(text) or each.endswith(text)]
    seen = scope.visible(_Row(summarise(store, each)) for each in fitting)
    if not seen:
        raise NotFound(f"no session {name!r} that you may see; `sessions` lists them")
    if len(seen) > 1:
        raise NotFound(f"{name!r} fits {len(seen)} sessions: give more of the id")
    return seen[0].summary


def _sessions(store: Store, scope: Scope, words: Sequence[str]) -> int:
    from replay.commands.asking import asked, joined
    from replay.commands.sessions import as_json, chosen, row
    from replay.watching import from_summary

    query = asked(joined([word for word in words if word != "--json"]))
    if query.inside is not None:
        raise QueryError(
            "this list tells sessions, not what is in them: open the app (`ssh -t GATEWAY replay`) "
            "and look there with /"
        )
    rows = scope.visible(_Row(summarise(store, name)) for name in store.ids())
    found = chosen((from_summary(each.summary) for each in rows), query)
    if "--json" in words:
        # Its file's name, without where that is on this machine.
        shown = [as_json(each, f"{each.id}.reel") for each in found]
        sys.stdout.write(json.dumps(shown) + "\n")
    if not found:
        raise NotFound("no session that you may see" + (" fits" if query.text else " yet"))
    if "--json" not in words:
        sys.stdout.writelines(f"{row(each)}\n" for each in found)
    return 0


def _export(store: Store, scope: Scope, words: Sequence[str]) -> int:
    """As ``gatereel export`` does it, into the channel."""
    session = find(store, scope, words[-1]).id
    verb = next(verb for verb in recorder_verbs() if verb.name == "export")
    parser = argparse.ArgumentParser(prog="export", add_help=False, allow_abbrev=False)
    verb.arguments(parser)
    options = parser.parse_args([*words[:-1], f"--store={store.path}", "--output=-", "--", session])
    scope.exported(session, options.format or "cast2")
    return verb.run(options)


def _replay(store: Store, scope: Scope, words: Sequence[str]) -> int:
    from replay.cli import check_terminal, split
    from replay.tui.app import ReplayApp

    check_terminal()
    if not words:
        app = ReplayApp(store, scope=scope)
    else:
        name, moment = split(words[0])
        session = find(store, scope, name).id
        app = ReplayApp(recording=partial(Recording, store, session), start=moment, scope=scope)
    app.run()
    return app.return_code or 0


def _watch(store: Store, scope: Scope, words: Sequence[str]) -> int:
    from replay.cli import check_terminal
    from replay.tui.app import ReplayApp

    check_terminal()
    summary = find(store, scope, words[0])
    if summary.state != "live":
        raise NotFound(f"{summary.id} is over; see it with: ssh -t GATEWAY replay {summary.id}")
    app = ReplayApp(recording=partial(Recording, store, summary.id), scope=scope)
    app.run()
    return app.return_code or 0


_VERBS: dict[str, Callable[[Store, Scope, Sequence[str]], int]] = {
    "sessions": _sessions,
    "export": _export,
    "replay": _replay,
    "watch": _watch,
}


def _take_terminal() -> None:
    """Makes the terminal that the front gave this process its own."""
    if sys.stdin is not None and os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
