"""What policy is asked about an SFTP call.

Knows: calls, and what their handles were opened as. Must never know: rules, the wire. Called by
`gateway.wire.sftp_relay`. Pure.

A handle stands for the answer that it was opened by, and for no more: what goes on with it is not
asked about again, as far as it is what it was opened for (`SftpWatch.fault`). To change a file's
attributes is a change, by whichever way. What nobody here can read is taken for the worst.
"""

from __future__ import annotations

from gateway.policy import CHANGE_FILES, LIST_FILES, LOOK_AT_FILES, READ_FILE, WRITE_FILE
from gateway.wire.sftp_packets import Call
from recorder.events import Facts

_BY_OPERATION = {
    **dict.fromkeys(
        ("stat", "lstat", "realpath", "readlink", "statvfs", "home", "names"), LOOK_AT_FILES
    ),
    **dict.fromkeys(("remove", "rename", "mkdir", "rmdir", "symlink", "link"), CHANGE_FILES),
    "setstat": CHANGE_FILES,
    "extended": CHANGE_FILES,
}
_ABOUT_NO_FILE = frozenset({"init", "limits"})
_WITH_A_HANDLE = frozenset(
    {"close", "read", "write", "readdir", "stat", "statvfs", "fsync", "copy"}
)


def actions_of(call: Call) -> tuple[str, ...]:
    """What must be allowed, each by itself; nothing where an earlier answer covers it."""
    if call.operation == "open":
        return _to_open(call.access)
    if call.operation in _ABOUT_NO_FILE or (call.handle and call.operation in _WITH_A_HANDLE):
        return ()
    return (_BY_OPERATION.get(call.operation, CHANGE_FILES),)


def facts_of(call: Call, path: bytes) -> Facts:
    """What the answer may rest on. ``path`` as it was sent, or as the call's handle was opened."""
    return {
        "operation": call.operation,
        "path": path,
        **({"other": call.other} if call.other else {}),
        **({"access": list(call.access)} if call.access else {}),
        **call.facts,
    }


def _to_open(access: tuple[str, ...]) -> tuple[str, ...]:
    if "list" in access:
        return (LIST_FILES,)
    writes = bool({*access} - {"read"})
    reads = "read" in access or not writes
    return (READ_FILE,) * reads + (WRITE_FILE,) * writes
