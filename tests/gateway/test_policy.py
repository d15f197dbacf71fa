"""What is said alike everywhere: addresses, places."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy import address_of, place_of


@pytest.mark.parametrize(
    ("host", "port", "written"),
    [
        ("DB.", 5432, "db:5432"),
        ("0:0::1", 9, "[::1]:9"),
        ("10.0.0.1", 1, "10.0.0.1:1"),
        ("a:b", 1, "[a:b]:1"),
    ],
)
def test_an_address_has_one_spelling(host: str, port: int, written: str) -> None:
    assert address_of(host, port) == written


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_ipv6_address_is_one(address: ipaddress.IPv6Address) -> None:
    assert address_of(address.exploded.upper(), 1) == address_of(address.compressed, 1)


def test_a_place_does_not_depend_on_the_order_of_its_labels() -> None:
    assert place_of("ssh", {"b": "1", "a": "2"}) == place_of("ssh", {"a": "2", "b": "1"})
