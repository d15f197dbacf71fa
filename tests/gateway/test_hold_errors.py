from __future__ import annotations

from gateway import hold_errors
from recorder.errors import GatereelError


def test_each_has_a_code_of_its_own() -> None:
    kinds = [
        each
        for each in vars(hold_errors).values()
        if isinstance(each, type) and issubclass(each, GatereelError) and each is not GatereelError
    ]
    assert sorted(each.code for each in kinds) == [f"GR-{number}" for number in range(270, 276)]
