"""The project against itself: documentation against code, names and sizes against the rules."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import get_args

import pytest

import gatereel
from docs import generate
from gateway.config import Account, GatewaySettings, SshSettings, Target, parse_config
from gateway.limits import Bounds, Limits
from recorder import events
from recorder.errors import GatereelError

ROOT = Path(__file__).parent.parent
PACKAGES = ("recorder", "gateway", "replay")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.name != "__init__.py"
)
SOURCES = sorted(
    [
        ROOT / "gatereel.py",
        *(
            path
            for folder in (*PACKAGES, "tests", "bench", "docs", "sample_sessions")
            for path in (ROOT / folder).rglob("*.py")
        ),
    ]
)
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
BANNED_NAMES = {"utils", "util", "common", "misc", "helpers", "helper", "manager", "base"}


def is_table(path: Path) -> bool:
    """Data alone, as a program wrote it: as long as it has to be, tested through its reader."""
    code = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return path.stem.endswith("_table") and not any(isinstance(n, code) for n in ast.walk(tree))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# -- the tree ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_module_has_its_test_file(path: Path) -> None:
    mirror = ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.name}"
    assert mirror.is_file() or is_table(path), f"{relative(mirror)} is missing"


@pytest.mark.parametrize("path", [ROOT / "gatereel.py", *MODULES], ids=relative)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said, "a module's docstring is its contract"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_file_grew_two_subjects(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400 or is_table(path), f"{lines} lines: split it by subject"


def test_no_module_is_a_drawer_for_anything() -> None:
    assert not [relative(path) for path in SOURCES if path.stem in BANNED_NAMES]


def test_every_package_is_one() -> None:
    folders = {path.parent for path in MODULES}
    assert not [relative(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_the_app_stays_thin() -> None:
    app = ROOT / "replay" / "tui" / "app.py"
    assert app.read_text(encoding="utf-8").count("\n") <= 120


# -- documentation -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_pages_are_up_to_date(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert page == generate.PAGES[name](), "run: make docs"


def test_every_error_has_a_code_of_its_own_room() -> None:
    room = {"recorder": "1", "gateway": "2", "replay": "3", "gatereel": "4"}
    classes = generate.error_classes()
    codes = [each.code for each in classes]
    assert len(codes) == len(set(codes)), "two errors share a code"
    for each in classes:
        first = each.__module__.split(".")[0]
        assert re.fullmatch(r"GR-[1-4]\d\d", each.code), each
        assert each.code[3] in {room[first], "4"}, each
        assert each.summary != GatereelError.summary, f"{each} says nothing of itself"


def every_event() -> list[type]:
    assert isinstance(events.Event, UnionType)
    return [each for each in get_args(events.Event) if each is not events.Unknown]


@pytest.mark.parametrize("event", every_event(), ids=lambda event: event.__name__)
def test_every_event_is_in_the_format(event: type) -> None:
    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    code = event.code  # type: ignore[attr-defined]  # every member of the union has one
    assert re.search(rf"^\| *`{re.escape(code)}` *\|", page, re.MULTILINE), f"no row for `{code}`"


def test_every_word_of_the_glossary_is_explained() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for word in ("principal", "target", "session", "relay", "journal", "checkpoint", "frame"):
        assert re.search(rf"^\| [^|]*\b{word}\b[^|]* \|", page, re.MULTILINE), word


def test_the_configuration_page_reads_as_a_configuration() -> None:
    page = ROOT / "docs" / "configuration.md"
    example = re.search(
        r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert example
    config = parse_config(page, example[1].encode())
    assert {target.name for target in config.targets} == {"web1"}


def test_every_key_of_the_configuration_is_explained() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    inner = {"host", "port", "digest", "path", "zone"}  # parts of others, or none
    for section in (GatewaySettings, SshSettings, Limits, Bounds, Target, Account):
        for key in {each.name for each in fields(section)} - inner:
            assert key == "name" or f"| `{key}` |" in page, f"{section.__name__}: {key}"


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        aim = (page.parent / path).resolve() if path else page
        assert aim.exists(), target
        if anchor and aim.suffix == ".md":
            assert anchor in anchors(aim), target


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=relative
)
def test_a_decision_says_what_why_and_what_follows(page: Path) -> None:
    parts = re.findall(r"^\*\*(\w+)\.\*\* ", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert parts == ["What", "Why", "Consequences", "State"]


def test_no_two_decisions_share_a_number() -> None:
    numbers = [page.name[:4] for page in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))


def commands(page: Path) -> list[list[str]]:
    """The shell lines of a page's ``sh`` blocks, as words, without their comments."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [words for line in joined.splitlines() if (words := shlex.split(line, comments=True))]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_commands_that_pages_show_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    parser = gatereel.build_parser(PACKAGES)
    for words in commands(page):
        match words:
            case ["make", *rest]:
                for word in itertools.filterfalse(lambda word: "=" in word, rest):
                    assert re.search(rf"^{re.escape(word)}:", makefile, re.MULTILINE), words
            case ["gatereel" | ".venv/bin/gatereel", *rest]:
                stop = next((i for i, word in enumerate(rest) if word in {"|", ">", "&"}), None)
                if rest[:stop] not in (["--version"], ["--help"]):
                    parser.parse_args(rest[:stop])
            case _:
                pass


def test_the_two_commands_are_in_the_readme() -> None:
    assert {"make demo", "make test"} <= {" ".join(words) for words in commands(ROOT / "README.md")}


# -- what is shipped -----------------------------------------------------------------------------


def test_the_lock_names_no_place() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert not re.search(r"^\s*-", lock.replace("    --hash", ""), re.MULTILINE)


def test_the_lock_holds_every_direct_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for requirement in wanted:
        name = re.split(r"[<>=!;\s\[]", requirement)[0]
        assert re.search(rf"^{re.escape(name)}==\S+", lock, re.MULTILINE | re.IGNORECASE), name


def test_the_wheel_holds_all_that_runs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"gatereel.py", *(relative(path) for path in MODULES)}
    wanted |= {relative(path) for path in (ROOT / "replay").rglob("*.tcss")}
    wanted |= {f"{package}/py.typed" for package in PACKAGES}
    assert wanted <= held
    shipped = {name.split("/")[0] for name in held if not name.startswith("gatereel-")}
    assert shipped == {"gatereel.py", *PACKAGES}


def test_the_changelog_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    first = re.search(
        r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert first
    assert first[1] == project["project"]["version"]
