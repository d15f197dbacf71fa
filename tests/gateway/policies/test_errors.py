"""Each error of policies has a code and a line of its own."""

from __future__ import annotations

from gateway.policies import errors
from recorder.errors import GatereelError


def test_codes_are_in_one_range_and_each_is_one() -> None:
    kinds = [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, GatereelError) and each is not GatereelError
    ]
    codes = [each.code for each in kinds]
    assert len(codes) == len({*codes}) == len({each.summary for each in kinds})
    assert all("GR-260" <= code <= "GR-269" for code in codes)
