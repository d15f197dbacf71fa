"""Policies as texts: read, kept, found altered."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.policies.errors import PolicyError, PolicySetMissing
from gateway.policies.texts import BUILTIN, KEPT, MOST, Texts, keep, kept, read_folder


def test_a_folder_is_its_cedar_files_and_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "b.cedar").write_text("// b")
    (tmp_path / "a.cedar").write_text("// a")
    (tmp_path / "a.txt").write_text("no")
    assert list(read_folder(tmp_path).files) == [BUILTIN, "a.cedar", "b.cedar"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="make the folder"):
        read_folder(tmp_path / "none")
    (tmp_path / "x.cedar").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match="not UTF-8"):
        read_folder(tmp_path)
    with pytest.raises(PolicyError, match="rename the file"):
        Texts.of({BUILTIN: ""})


def test_what_is_kept_is_found_again_and_its_alteration_noticed(tmp_path: Path) -> None:
    texts = Texts.of({"a.cedar": "permit (principal, action, resource);"})
    keep(texts, tmp_path)
    keep(texts, tmp_path)
    assert kept(tmp_path, texts.digest()) == texts
    (path,) = (tmp_path / KEPT).iterdir()
    path.write_bytes(path.read_bytes().replace(b"permit (p", b"forbid (p"))
    with pytest.raises(PolicySetMissing, match="altered"):
        kept(tmp_path, texts.digest())
    with pytest.raises(PolicySetMissing, match="are not in"):
        kept(tmp_path, bytes(32))
    with pytest.raises(PolicyError, match="cannot be kept"):
        keep(texts, tmp_path / "none")


def test_a_set_that_is_too_big_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "a.cedar").write_bytes(b"// " + b"x" * MOST)
    with pytest.raises(PolicyError, match="more than 4 MiB of policies"):
        read_folder(tmp_path)
    (tmp_path / "a.cedar").write_bytes(b"// " + b"x" * (MOST - 3))
    assert len(read_folder(tmp_path).files) == 2
