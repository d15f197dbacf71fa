"""What SFTP packets consist of: numbers, strings, handles, paths, attributes.

Knows: how each is written, and how long it may be. Must never know: which packet it is in. Called
by `gateway.wire.sftp_packets`. Pure; hostile bytes have one exit, `SftpError`.
"""

from __future__ import annotations

HANDLE_LIMIT = 256
PAIRS_LIMIT = 256
"""Of a file's extended attributes, and of a server's extensions."""


class SftpError(ValueError):
    """Bytes that are no SFTP; the text says what was wrong, and holds nothing that was sent."""


class Fields:
    """A packet's body, read from its front."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 1

    def u32(self) -> int:
        return int.from_bytes(self._take(4))

    def u64(self) -> int:
        return int.from_bytes(self._take(8))

    def string(self) -> bytes:
        return self._take(self.u32())

    def path(self) -> bytes:
        """A name of a file: to servers it ends at a NUL, to policy it would not."""
        path = self.string()
        if b"\0" in path:
            raise SftpError("a path with a NUL in it")
        return path

    def handle(self) -> bytes:
        handle = self.string()
        if not 0 < len(handle) <= HANDLE_LIMIT:
            raise SftpError("a handle is empty, or longer than any may be")
        return handle

    @property
    def rest(self) -> int:
        return len(self._body) - self._at

    def skip(self) -> None:
        """What an extension that nobody here knows says."""
        self._at = len(self._body)

    def pairs(self) -> None:
        count = self.u32()
        if count > PAIRS_LIMIT:
            raise SftpError("more extended attributes than anybody has")
        for _ in range(2 * count):
            self.string()

    def attributes(self) -> dict[str, int]:
        """What of a file's attributes is said."""
        flags, said = self.u32(), {}
        if flags & 1:
            said["size"] = self.u64()
        if flags & 2:
            said["uid"], said["gid"] = self.u32(), self.u32()
        if flags & 4:
            said["permissions"] = self.u32()
        if flags & 8:
            said["atime"], said["mtime"] = self.u32(), self.u32()
        if flags & 0x8000_0000:
            self.pairs()
        if flags & ~0x8000_000F:
            raise SftpError("attributes that version 3 does not have")
        return said

    def end(self) -> None:
        if self.rest:
            raise SftpError("a packet is longer than what it says")

    def _take(self, count: int) -> bytes:
        if count > self.rest:
            raise SftpError("a packet ends in the middle of what it says")
        self._at += count
        return self._body[self._at - count : self._at]
