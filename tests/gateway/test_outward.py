"""Where a forward may lead, address by address; real connections are in the test of forwarding."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest

from gateway.outward import MOST, Place, check_elsewhere, find
from gateway.refusals import AddressRefused, AddressUnreachable


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.99.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_this_machine_and_its_link_are_refused_in_every_spelling(text: str) -> None:
    with pytest.raises(AddressRefused, match="only a rule with that very address"):
        check_elsewhere(Place(ipaddress.ip_address(text), 80))


@pytest.mark.parametrize("text", ["198.51.100.7", "10.255.255.1", "2001:db8::7", "fd00::99"])
def test_other_machines_are_not(text: str) -> None:
    check_elsewhere(Place(ipaddress.ip_address(text), 80))


def test_a_name_is_found_once_with_a_bound_on_its_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        async def many(*_: object, **__: object) -> list[object]:
            return [(2, 1, 6, "", (f"198.51.100.{n % 20}", 80)) for n in range(40)]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", many)
        found = await find("many.example.org", 80)
        assert len(found) == len(set(found)) == MOST
        assert str(found[0]) == "198.51.100.0:80"

    asyncio.run(run())


def test_an_unknown_name_is_told_as_that() -> None:
    with pytest.raises(AddressUnreachable, match=r"nowhere\.invalid:80 is not known"):
        asyncio.run(find("nowhere.invalid", 80))


def test_an_address_is_written_as_rules_write_it() -> None:
    assert str(Place(ipaddress.ip_address("2001:db8:0::7"), 5)) == "[2001:db8::7]:5"
