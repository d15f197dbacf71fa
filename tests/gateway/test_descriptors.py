"""Room for connections, from the limit on open files."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from gateway.descriptors import EACH, KEPT, connections


@given(st.integers(KEPT + EACH, 1 << 30))
def test_those_who_are_inside_and_the_gateway_itself_never_need_more_than_there_is(
    limit: int,
) -> None:
    assert connections(limit) * EACH + KEPT <= limit < (connections(limit) + 1) * EACH + KEPT


def test_somebody_gets_in_however_little_there_is() -> None:
    assert connections(0) == 1


def test_the_limit_is_raised_as_far_as_it_may_be() -> None:
    script = (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (100, 300))\n"
        "from gateway.descriptors import raise_limit\n"
        "print(raise_limit(), *r.getrlimit(r.RLIMIT_NOFILE), raise_limit())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.split() == [b"300", b"300", b"300", b"300"]
