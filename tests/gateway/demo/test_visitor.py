from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gateway.demo import visitor
from gateway.demo.place import Place
from gateway.refusals import DemoError


def test_a_visit_types_waits_and_resizes() -> None:
    program = (
        "import os, signal\n"
        "changed = {signal.SIGWINCH}\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, changed)\n"
        "print('ready', os.get_terminal_size(), flush=True)\n"
        "signal.sigwait(changed)\n"
        "print(os.get_terminal_size(), flush=True)\n"
        "print('heard', input(), flush=True)\n"
        "raise SystemExit(6)\n"
    )
    visit = visitor.Visit([sys.executable, "-c", program], 90, 28)
    try:
        visit.expect("ready")
        visit.expect("columns=90, lines=28")
        visit.resize(100, 30)
        visit.expect("columns=100, lines=30")
        visit.type("you\r")
        visit.expect("heard you")
        assert visit.status() == 6
    finally:
        visit.close()


def test_words_that_do_not_come_are_an_error_with_what_came() -> None:
    visit = visitor.Visit([sys.executable, "-c", "print('something else')"], 80, 24)
    try:
        with pytest.raises(DemoError, match="something else"):
            visit.expect("these words")
    finally:
        visit.close()


def test_the_client_is_openssh_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, 2222)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/ssh")
    assert visitor.command(place)[:2] == ["/usr/bin/ssh", "-F"]
    assert "-tt" in visitor.command(place)
    assert visitor.command(place, "true")[-2:] == ["demo", "true"]
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert visitor.command(place)[0] == sys.executable
    assert visitor.command(place, "true")[-1] == "true"
