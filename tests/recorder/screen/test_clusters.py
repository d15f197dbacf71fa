"""Cells of several code points: interned, not to be forged, bounded."""

from recorder.screen import clusters as module
from recorder.screen.clusters import FIRST, LOST, Clusters


def test_a_cluster_is_one_character_and_back() -> None:
    clusters = Clusters()
    char = clusters.intern("e\u0301")
    assert len(char) == 1
    assert clusters.intern("e\u0301") == char
    assert clusters.text(char) == "e\u0301"
    assert clusters.expand(f"caf{char} 漢\0!") == "cafe\u0301 漢!"


def test_a_stand_in_in_the_input_stands_for_itself() -> None:
    clusters = Clusters()
    clusters.intern("e\u0301")
    assert clusters.text(clusters.intern(chr(FIRST))) == chr(FIRST)


def test_there_is_an_end_to_them() -> None:
    clusters = Clusters()
    last, module.LAST = module.LAST, FIRST + 2
    try:
        assert [clusters.intern(f"{n}\u0301") for n in range(4)][3] == LOST
    finally:
        module.LAST = last


def test_full_when_it_says_so() -> None:
    clusters = Clusters(full_at=1)
    assert not clusters.full
    clusters.intern("e\u0301")
    assert clusters.full
