"""A small SSH client for machines that have none: what the demo's visitor uses instead of `ssh`.

Knows: one login, one server, this process's terminal. Must never know: the gateway's insides.
Runs as a process of its own (``python client.py``) on a terminal, like the real one.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
import tty
from collections.abc import Sequence
from pathlib import Path

import asyncssh


def _size() -> tuple[int, int, int, int]:
    packed = fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))
    rows, cols, width, height = struct.unpack("HHHH", packed)
    return cols, rows, width, height


class _Screen(asyncssh.SSHClientSession[bytes]):
    """Whatever comes goes to this process's terminal."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        stream = sys.stdout if datatype is None else sys.stderr
        stream.buffer.write(data)
        stream.buffer.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            print(exc, file=sys.stderr)  # noqa: T201 - this is a command
        self.closed.set()


async def visit(options: argparse.Namespace) -> int:
    """Logs in, passes the terminal's bytes on until the far end closes; its exit status."""
    on_terminal = os.isatty(0)
    async with asyncssh.connect(
        options.host,
        options.port,
        config=None,
        username=options.user,
        client_keys=[str(options.key)],
        known_hosts=str(options.known_hosts),
        agent_path=None,
    ) as connection:
        screen = _Screen()
        channel, _ = await connection.create_session(
            lambda: screen,
            options.command or None,
            encoding=None,
            request_pty="force" if on_terminal else False,
            term_type=os.environ.get("TERM", "xterm"),
            term_size=_size() if on_terminal else None,
        )
        loop = asyncio.get_running_loop()
        if on_terminal:
            tty.setraw(0)
            loop.add_signal_handler(signal.SIGWINCH, lambda: channel.change_terminal_size(*_size()))
            loop.add_reader(0, lambda: channel.write(os.read(0, 4096)))
        else:
            channel.write_eof()
        await screen.closed.wait()
        if on_terminal:
            loop.remove_reader(0)
        return 255 if (status := channel.get_exit_status()) is None else status


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="gateway.demo.client", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--known-hosts", type=Path, required=True)
    parser.add_argument("command", nargs="?", default="")
    return asyncio.run(visit(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
