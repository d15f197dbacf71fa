from __future__ import annotations

import os
import subprocess
import sys

import pytest

CHECK = """
from replay import pace
pace.prepare()
from textual.constants import MAX_FPS
pace.settle()
import gc, sys
print(MAX_FPS, sys.getswitchinterval() < 0.005, gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(("own", "said"), [(None, "240"), ("10", "10")])
def test_the_app_is_set_up_before_it_is_imported(own: str | None, said: str) -> None:
    """In a process of its own: it is the whole process that is set up."""
    environment = {k: v for k, v in os.environ.items() if k != "TEXTUAL_FPS"}
    if own is not None:
        environment["TEXTUAL_FPS"] = own
    done = subprocess.run(
        [sys.executable, "-c", CHECK], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [said, "True", "True"]
