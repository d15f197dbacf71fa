"""What packets consist of: each field read once, or one error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.sftp_fields import HANDLE_LIMIT, PAIRS_LIMIT, Fields, SftpError
from tests.gateway.wire import sftp_bytes as b

READS = st.sampled_from(["u32", "u64", "string", "path", "handle", "attributes", "pairs"])


@given(st.binary(max_size=60), st.lists(READS, max_size=6))
def test_hostile_bytes_have_one_exit(body: bytes, reads: list[str]) -> None:
    fields = Fields(b"?" + body)
    try:
        for read in reads:
            getattr(fields, read)()
        fields.end()
    except SftpError:
        return
    assert fields.rest == 0


@pytest.mark.parametrize("path", [b"", b"a", b"/\xff\n\x1b[31m", b"x" * 5000])
def test_a_path_is_any_bytes_but_a_nul(path: bytes) -> None:
    assert Fields(b"?" + b.s(path)).path() == path
    with pytest.raises(SftpError, match="NUL"):
        Fields(b"?" + b.s(path + b"\0")).path()


@pytest.mark.parametrize("handle", [b"", b"h" * (HANDLE_LIMIT + 1)])
def test_a_handle_is_short_and_something(handle: bytes) -> None:
    with pytest.raises(SftpError, match="handle"):
        Fields(b"?" + b.s(handle)).handle()


def test_attributes_are_bounded() -> None:
    with pytest.raises(SftpError, match="extended"):
        Fields(b"?" + b.u32(0x8000_0000) + b.u32(PAIRS_LIMIT + 1)).attributes()
    with pytest.raises(SftpError, match="version 3"):
        Fields(b"?" + b.u32(0x10)).attributes()
