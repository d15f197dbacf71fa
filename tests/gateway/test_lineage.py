from __future__ import annotations

from pathlib import Path

import pytest

from gateway.lineage import NAME, Lineage
from recorder.errors import JournalError
from recorder.store import Store

ONE = "01a20a05-251b-7077-96b9-ac4e6efe2d5a"
TWO = "01a20a05-251b-7077-96b9-ac4e6efe2d5b"


def test_each_run_is_told_of_the_one_before_and_how_far_it_came(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    lineage = Lineage(store)
    assert lineage.before() == {"previous": "", "checkpoint": ""}
    lineage.begun(ONE)
    lineage.checkpointed(ONE, "a signed note")
    lineage.checkpointed(TWO, "of another run")
    assert Lineage(store).before() == {"previous": ONE, "checkpoint": "a signed note"}
    lineage.begun(TWO)
    assert Lineage(store).before() == {"previous": TWO, "checkpoint": ""}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"run": 1, "checkpoint": ""}', b'{"run": "../x", "checkpoint": ""}'],
)
def test_a_file_that_says_nothing_names_no_run(tmp_path: Path, data: bytes) -> None:
    store = Store.open(tmp_path, create=True)
    (tmp_path / NAME).write_bytes(data)
    assert Lineage(store).before() == {"previous": "", "checkpoint": ""}


def test_a_run_that_cannot_be_written_down_does_not_begin(tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        Lineage(Store(tmp_path / "gone")).begun(ONE)
