"""The verbs under ``case``: each has a function behind it, and help needs none of them."""

from __future__ import annotations

import argparse
import sys

import pytest

from replay import case_words
from replay.commands import case, case_read

VERBS = {
    "new": case.new,
    "add": case.add,
    "note": case.note,
    "edit": case.edit,
    "withdraw": case.withdraw,
    "sign": case.sign,
    "merge": case.merge,
    "list": case_read.list_,
    "show": case_read.show,
    "verify": case_read.verify,
    "export": case_read.export,
}
REST = {"add": ["s"], "note": ["t"], "edit": ["e", "t"], "withdraw": ["e"], "merge": ["o"],
        "show": ["e"], "export": ["-o", "x.txt"]}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_runs_its_function(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    case_words.arguments(parser)
    options = parser.parse_args([verb, "x.case", *REST.get(verb, [])])
    function = VERBS[verb]
    module = sys.modules[function.__module__]
    monkeypatch.setattr(module, function.__name__, lambda got: 7 if got is options else 0)
    assert case_words.run(options) == 7
