from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.policies.errors import NotAsked
from gateway.policies.supposing import Words, suppose
from gateway.policy import Circumstances
from recorder.events import Facts
from tests.gateway.policies.site import lay_out

NOW = Circumstances(at=5)


@pytest.mark.parametrize(
    ("words", "action", "facts"),
    [
        (Words("alice", "connect", "root@web1"), "connect", {}),
        (Words("alice", "shell", "root@web1", terminal=True), "shell", {"terminal": True}),
        (
            Words("alice", "exec", "root@web1", "uptime"),
            "exec",
            {"command": b"uptime", "terminal": False},
        ),
        (
            Words("alice", "exec", "root@web1", "scp -t /tmp"),
            "exec",
            {
                "command": b"scp -t /tmp",
                "terminal": False,
                "program": "scp",
                "way": "written",
                "paths": [b"/tmp"],
            },
        ),
        (Words("alice", "sftp", "root@web1"), "subsystem", {"command": b"sftp"}),
        (
            Words("alice", "change-files", "root@web1", "/a", "/b", "rename"),
            "change-files",
            {"operation": "rename", "path": b"/a", "other": b"/b"},
        ),
        (Words("alice", "forward", "root@web1", "[0::1]:80"), "forward", {"address": "[::1]:80"}),
        (Words("alice", "kill", "root@web1", owner="bob"), "kill", {}),
    ],
)
def test_words_are_the_request_that_a_relay_would_make(
    words: Words, action: str, facts: Facts, tmp_path: Path
) -> None:
    request = suppose(load_config(lay_out(tmp_path)), words, NOW)
    assert (request.action, dict(request.facts)) == (action, dict(facts))
    assert (request.account, request.target, request.groups) == ("root", "web1", ("sre",))
    assert request.place.labels == (("env", "prod"),)
    assert request.owner == words.owner


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Words("carol", "connect", "root@web1"), 'no principal "carol"'),
        (Words("alice", "connects", "root@web1"), 'no action "connects"'),
        (Words("alice", "connect", "web2"), 'no target "web2"'),
        (Words("alice", "connect", "root@web2"), 'no target "web2"'),
        (Words("alice", "connect", "web1"), "write one of root@web1, app@web1"),
        (Words("alice", "exec", "root@web1"), "needs a command"),
        (Words("alice", "connect", "root@web1", "x"), "takes nothing"),
        (Words("alice", "forward", "root@web1", "db"), '"db" is no address'),
    ],
)
def test_what_there_is_not_is_said(words: Words, said: str, tmp_path: Path) -> None:
    with pytest.raises(NotAsked) as found:
        suppose(load_config(lay_out(tmp_path)), words, NOW)
    assert said in found.value.person
