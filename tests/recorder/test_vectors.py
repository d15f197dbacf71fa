"""Every vector against our reader, our verification and the published verifier."""

from __future__ import annotations

import contextlib
import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.attest import load_verifiers
from recorder.errors import RecordingError, UnsupportedRecording
from recorder.reader import Recording
from recorder.verify import verify_reel
from tests.recorder.builders import frames_of
from tests.vectors import make

NAMES = sorted(path.stem for path in make.FOLDER.glob("*.txt"))
TRUSTED = make.FOLDER / "verifiers"
PUBLISHED = make.FOLDER.parents[1] / "docs" / "verifier.py"


def verdict(name: str) -> dict[str, str]:
    lines = (make.FOLDER / f"{name}.txt").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def reel(tmp_path: Path, name: str) -> Path:
    """The vector's files under the session's name, as in a store."""
    for path in make.FOLDER.glob(f"{name}.*"):
        if path.suffix != ".txt":
            suffix = path.name.removeprefix(name)
            (tmp_path / f"{make.SESSION}{suffix}").write_bytes(path.read_bytes())
    return tmp_path / f"{make.SESSION}.reel"


def test_the_files_are_those_that_the_script_makes() -> None:
    there = {
        path.name: path.read_bytes()
        for path in make.FOLDER.iterdir()
        if path.is_file() and path.suffix != ".py"
    }
    assert there == make.everything()


@pytest.mark.parametrize("name", NAMES)
def test_the_reader_gives_what_is_there_up_to_the_damage(name: str, reel: Path) -> None:
    expected = verdict(name)
    got, outcome, place, state = 0, "end", "", expected["state"]
    try:
        with Recording.open(str(reel)) as recording:
            state = recording.state
            for number, record in enumerate(recording.records()):
                assert record.number == number
                got += 1
    except UnsupportedRecording:
        outcome = "unsupported"
    except RecordingError as error:
        outcome, place = "damaged", error.where
    assert (got, outcome, state) == (
        int(expected["records"]), expected["reader"], expected["state"],
    )  # fmt: skip
    assert place.startswith(expected["place"])
    assert bool(place) is (outcome == "damaged")


@pytest.mark.parametrize("name", NAMES)
def test_verification_says_what_is_wrong_and_where(name: str, reel: Path) -> None:
    expected = verdict(name)
    report = verify_reel(reel, load_verifiers(TRUSTED))
    failed = list(dict.fromkeys(check.name for check in report.checks if not check.ok))
    places = [check.where for check in report.checks if not check.ok]
    assert ", ".join(failed) == expected["failed"], report.checks
    assert report.ok is (expected["expect"] == "verified")
    assert not places or places[0].startswith(expected["where"]), report.checks


@pytest.mark.parametrize("name", NAMES)
def test_the_published_verifier_comes_to_the_same(name: str, reel: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(PUBLISHED), str(TRUSTED), str(reel)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == (0 if verdict(name)["expect"] == "verified" else 1), done.stdout


@pytest.mark.parametrize(
    "path",
    sorted((make.FOLDER.parents[1] / "sample_sessions").glob("*.reel")),
    ids=lambda p: p.stem,
)
def test_the_published_verifier_verifies_what_is_shipped(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(PUBLISHED), str(path.with_name("verifiers")), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout[:9]) == (0, "verified:"), done.stdout


def test_both_verifiers_agree_on_what_chance_makes(tmp_path: Path) -> None:
    """Written apart, from the same document: where they differ one of them, or it, is wrong."""
    spec = importlib.util.spec_from_file_location("published", PUBLISHED)
    assert spec
    assert spec.loader
    published = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(published)
    keys, theirs = load_verifiers(TRUSTED), published.load_keys(TRUSTED)
    chance = random.Random(11)
    names = [name for name in NAMES if verdict(name)["expect"] == "verified"]
    path = tmp_path / f"{make.SESSION}.reel"
    passed = 0
    for _ in range(600):
        data = bytearray((make.FOLDER / f"{chance.choice(names)}.reel").read_bytes())
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] ^= 1 << chance.randrange(8)
                case 1:
                    del data[place:]
                case 2:
                    begin = chance.randrange(len(data))
                    data[place:place] = data[begin : begin + chance.randrange(900)]
                case _:
                    with contextlib.suppress(RecordingError):
                        parts = frames_of(bytes(data))[:-1]
                        place = chance.randrange(len(parts))
                        parts[place : place + 2] = reversed(parts[place : place + 2])
                        data = bytearray(make.with_table(parts))
            if not data:
                break
        path.write_bytes(data)
        try:
            published.verify(str(path), theirs)
            their_verdict = True
        except Exception:  # noqa: BLE001 - whatever it is, it means no
            their_verdict = False
        assert verify_reel(path, keys).ok is their_verdict
        passed += their_verdict
    assert 100 < passed < 400
