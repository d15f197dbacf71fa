"""Cases for tests: one recording, a clock that counts, keys that are always the same."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder.allowed_signers import AllowedSigner
from recorder.events import Event, Output, Terminal
from recorder.index import Index
from recorder.playback import Playback
from recorder.ssh_keys import FileSigner
from replay.case_file import CaseFile
from replay.keep import Kept, keep
from tests.recorder.builders import ScriptedClock, Studio

SCREENS = (b"$ whoami\r\nroot\r\n", b"$ cat /etc/\x1b[31mshadow\x1b[m\r\n", b"\x1b[2J\x1b[Hgone")


def key(number: int) -> FileSigner:
    """The same key for the same number."""
    return FileSigner(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32), f"key {number}")


ALICE, BOB, MALLORY = key(1), key(2), key(3)
SIGNERS = [AllowedSigner(("alice",), ALICE.public), AllowedSigner(("bob",), BOB.public)]


class TickingClock(ScriptedClock):
    """Each look at it is a second later."""

    def wall_ns(self) -> int:
        self.wall += 1_000_000_000
        return self.wall


def story() -> list[Event]:
    """A terminal with a screen each half second."""
    shown = [Output(500_000 * (at + 1), 1, data) for at, data in enumerate(SCREENS)]
    return [Terminal(0, 1, "xterm", 40, 5, 0, 0, b""), *shown]


def recorded(studio: Studio) -> str:
    return studio.whole(story())


def kept(studio: Studio, session: str, frame: int = 1) -> Kept:
    """What a bookmark on a frame keeps."""
    with studio.open(session) as recording, Index.load_or_build(recording) as index:
        return keep(recording, Playback(recording, index).at_frame(frame))


def begun(folder: Path, author: str = "alice") -> CaseFile:
    return CaseFile.begin(folder / "night.case", "Night", author, TickingClock())


def opened(file: CaseFile, author: str) -> CaseFile:
    """The same file, as somebody else has it open, later."""
    clock = TickingClock()
    clock.advance(60_000_000)
    return CaseFile(file.path, author, clock)
