"""The RFC 6962 Merkle tree (SHA-256): roots, inclusion, consistency. Pure.

Knows: hashes and how they combine (RFC 6962, section 2.1). Must never know: what a leaf is
made of beyond bytes, files, keys. Called by the sealer (`Frontier`), by verification, and by
whoever makes or checks a proof.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """MTH of one leaf: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """MTH of two subtrees: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def salted_leaf(secret: bytes, number: int, time: int, record: bytes) -> bytes:
    """The leaf hash of one record (docs/format.md, Leaves).

    ``secret`` is the session's; records 0 and 1, which commit to it and hold it, go without.
    ``number`` and ``time`` (µs) are absolute, so that a proof of one event proves both.
    """
    return leaf_of(leaf_salt(secret, number), number, time, record)


def leaf_salt(secret: bytes, number: int) -> bytes:
    """What keeps one record's leaf hash from being guessed."""
    if number < 2:
        return bytes(HASH_SIZE)
    return hmac.digest(secret, number.to_bytes(8, "big"), "sha256")


def leaf_of(salt: bytes, number: int, time: int, record: bytes) -> bytes:
    """The same from the salt of this one leaf, where the secret is not to be had."""
    return leaf_hash(salt + number.to_bytes(8, "big") + time.to_bytes(8, "big") + record)


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: all that is needed to append and to name the root.

    ``hashes`` are the roots of the perfect subtrees, largest first, one per bit of ``size``.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError("a frontier has one hash per bit of its size")

    def append(self, leaf: bytes) -> None:
        size, hashes = self.size, self.hashes
        while size & 1:
            leaf = node_hash(hashes.pop(), leaf)
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Frontier:
        return Frontier(self.size, list(self.hashes))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves): the hashes beside the way from the leaf to the root."""
    if not 0 <= index < len(leaves):
        raise ValueError("no such leaf")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether ``proof`` shows that ``leaf`` stands at ``index`` in the tree of this root
    (RFC 9162, section 2.1.3.2, which is the same tree)."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            current = node_hash(current, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and hmac.compare_digest(current, root)


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """PROOF(first, leaves): that the tree over ``leaves[:first]`` is a prefix of this one."""
    if not 0 < first <= len(leaves):
        raise ValueError("a prefix has between one and all leaves")
    return _subproof(leaves, first, complete=True)


def _subproof(leaves: Sequence[bytes], first: int, *, complete: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if complete else [root_of(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, complete=complete), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, complete=False), root_of(leaves[:split])]


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows the smaller tree to be a prefix of the larger
    (RFC 9162, section 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and hmac.compare_digest(first_root, second_root)
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        node >>= 1
        last >>= 1
    return (
        last == 0 and hmac.compare_digest(old, first_root) and hmac.compare_digest(new, second_root)
    )


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
