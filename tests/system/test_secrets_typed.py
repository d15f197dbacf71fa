"""What is typed at a prompt that does not show it is nowhere: real programs ask, and everything
that a gateway leaves behind is searched, unpacked (SSH-19)."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import termios
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from recorder.events import Disclosed, Withheld
from recorder.reader import Recording
from recorder.store import Store
from tests.system.gateways import RunningGateway, running_gateway
from tests.system.peers import need, sshd
from tests.system.person import Person, at_a_terminal
from tests.system.recorded import events, only, sessions, state, wait_until

pytestmark = pytest.mark.peer

READY = b"ready> "
CANARY = "cAnary-47b1"
"""Each program is given one that begins like this."""
SHOWN = "plainly-typed-word"
ABANDON = b"\x03"


class Program(NamedTuple):
    """Who asks: the command, what it prompts with, and how often it is answered."""

    command: str
    prompt: str
    times: int = 1
    leave: bytes = b""
    """What is typed when it asks once more; "" where it does not."""


def programs(folder: Path, port: int) -> dict[str, Program]:
    plain = "setpriv --reuid=65534 --regid=65534 --clear-groups "
    become = plain if os.geteuid() == 0 else ""
    locked = folder / "locked"
    subprocess.run(
        [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "opens-it", "-f", str(locked)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    code = "import getpass; print(len(getpass.getpass('Word: ')))"
    late = "stty -echo; printf Word:; read -r x; sleep 1.5; stty echo; echo; echo got ${#x}"
    one = "stty raw -echo; printf 'PIN: '; dd bs=1 count=17 2>/dev/null | wc -c; stty sane"
    return {
        "sudo": Program(f"{become}sudo -k id", "password for", leave=ABANDON),
        "su": Program(f"{become}su root -c id", "Password: "),
        "passwd": Program(f"{become}passwd", "urrent password: "),
        "ssh-keygen": Program(f"ssh-keygen -p -f {locked}", "old passphrase: "),
        "ssh": Program(
            "ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
            f" -o PreferredAuthentications=password -p {port} 127.0.0.1",
            "'s password: ",
            leave=ABANDON,
        ),
        "openssl": Program("openssl passwd -6 > /dev/null", "Password: ", times=2),
        "stars": Program("systemd-ask-password Word: > /dev/null", "no echo)"),
        "getpass": Program(f"{sys.executable} -c {shlex.quote(code)}", "Word: "),
        "read": Program("read -rsp 'Word: ' x", "Word: "),
        "late": Program(late, "Word:"),
        "keys": Program(one, "PIN: "),
    }


def test_ssh_19_what_is_typed_at_a_prompt_of_a_real_program_is_nowhere(tmp_path: Path) -> None:
    for program in ("sudo", "setpriv", "openssl", "systemd-ask-password"):
        need(program)
    with sshd(tmp_path / "target", settings=["PasswordAuthentication yes"]) as target:
        asking = programs(tmp_path, target.port)
        with running_gateway(tmp_path / "gateway", {"web1": target}) as gateway:
            with ThreadPoolExecutor(len(asking)) as pool:
                list(pool.map(lambda each: answered(gateway, tmp_path, *each), asking.items()))
            found = sessions(gateway.store)
            assert len(found) == len(asking)
            with a_shell(gateway) as person:  # what is echoed is found, so the search searches
                person.type(f"echo got {SHOWN}\r".encode())
                person.wait_for(f"got {SHOWN}\r\n".encode())
                person.wait_for(READY)
            found = sessions(gateway.store)
            wait_until(lambda: all(state(gateway.store, each) == "sealed" for each in found), 60)
        everything = list(written(gateway, found, tmp_path))
    for session in found[:-1]:
        assert only(events(gateway.store, session), Withheld), "nothing was withheld"
    assert SHOWN in repr(only(events(gateway.store, found[-1]), Disclosed))
    assert any(SHOWN.encode() in data for _, data in everything)
    leaks = [
        (where, data[max(0, at - 80) : at + 80])
        for where, data in everything
        if (at := data.find(CANARY.encode())) >= 0
    ]
    assert not leaks


def answered(gateway: RunningGateway, folder: Path, name: str, program: Program) -> None:
    """A person starts it in a shell and answers."""
    script = folder / name
    script.write_text(program.command)  # else its prompt is seen when the command is shown
    with a_shell(gateway) as person:
        person.type(b"tty\r")
        person.wait_for(b"/dev/pts/")
        person.wait_for(READY)
        device = re.findall(rb"/dev/pts/[0-9]+", person.seen)[-1].decode()
        person.type(f". {script}\r".encode())
        for _ in range(program.times):
            person.wait_for(program.prompt.encode())
            wait_until(lambda: not echoes(device))  # some prompt first, and a machine is quick
            person.type(f"{CANARY}-{name}\r".encode())
        if program.leave:
            person.wait_for(program.prompt.encode())
            person.type(program.leave)
        person.wait_for(READY)


def echoes(device: str) -> bool:
    """Whether a terminal shows what is typed there."""
    terminal = os.open(device, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
    finally:
        os.close(terminal)


@contextmanager
def a_shell(gateway: RunningGateway) -> Iterator[Person]:
    shell = "PS1='ready> ' exec bash --norc --noprofile -i"
    with at_a_terminal(gateway.ssh("web1", shell, flags=("-t",)), cols=200) as person:
        person.wait_for(READY)
        yield person
        person.type(b"exit\r")
        person.wait_ended()


def written(gateway: RunningGateway, found: list[str], folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that the gateway left, recordings unpacked too; the index; the export of a
    session with all that was typed."""
    tool = [sys.executable, "-m", "gatereel"]
    where = ["--store", str(gateway.store)]
    subprocess.run([*tool, "index", *where], capture_output=True, check=True, timeout=120)
    out = folder / "out.json"
    words = [*tool, "export", found[0], *where, "--input", "-o", str(out)]
    subprocess.run(words, capture_output=True, check=True, timeout=120)
    yield "the export", out.read_bytes()
    for path in gateway.config.parent.rglob("*"):
        # A file that another took the place of meanwhile is listed under that one's name.
        with suppress(FileNotFoundError):
            if path.is_file():
                yield str(path), path.read_bytes()
    for session in Store.open(gateway.store).ids():
        with Recording(Store.open(gateway.store), session) as recording:
            yield session, b"".join(repr(each).encode() for each in recording.records())
    for session in found:
        reel = str(gateway.store / f"{session}.reel")
        done = subprocess.run([need("zstd"), "-dc", reel], capture_output=True, check=True)
        yield f"{session}, unpacked", done.stdout
