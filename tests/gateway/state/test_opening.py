from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import holds
from gateway.config import Config, Secret, parse_config
from gateway.holds import Hold, Subject
from gateway.policy import Approvers, Terms
from gateway.refusals import ConfigError, CredentialError, GatewayStartError
from gateway.state.board import Board
from gateway.state.location import STATE
from gateway.state.opening import open_board, url_of

TEXT = """
[gateway]
store = "recordings"
signing_key = "key"
{state}
[ssh]
listen = "127.0.0.1:2222"
host_keys = ["host"]
"""


def config(folder: Path, state: str = "") -> Config:
    return parse_config(folder / "gatereel.toml", TEXT.format(state=state).encode())


def opened(
    made: Config, then: Callable[[Board], object] = lambda _: None
) -> tuple[Board, list[Hold]] | None:
    async def go() -> tuple[Board, list[Hold]] | None:
        found = await open_board(made, made.path.parent / "recordings", os.urandom, lambda: 5)
        if found is not None:
            waiting = then(found[0])
            if waiting is not None:
                await waiting  # type: ignore[misc]
            found[0].database.close()
        return found

    return asyncio.run(go())


def test_it_is_beside_the_configuration_and_another_run_finds_what_was_left(
    tmp_path: Path,
) -> None:
    def leave(board: Board) -> object:
        subject = Subject("alice", "person", "exec", "web1", "root")
        terms = Terms((Approvers("dba"),))
        return board.open(holds.open_hold("k7m2q9xp", subject, terms, 5, gateway=board.run))

    first = opened(config(tmp_path), leave)
    assert first is not None
    assert first[1] == []
    assert (tmp_path / "gatereel.db").exists()
    second = opened(config(tmp_path))
    assert second is not None
    assert [(each.id, each.state.value) for each in second[1]] == [("k7m2q9xp", "withdrawn")]
    assert second[0].run != first[0].run


def test_one_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(GatewayStartError, match="state cannot be used"):
        opened(config(tmp_path, 'state = "sqlite:///nowhere/x.db"'))


def test_where_none_is_named_and_none_can_be_had_nothing_waits(tmp_path: Path) -> None:
    (tmp_path / "gatereel.db").mkdir()
    assert opened(config(tmp_path)) is None


def test_one_that_is_another_versions_is_never_passed_over(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "gatereel.db") as other:
        other.execute("CREATE TABLE photos (name)")
    other.close()
    with pytest.raises(GatewayStartError):
        opened(config(tmp_path))


def test_its_url_may_be_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert url_of(None) == STATE
    assert url_of("sqlite:///x.db") == "sqlite:///x.db"
    monkeypatch.setenv("STATE_URL", "postgresql://u:canary@h/d")
    made = config(tmp_path, 'state = { env = "STATE_URL" }')
    assert isinstance(made.gateway.state, Secret)
    assert url_of(made.gateway.state) == "postgresql://u:canary@h/d"
    monkeypatch.setenv("STATE_URL", "mysql://u:canary@h/d")
    with pytest.raises(ConfigError) as caught:
        url_of(made.gateway.state)
    assert "canary" not in str(caught.value)
    monkeypatch.delenv("STATE_URL")
    with pytest.raises(CredentialError):
        opened(replace(made))
