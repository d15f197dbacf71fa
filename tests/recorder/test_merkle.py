"""The tree against published vectors, against its definition, and against every wrong proof."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    salted_leaf,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots that implementations of Certificate Transparency have long been tested with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word (over hashes of leaves)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def test_the_root_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of([]) == Frontier().root() == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    leaves = [leaf_hash(data) for data in LEAVES[:size]]
    assert root_of(leaves).hex() == ROOTS[size - 1]


@given(st.integers(0, 300))
def test_the_frontier_is_the_definition(size: int) -> None:
    leaves = hashes(size)
    assert root_of(leaves) == by_definition(leaves)


def test_a_frontier_goes_on_from_what_was_stored_of_it() -> None:
    leaves = hashes(100)
    for stop in range(101):
        frontier = Frontier()
        for leaf in leaves[:stop]:
            frontier.append(leaf)
        resumed = Frontier(frontier.size, list(frontier.hashes))
        for leaf in leaves[stop:]:
            resumed.append(leaf)
        assert resumed.root() == root_of(leaves)


def test_a_copy_grows_alone() -> None:
    frontier = Frontier()
    frontier.append(leaf_hash(b"a"))
    before = frontier.root()
    frontier.copy().append(leaf_hash(b"b"))
    assert frontier.root() == before


@pytest.mark.parametrize(("size", "count"), [(-1, 0), (0, 1), (3, 1), (4, 2)])
def test_a_frontier_has_one_hash_per_bit(size: int, count: int) -> None:
    with pytest.raises(ValueError, match="one hash per bit"):
        Frontier(size, hashes(count))


def test_inclusion_of_every_leaf_of_every_small_tree() -> None:
    for size in range(1, 34):
        leaves = hashes(size)
        root = root_of(leaves)
        for index in range(size):
            proof = inclusion_proof(leaves, index)
            assert verify_inclusion(leaves[index], index, size, proof, root)


def test_no_other_inclusion_is_proven() -> None:
    for size in range(1, 18):
        leaves = hashes(size)
        root = root_of(leaves)
        for index in range(size):
            proof = inclusion_proof(leaves, index)
            leaf = leaves[index]
            for other in range(size):
                if other != index:
                    assert not verify_inclusion(leaf, other, size, proof, root)
                    assert not verify_inclusion(leaves[other], index, size, proof, root)
            assert not verify_inclusion(leaf, index, size, [*proof, leaf], root)
            assert not verify_inclusion(leaf, size, size, proof, root)
            assert not verify_inclusion(leaf, index, size, proof, EMPTY_ROOT)
            if proof:
                assert not verify_inclusion(leaf, index, size, proof[:-1], root)
                wrong = [bytes(32), *proof[1:]]
                assert not verify_inclusion(leaf, index, size, wrong, root)


def test_consistency_of_every_prefix_of_every_small_tree() -> None:
    for size in range(1, 34):
        leaves = hashes(size)
        root = root_of(leaves)
        for first in range(1, size + 1):
            proof = consistency_proof(leaves, first)
            assert verify_consistency(first, size, root_of(leaves[:first]), root, proof)


def test_no_other_history_is_consistent() -> None:
    for size in range(2, 18):
        leaves = hashes(size)
        root = root_of(leaves)
        for first in range(1, size):
            proof = consistency_proof(leaves, first)
            changed = [leaf_hash(b"changed"), *leaves[1:first]]
            assert not verify_consistency(first, size, root_of(changed), root, proof)
            assert not verify_consistency(first, size, root_of(leaves[:first]), EMPTY_ROOT, proof)
            longer = [*proof, bytes(32)]
            assert not verify_consistency(first, size, root_of(leaves[:first]), root, longer)
            assert not verify_consistency(first, size, root_of(leaves[:first]), root, proof[:-1])
    assert not verify_consistency(0, 3, EMPTY_ROOT, root_of(hashes(3)), [])
    assert not verify_consistency(4, 3, root_of(hashes(4)), root_of(hashes(3)), [])
    assert verify_consistency(3, 3, root_of(hashes(3)), root_of(hashes(3)), [])
    assert not verify_consistency(3, 3, root_of(hashes(3)), root_of(hashes(3)), [bytes(32)])


@pytest.mark.parametrize(("size", "index"), [(0, 0), (3, 3), (3, -1)])
def test_there_is_no_proof_for_what_is_not_there(size: int, index: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(hashes(size), index)


@pytest.mark.parametrize(("size", "first"), [(3, 0), (3, 4)])
def test_there_is_no_proof_for_what_is_no_prefix(size: int, first: int) -> None:
    with pytest.raises(ValueError, match="prefix"):
        consistency_proof(hashes(size), first)


def test_a_salted_leaf_is_what_the_format_says() -> None:
    secret, record = bytes(range(32)), b"\x93\x05\x01\xa1o"
    number, time = (7).to_bytes(8, "big"), (1_000_005).to_bytes(8, "big")
    salt = hmac.new(secret, number, "sha256").digest()
    wanted = hashlib.sha256(b"\x00" + salt + number + time + record).digest()
    assert salted_leaf(secret, 7, 1_000_005, record) == wanted


def test_the_records_that_hold_the_secret_go_without_it() -> None:
    for number in (0, 1):
        assert salted_leaf(b"a" * 32, number, 0, b"x") == salted_leaf(b"b" * 32, number, 0, b"x")
    assert salted_leaf(b"a" * 32, 2, 0, b"x") != salted_leaf(b"b" * 32, 2, 0, b"x")


@given(
    st.tuples(st.integers(2, 9), st.integers(0, 9), st.binary(max_size=3)),
    st.tuples(st.integers(2, 9), st.integers(0, 9), st.binary(max_size=3)),
)
def test_a_leaf_binds_number_time_and_record(
    one: tuple[int, int, bytes], two: tuple[int, int, bytes]
) -> None:
    secret = bytes(32)
    assert (salted_leaf(secret, *one) == salted_leaf(secret, *two)) == (one == two)
