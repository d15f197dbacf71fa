"""The state of a gateway that starts: opened, and what an earlier run left waiting withdrawn.

Knows: where the configuration says that it is, the place that this gateway has to itself. Must
never know: what waits for what. Called by `gateway.serve`.

A state that is named must be there, or the gateway does not start. Where none is named it is a file
beside the configuration; where that cannot be had (a folder that only root may write), nothing can
wait here: whatever policy holds is refused, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path

from gateway.config import Config, Secret
from gateway.hold_errors import StateNotOurs, StateUnavailable
from gateway.holds import Hold
from gateway.refusals import ConfigError, GatewayStartError
from gateway.state.board import Board
from gateway.state.database import Database
from gateway.state.location import STATE, checked
from recorder.store import Entropy

log = logging.getLogger(__name__)


async def open_board(
    config: Config, store: Path, entropy: Entropy, wall_us: Callable[[], int]
) -> tuple[Board, list[Hold]] | None:
    """The board, and what waited here when the gateway was stopped. None: there is none to be had.
    Raises GatewayStartError, ConfigError, CredentialError, StateNotOurs."""
    named = config.gateway.state
    try:
        folder = config.path.absolute().parent
        database = await asyncio.to_thread(Database.open, url_of(named), folder)
        board = Board(database, entropy(8).hex(), wall_us)
        left = await board.begin(f"{socket.gethostname()}:{store}")
    except (StateUnavailable, StateNotOurs) as problem:
        if named is not None or isinstance(problem, StateNotOurs):
            raise GatewayStartError(
                f"[gateway] state cannot be used: {problem.operator}"
            ) from problem
        log.warning("nothing can be approved here: %s", problem.operator)
        return None
    for hold in left:
        log.info("request %s of %s is withdrawn: %s", hold.id, hold.subject.principal, hold.why)
    return board, left


def url_of(named: str | Secret | None) -> str:
    """Raises ConfigError for what is no URL of a state, CredentialError where it cannot be read."""
    if not isinstance(named, Secret):
        return named or STATE
    try:
        return checked(named.read().decode())
    except ValueError as problem:
        raise ConfigError(f"[gateway] state: what {named} says {problem}") from None
