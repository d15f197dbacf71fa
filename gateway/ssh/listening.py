"""The socket that the gateway listens on, or one clear line why it cannot be had.

Knows: addresses, what the system says about them. Must never know: SSH, who connects. Called by
`gateway.serve` before anything else starts.
"""

from __future__ import annotations

import errno
import os
import socket

from gateway.refusals import ListenError


def bind(host: str, port: int, key: str = "[ssh] listen") -> socket.socket:
    """The socket to listen on, taken before anything else starts. Raises ListenError."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
    except OSError as problem:
        raise ListenError(f"cannot listen on {where}: {problem.strerror}") from None
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
        listening.setblocking(False)
    except OSError as problem:
        listening.close()
        hint = {
            errno.EADDRINUSE: f"another program listens there; stop it or change {key}",
            errno.EACCES: f"ports below 1024 need rights; change {key}",
            errno.EADDRNOTAVAIL: f"this machine has no such address; change {key}",
        }.get(problem.errno or 0, os.strerror(problem.errno or 0).lower())
        raise ListenError(f"cannot listen on {where}: {hint}") from None
    return listening
