"""Canaries printed by a real target: nowhere to be seen, by nobody, in nothing that is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.events import Asked, Decided, ErrorOutput, Event, Masked, Output
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import Sshd, need, sshd
from tests.system.recorded import events, sessions, state, wait_until
from tests.system.tmux import terminal

pytestmark = pytest.mark.peer

CANARIES = {
    "card": ["4556 7375 8689 9855", "371449635398431"],
    "iban": ["DE89370400440532013000"],
    "email": ["canary.mail@masked.example.org"],
    "secret": ["ghp_canaryCANARY0123456789canaryCANARY01", "AKIACANARYCANARY2345"],
    "ssn": ["219-09-9999"],
    "badge": ["BADGE-730156"],
}
VALUES = [value for values in CANARIES.values() for value in values]
TEXT = "".join(f"{name} is {value} here\n" for name, vs in CANARIES.items() for value in vs)
COUNTS = Counter({name: len(values) for name, values in CANARIES.items()})
# Long enough for any machine: what is held a few milliseconds only may be shown on a busy one.
EXTRA = """
[masking]
hold = 1000
hold_bulk = 3000
key = { file = "keys/masking" }
[masking.methods]
email = "token"
[masking.patterns]
badge = 'BADGE-[0-9]{6}'
"""
SPLITS = f"""
import os, sys
text = {TEXT!r}.encode()
for step in range(1, len(text)):
    for at in range(0, len(text), step):
        os.write(1, text[at:at + step])
    if step == 40:
        break
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(target: Sshd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "keys").mkdir(mode=0o700)
    (folder / "keys" / "masking").write_bytes(b"0123456789abcdef0123456789abcdef")
    (folder / "keys" / "masking").chmod(0o600)
    with running_gateway(folder, {"web1": target}, extra=EXTRA, mask=list(CANARIES)) as running:
        yield running


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("canaries") / "canaries.txt"
    path.write_text(TEXT)
    return path


def received(found: list[Event]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in found:
        if isinstance(each, Masked):
            assert len(each.facts["offsets"]) == each.count
            counts[each.data_class] += each.count
    return counts


def assert_clean(data: bytes, where: str) -> None:
    for value in VALUES:
        assert value.encode() not in data, f"{value} is in {where}"


def ended(gateway: RunningGateway) -> list[Event]:
    """The newest session's events, once it is sealed."""
    session = sessions(gateway.store)[-1]
    wait_until(lambda: state(gateway.store, session) == "sealed")
    return events(gateway.store, session)


def run(gateway: RunningGateway, target: Sshd, *words: str, flags: tuple[str, ...] = ()) -> bytes:
    done = subprocess.run(
        gateway.ssh(f"{target.user}@web1", *words, flags=flags),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("flags", [(), ("-tt",)])
def test_mask_27_split_at_every_size_nothing_is_shown_and_each_has_a_receipt(
    gateway: RunningGateway, target: Sshd, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    script = tmp_path / "splits.py"
    script.write_text(SPLITS)
    shown = run(gateway, target, f"{sys.executable} {script}", flags=flags)
    assert_clean(shown, "what the client got")
    assert shown.count(b"************9855") + shown.count(b"**** **** **** 9855") == 40
    assert shown.count(b"BADGE") == 0
    tokens = {line.split()[2] for line in shown.splitlines() if line.startswith(b"email")}
    assert len(tokens) == 1  # the same value, the same token
    found = ended(gateway)
    assert received(found) == Counter({name: 40 * count for name, count in COUNTS.items()})
    recorded = b"".join(each.data for each in found if isinstance(each, Output | ErrorOutput))
    assert shown.startswith(recorded)
    obliged = [each.basis.get("obliged") for each in found if isinstance(each, Decided)]
    assert sorted(f"mask:{name}" for name in CANARIES) in obliged
    assert any(isinstance(each, Asked) for each in found)


@pytest.mark.parametrize("program", ["cat", "less", "tmux"])
def test_programs_show_no_canary(
    gateway: RunningGateway, target: Sshd, canaries: Path, tmp_path: Path, program: str
) -> None:
    if program != "cat":
        need(program)
    command = {
        "cat": f"cat {canaries}; printf done; read x",
        "less": f"less -S {canaries}",
        "tmux": f"tmux -S {tmp_path}/t -f /dev/null new-session 'cat {canaries}; read x'",
    }[program]
    with terminal(
        tmp_path / "pane",
        gateway.ssh(f"{target.user}@web1", f"TERM=screen {command}", flags=("-tt",)),
        cols=100,
        rows=30,
    ) as screen:
        shown = screen.wait_for("badge is ************ here", 60)
        assert_clean(shown.encode(), "the screen")
        screen.type("q" if program == "less" else "\n")
        screen.wait_ended()
    found = ended(gateway)
    assert received(found) >= COUNTS
    recorded = b"".join(each.data for each in found if isinstance(each, Output | ErrorOutput))
    assert_clean(recorded, "the recording")


def test_canaries_are_in_nothing_that_is_kept_or_exported(
    gateway: RunningGateway, target: Sshd, canaries: Path, tmp_path: Path
) -> None:
    """MASK: recording, journal, index, catalog, log, errors, every export."""
    run(gateway, target, f"cat {canaries}; cat {canaries} >&2; exit 3")
    ended(gateway)
    session = sessions(gateway.store)[-1]

    def gatereel(*words: str) -> bytes:
        command = [sys.executable, "-m", "gatereel", *words, "--store", str(gateway.store)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout + done.stderr

    outputs = {
        "events": gatereel("events", session),
        "info": gatereel("info", session, "--json"),
        "index": gatereel("index"),
        "search": gatereel("search", "masked:yes here"),
        "sessions": gatereel("sessions", "--json"),
    }
    for form in ("cast2", "cast3", "text", "html", "json", "jsonl"):
        path = tmp_path / f"out.{form}"
        subprocess.run(
            [sys.executable, "-m", "gatereel", "export", session, "--store", str(gateway.store),
             "--format", form, "--output", str(path)],
            capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        outputs[form] = path.read_bytes()
    for where, data in outputs.items():
        assert_clean(data, where)
    assert json.loads(outputs["info"])["masked"] == {name: 2 * n for name, n in COUNTS.items()}
    rows = json.loads(outputs["sessions"])
    (row,) = [row for row in rows if row["id"] == session]
    assert row["masks"] == 2 * len(VALUES)
    for path in (*gateway.store.rglob("*"), *gateway.config.parent.glob("*.log")):
        if path.is_file():
            assert_clean(path.read_bytes(), str(path))
    whole = subprocess.run(
        [need("zstd"), "-dc", str(gateway.store / f"{session}.reel")],
        capture_output=True,
        check=True,
    )
    assert_clean(whole.stdout, "the unpacked recording")


def test_what_cannot_be_masked_is_refused(
    gateway: RunningGateway, target: Sshd, canaries: Path, tmp_path: Path
) -> None:
    """A file's content over SFTP is not masked, so it is not given."""
    done = subprocess.run(
        [
            need("sftp"), "-q", "-b", "-", "-P", str(gateway.port), "-i", str(gateway.key),
            "-o", f"UserKnownHostsFile={gateway.known_hosts}", "-o", "IdentitiesOnly=yes",
            "-o", f"User={target.user}@web1", "127.0.0.1",
        ],
        input=f"get {canaries} {tmp_path}/got\n".encode(), capture_output=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert not (tmp_path / "got").exists()
    assert b"Permission denied" in done.stderr
    refused = [each for each in ended(gateway) if isinstance(each, Decided)][-1]
    assert refused.verdict == "deny"
    assert "mask:card" in refused.reason
