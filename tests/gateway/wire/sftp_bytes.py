"""SFTP packets for tests, as a client and a server send them."""

from __future__ import annotations

import struct

INIT = b"\0\0\0\5\1\0\0\0\3"
VERSION = b"\0\0\0\5\2\0\0\0\3"


def s(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def u32(value: int) -> bytes:
    return struct.pack(">I", value)


def u64(value: int) -> bytes:
    return struct.pack(">Q", value)


def pack(kind: int, number: int, *parts: bytes) -> bytes:
    return s(bytes([kind]) + u32(number) + b"".join(parts))


def open_file(number: int, path: bytes, flags: int = 1, attributes: bytes = u32(0)) -> bytes:
    return pack(3, number, s(path), u32(flags), attributes)


def close(number: int, handle: bytes = b"h") -> bytes:
    return pack(4, number, s(handle))


def read(number: int, offset: int, length: int, handle: bytes = b"h") -> bytes:
    return pack(5, number, s(handle), u64(offset), u32(length))


def write(number: int, offset: int, data: bytes, handle: bytes = b"h") -> bytes:
    return pack(6, number, s(handle), u64(offset), s(data))


def opendir(number: int, path: bytes) -> bytes:
    return pack(11, number, s(path))


def readdir(number: int, handle: bytes = b"h") -> bytes:
    return pack(12, number, s(handle))


def remove(number: int, path: bytes) -> bytes:
    return pack(13, number, s(path))


def stat(number: int, path: bytes) -> bytes:
    return pack(17, number, s(path))


def rename(number: int, old: bytes, new: bytes) -> bytes:
    return pack(18, number, s(old), s(new))


def extended(number: int, name: bytes, *parts: bytes) -> bytes:
    return pack(200, number, s(name), *parts)


def status(number: int, code: int = 0, message: bytes = b"") -> bytes:
    return pack(101, number, u32(code), s(message), s(b"en"))


def handle(number: int, name: bytes = b"h") -> bytes:
    return pack(102, number, s(name))


def data(number: int, content: bytes) -> bytes:
    return pack(103, number, s(content))


def names(number: int, *found: bytes) -> bytes:
    each = b"".join(s(name) + s(b"-rw- " + name) + u32(1) + u64(5) for name in found)
    return pack(104, number, u32(len(found)), each)


def attributes(number: int, size: int, permissions: int) -> bytes:
    return pack(105, number, u32(5), u64(size), u32(permissions))
