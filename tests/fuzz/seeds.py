"""Valid inputs to start from: what each boundary is meant to read, made by what writes it."""

from __future__ import annotations

import json
import struct

from recorder import attest, seal
from recorder import format as fmt
from recorder.screen import Screen
from tests.fuzz import case_seeds
from tests.gateway.wire import sftp_bytes as b
from tests.recorder.builders import forge, frames_of, packed, story
from tests.vectors.make import SESSION

_CAST = {
    2: {"version": 2, "width": 80, "height": 24, "env": {"TERM": "xterm"}, "idle_time_limit": 1.5},
    3: {"version": 3, "term": {"cols": 9, "rows": 4, "type": "vt"}, "timestamp": 1, "title": "t"},
}
_CONFIG = """
[gateway]
store = "recordings"
signing_key = "keys/signing"
[ssh]
listen = "127.0.0.1:2222"
host_keys = ["keys/host"]
[principals.alice]
keys = ["{key} alice"]
groups = ["sre"]
[targets.web1]
address = "127.0.0.1:22"
host_keys = ["{key}"]
labels = {{ env = "prod" }}
[targets.web1.accounts.root]
key = {{ file = "keys/web1_root" }}
"""
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


def seeds() -> dict[str, list[bytes]]:
    """Inputs by target."""
    shown = [
        b"\x13\x05abc\x1b[31mdef\r\n\xe6\xbc\xa2\xe5\xad\x97e\xcc\x81\x1b[2;3H\x1b[J\x1d\x1b7\x1b8",
        b"\x09\x03\x1b[?1049h\x1b[2;3r\n\n\x1c\x05\x02\x1b[?1049l\x1b]0;title\x07\x1b(0qx\x1e\x1bM",
        b"\x07\x05\x1b[?7l\xe6\xbc\xa2\x1b[4h\x1b[5b\x1b[2P\x1b[@\x1b[L\x1b[M\x1b[38;2;1;2;3mx\x1b[K",
    ]
    screen = Screen(12, 4)
    screen.feed("ab日e\u0301\r\n\x1b[1;31mred\x1b[?1049halt\x1b[2;3r\x1b7\x1b[12".encode())
    first, second = packed(story(SESSION))[:2]
    data, sealed, _, _, end, table = frames_of(forge(SESSION, packed(story(SESSION))))
    return {
        "screen": shown,
        "screen_state": [screen.keyframe(), Screen(2, 1).keyframe()],
        "records": [
            b"".join(first),
            b"".join(second),
            b"".join(map(fmt.journal_frame, first)),
            data,
        ],
        "seals": [sealed, end, table, seal.pack_table([])],
        "notes": _notes(),
        "casts": [
            (json.dumps(head) + '\n# comment\n[0.5, "o", "a\\u001b[m"]\n[1, "r", "9x4"]\n').encode()
            for head in _CAST.values()
        ],
        "foreign": _foreign(),
        "masks": [
            b"pay 4111 1111 1111 1111 or DE89370400440532013000, a.b@ex.org B-1234 +442071838750\n",
            b"ghp_0123456789abcdefghij\x1b[31m0123 AKIAIOSFODNN7EXAMPLE dob: 1984-02-03\r\n",
            b"-----BEGIN PRIVATE KEY-----\nabcd\n-----END PRIVATE KEY-----\n\xe7\x94\xb0",
            b"secret_key = '0123456789012345678901234567890123456789' 219-09-9999\x1b[2;3H41",
        ],
        "echoes": [
            b"ls\r\x1dls\r\nout\r\n\x1epass\x1b[A\r\x1e\x1e\x1d\x1b]0;t\x07x",
            b"a\x1da\x1cb",
        ],
        "sftp": [
            b.INIT
            + b"\x1d"
            + b.VERSION
            + b"\x1e"
            + b.open_file(1, b"/f", 3)
            + b.opendir(2, b"/d")
            + b"\x1d"
            + b.handle(1)
            + b.handle(2, b"i")
            + b"\x1e"
            + b.read(3, 0, 9)
            + b.readdir(4, b"i")
            + b.write(5, 0, b"xyz")
            + b"\x1d"
            + b.data(3, b"abc")
            + b.names(4, b"a")
            + b.status(5)
            + b"\x1e"
            + b.close(6)
            + b"\x1d"
            + b.status(6),
            b.INIT
            + b"\x1d"
            + b.VERSION
            + b"\x1e"
            + b.stat(1, b"/f")
            + b.rename(2, b"a", b"b")
            + b"\x1d"
            + b.status(2, 4, b"no")
            + b.attributes(1, 5, 6),
        ],
        "configs": [_CONFIG.format(key=_KEY).encode()],
        **case_seeds.seeds(),
    }


def _notes() -> list[bytes]:
    signer = attest.Signer.generate("gate.example/seal")
    text = attest.Checkpoint("r", 3, bytes(32), "live").text()
    return [signer.sign(text).encode(), text.encode(), str(signer.verifier).encode()]


def _foreign() -> list[bytes]:
    shown = (
        b'Script started on 2026-01-02 03:04:05+00:00 [TERM="xterm" COLUMNS="9" LINES="4"]\nls\n'
    )
    end = b'\nScript done on 2026-01-02 03:04:06+00:00 [COMMAND_EXIT_CODE="0"]\n'
    advanced = b"H 0.0 TERM xterm\nO 0.5 2\nI 0.1 1\nS 0.2 SIGWINCH ROWS=5 COLS=9\nO 0.1 1\n"
    document = {"version": 1, "width": 9, "height": 4, "duration": 1.5, "stdout": [[0.5, "a"]]}
    return [
        shown + end + b"\x1c0.5 2\n0.1 1\n",
        shown + end + b"\x1c" + advanced + b"\x1cScript started on x\nx",
        struct.pack("<III", 1, 2, 3) + b"abc" + struct.pack("<III", 2, 0, 1) + b"d",
        json.dumps(document).encode(),
        b'{"version": 2, "width": 9, "height": 4}\n[0.5, "o", "a"]\n[1, "x", "3"]\n[2, "i", "q"]\n',
    ]
