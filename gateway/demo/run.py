"""``gatereel demo``: a target, the gateway in front of it, and something to look at.

Knows: the processes of the demo, what must be true of its recording. Must never know: how any of
it works inside: the gateway is the real one, started by its own verb. Called by the command line.
"""

from __future__ import annotations

import contextlib
import json
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gateway.demo import target, visitor
from gateway.demo.place import Place, prepare, write_config
from gateway.refusals import DemoError
from gateway.served import FRONT_DOOR
from recorder.events import Exit, Withheld
from recorder.index import Index
from recorder.places import data_folder
from recorder.playback import Playback
from recorder.reader import Recording
from recorder.store import Store
from recorder.verify import Report, verify_reel

Say = Callable[[str], None]

READ_TIME = 10
"""Seconds to read what is on the terminal before the app covers it."""


def run(*, folder: Path | None, headless: bool, as_json: bool, say: Say) -> int:
    """The whole demo; its exit status. Raises a GatereelError where something is not as it must
    be."""
    place = prepare(folder or data_folder() / "demo")
    with _target(place) as port:
        write_config(place, port)
        if headless:
            with _gateway(place):
                session, status = visitor.scripted_session(place)
                aside = _exec(place)
            # The gateway has ended, so everything is sealed.
            _tell(place, session, status, aside, as_json, say)
        else:
            with _gateway(place):
                _show(place, say)
    return 0


# -- processes -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _target(place: Place) -> Iterator[int]:
    """The demo's own SSH server; the port that it listens on."""
    arguments = [
        *(sys.executable, target.__file__),
        *("--host-key", str(place.key("target_host"))),
        *("--login", str(place.key("target_login.pub"))),
    ]
    with (place.folder / "target.log").open("w") as log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise DemoError(f"the demo's target does not start: {_last_line(log.name)}")
        yield int(port)
    finally:
        _end(process)


@contextlib.contextmanager
def _gateway(place: Place) -> Iterator[None]:
    """The real gateway, from the moment it listens until everything it recorded is sealed."""
    log = place.folder / "gateway.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, str(FRONT_DOOR), "gateway", "-c", str(place.config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        if "listening on" not in process.stdout.readline():
            raise DemoError(f"the gateway does not start: {_last_line(log)}")
        yield
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _last_line(path: str | Path) -> str:
    lines = Path(path).read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"


# -- with a terminal -------------------------------------------------------------------------------


def _show(place: Place, say: Say) -> None:
    say("a gateway runs on this machine, with a target behind it; in another terminal try:")
    say(f"  ssh -F {shlex.quote(str(place.ssh_config))} demo")
    say(f"its recordings are in {place.store}")
    say("when you leave the app, the gateway stops")
    say(f"press Enter to open it; it opens by itself in {READ_TIME} s")
    # The app covers these lines, so there is time to copy them first.
    if select.select([sys.stdin], [], [], READ_TIME)[0]:
        sys.stdin.readline()
    arguments = [sys.executable, str(FRONT_DOOR), "replay", "--store", str(place.store)]
    subprocess.run(arguments, check=False)


# -- without ---------------------------------------------------------------------------------------


def _exec(place: Place) -> subprocess.CompletedProcess[bytes]:
    """A command without a terminal, its two outputs apart and its status its own."""
    return subprocess.run(
        visitor.command(place, "echo said; echo complained >&2; exit 7"),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=visitor.PATIENCE,
        check=False,
    )


def _tell(
    place: Place,
    session: str,
    status: int,
    aside: subprocess.CompletedProcess[bytes],
    as_json: bool,
    say: Say,
) -> None:
    """Opens what was recorded, looks at it from several sides, and prints it."""
    store = Store.open(place.store)
    found = _examine(store, session)
    found["status"] = status
    _require(status == visitor.STATUS, f"the client ended with {status}")
    said = (aside.stdout, aside.stderr, aside.returncode)
    _require(said == (b"said\n", b"complained\n", 7), f"the command gave {said}")
    if as_json:
        say(json.dumps({"ok": True, "store": str(place.store), **found}, ensure_ascii=False))
        return
    say(f"recorded  {session}")
    say(f"          {found['principal']} on {found['target']}, exit status {status}")
    say(f"          {found['events']} events, {found['frames']} frames, {found['duration']} µs")
    say(f"verified  {found['checks']} checks, all passed; signed by {found['signed_by']}")
    say(f"sought    {found['sought']} moments, the slowest in {found['slowest']} µs")
    say(f"withheld  {found['withheld']} typed bytes that no line echoed, a password among them")
    say("the last screen:")
    for line in found["screen"]:
        say(f"  | {line}")
    say(f"look at it: gatereel replay --store {shlex.quote(str(place.store))} {session}")


def _examine(store: Store, session: str) -> dict[str, Any]:
    """Verifies, reads every event, seeks; what there is to tell. Raises DemoError."""
    report = verify_reel(store.reel(session), store.verifiers())
    _require(report.ok, f"the recording does not verify: {_failed(report)}")
    with Recording(store, session) as recording, Index.load_or_build(recording) as index:
        _require(recording.state == "sealed", f"the recording is {recording.state}, not sealed")
        withheld, statuses, events = 0, [], 0
        for record in recording.records():
            events += 1
            _require(visitor.SECRET.encode() not in record.raw, "the password is in the recording")
            if isinstance(record.event, Withheld):
                withheld += record.event.count
            elif isinstance(record.event, Exit):
                statuses.append(record.event.status)
        _require(statuses == [visitor.STATUS], f"the recorded exit statuses are {statuses}")
        _require(withheld > len(visitor.SECRET), f"only {withheld} bytes were withheld")
        playback = Playback(recording, index)
        slowest = 0
        moments = [index.duration * step // 10 for step in (10, 0, 7, 3, 5, 9, 1)]
        for moment in moments:
            began = time.monotonic_ns()
            playback.at_time(moment)
            slowest = max(slowest, (time.monotonic_ns() - began) // 1000)
        screen = playback.at_time(index.duration).screen
        lines = [screen.text(row) for row in range(screen.rows)]
        while lines and not lines[-1]:
            lines.pop()
        _require(any("世界 says goodbye" in line for line in lines), "the last screen is not there")
        facts = recording.header.facts
        return {
            "session": session,
            "principal": facts["principal"],
            "target": f"{facts['account']}@{facts['target']}",
            "events": events,
            "frames": len(index.frames),
            "duration": index.duration,
            "checks": len(report.checks),
            "signed_by": ", ".join(str(v).partition("+")[0] for v in store.verifiers()[:1]),
            "sought": len(moments),
            "slowest": slowest,
            "withheld": withheld,
            "screen": lines,
        }


def _failed(report: Report) -> str:
    return "; ".join(f"{check.name}: {check.detail}" for check in report.checks if not check.ok)


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise DemoError(f"{otherwise}; that is a fault in gatereel, please report it")
