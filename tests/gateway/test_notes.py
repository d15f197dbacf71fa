"""What `check` points out though nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.notes import notes
from tests.system.peers import make_key

START = """
[gateway]
store = "recordings"
signing_key = "keys/signing"
[ssh]
listen = "127.0.0.1:0"
host_keys = ["keys/host"]
"""
TARGET = """
[targets.web1]
address = "127.0.0.1:22"
host_keys = ["{key}"]
"""
ACCOUNT = """
[targets.web1.accounts.root]
password = {{ env = "NOWHERE" }}
"""
ALICE = """
[principals.alice]
keys = ["{key}"]
"""
RULE = 'permit (principal == Person::"alice", action in [%s], resource);'


@pytest.mark.peer
@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([], ["nobody can come in"]),
        ([ALICE, TARGET, ACCOUNT], ["no policy lets them open anything"]),
        ([ALICE, TARGET, ACCOUNT, RULE % 'Action::"replay"'], []),
        ([ALICE, TARGET, ACCOUNT, RULE % 'Action::"shell"'], ["lets them connect"]),
        ([ALICE, TARGET, ACCOUNT, RULE % 'Action::"connect"'], ["lets them run"]),
        ([ALICE, TARGET, ACCOUNT, 'permit (principal == Person::"alice", action, resource);'], []),
    ],
)
def test_a_note_says_what_will_not_happen(
    tmp_path: Path, parts: list[str], said: list[str]
) -> None:
    key = make_key(tmp_path / "key")
    path = tmp_path / "gatereel.toml"
    tables = [part for part in parts if not part.startswith("permit")]
    path.write_text(START + "".join(part.replace("{key}", key).replace("{{", "{").replace("}}", "}")
                                    for part in tables))  # fmt: skip
    (tmp_path / "policies").mkdir()
    access = "".join(part for part in parts if part.startswith("permit"))
    (tmp_path / "policies" / "access.cedar").write_text(access)
    found = notes(load_config(path))
    assert len(found) == len(said)
    assert all(part in note for part, note in zip(said, found, strict=True))
