from __future__ import annotations

from pathlib import Path

import pytest

from gateway.state.location import checked, file_of


@pytest.mark.parametrize(
    "url",
    ["sqlite:///gatereel.db", "sqlite:////var/lib/g.db", "postgresql://u@h/d", "postgres://h/d"],
)
def test_what_a_state_can_be_in(url: str) -> None:
    assert checked(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "gatereel.db", "sqlite://", "sqlite:///", "sqlite:///a?mode=ro", "mysql://u:secret@h/d"],
)
def test_what_it_cannot_be_in_is_not_said_again(url: str) -> None:
    with pytest.raises(ValueError, match="is no URL of a state") as caught:
        checked(url)
    assert "secret" not in str(caught.value)


def test_a_file_is_relative_to_the_configuration() -> None:
    assert file_of("sqlite:///g.db", Path("/etc/g")) == Path("/etc/g/g.db")
    assert file_of("sqlite:////var/g.db", Path("/etc/g")) == Path("/var/g.db")
    assert file_of("postgresql://h/d", Path("/etc/g")) is None
