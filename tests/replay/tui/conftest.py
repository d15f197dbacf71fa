from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recorder.recordings import Making


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    made = Making(tmp_path / "store")
    yield made
    made.close()
