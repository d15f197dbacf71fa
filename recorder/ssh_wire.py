"""The few shapes of SSH's binary encoding that keys and signatures are made of (RFC 4251). Pure.

Knows: uint32, string, mpint. Must never know: what a field means. Called by `recorder.sshsig`,
`recorder.ssh_keys` and `recorder.ssh_agent`. Bytes may come from anywhere: what is not as it says
leaves as `SignatureError`, and no length is believed that the bytes do not bear out.
"""

from __future__ import annotations

import struct

from recorder.errors import SignatureError

_UINT32 = struct.Struct(">I")


def string(data: bytes) -> bytes:
    """Length and bytes."""
    return _UINT32.pack(len(data)) + data


def uint32(number: int) -> bytes:
    return _UINT32.pack(number)


def mpint(number: int) -> bytes:
    """A number that is not negative, in as few bytes as it takes."""
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


class Fields:
    """Reads one field after the other."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise SignatureError(f"{self._what} is cut off")
        self._at += size
        return part

    def uint32(self) -> int:
        number: int = _UINT32.unpack(self.take(4))[0]
        return number

    def string(self) -> bytes:
        return self.take(self.uint32())

    def text(self) -> str:
        """A string that must be ASCII."""
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError:
            raise SignatureError(f"{self._what} holds a name that is none") from None

    def mpint(self) -> int:
        """A number that is not negative, in its one encoding."""
        data = self.string()
        number = int.from_bytes(data, "big", signed=True)
        if number < 0 or mpint(number)[4:] != data:
            raise SignatureError(f"{self._what} holds a number that is none")
        return number

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise SignatureError(f"bytes follow {self._what}")
