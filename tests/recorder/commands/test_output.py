"""A file appears whole, under a name that nothing had, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.commands import output
from recorder.errors import ConversionError

ROOT = Path(__file__).parents[3]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_seen_before_all_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    with output.text(path) as out:
        out.write("half")
        out.flush()
        assert not path.exists()
        out.write(" whole \u6f22\n")
    assert path.read_bytes() == "half whole \u6f22\n".encode()
    assert names(tmp_path) == ["x.txt"]
    mask = os.umask(0o077)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def fail() -> None:
        with output.binary(tmp_path / "x") as out:
            out.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == []


def test_being_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def stop() -> None:
        with output.binary(tmp_path / "x") as out:
            out.write(b"half")
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()

    with pytest.raises(SystemExit) as told:
        stop()
    assert told.value.code == 143
    assert names(tmp_path) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_is_overwritten_even_when_it_comes_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "x"

    def write(before: bytes) -> None:
        with output.binary(path) as out:
            out.write(b"mine")
            path.write_bytes(before)

    with pytest.raises(ConversionError, match="there already"):
        write(b"theirs")
    assert path.read_bytes() == b"theirs"
    with pytest.raises(ConversionError, match="there already"):
        write(b"again")
    assert (path.read_bytes(), names(tmp_path)) == (b"theirs", ["x"])
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    path = tmp_path / "link"
    with pytest.raises(ConversionError, match="there already"):
        write(b"again")


def test_where_there_are_no_links_it_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    with output.binary(tmp_path / "x") as out:
        out.write(b"all")
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)  # nor files without a name
    with output.binary(tmp_path / "y") as out:
        out.write(b"all")
        assert [name[:3] for name in names(tmp_path)] == [".y.", "x"]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"all", b"all"]
    assert names(tmp_path) == ["x", "y"]


def test_of_a_process_that_is_killed_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "x"
    program = (
        "import os, sys; from pathlib import Path; from recorder.commands import output\n"
        "with output.binary(Path(sys.argv[1])) as out:\n"
        "    out.write(b'half'); out.flush(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert names(tmp_path) == []


def test_what_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "x", tmp_path / "nul\0"):
        with pytest.raises(ConversionError, match="cannot write"), output.binary(path):
            pass


def test_what_is_made_by_name_goes_to_standard_output_too(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with output.new_path(Path("-")) as made:
        made.write_bytes(b"film")
    with output.binary(None) as out:
        out.write(b"picture")
    with output.text(None) as lines:
        lines.write("text")
    assert capfd.readouterr().out == "filmpicturetext"


def test_a_picture_is_not_thrown_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: True)
    for target in (output.binary, output.new_path):
        with pytest.raises(ConversionError, match="name a file"), target(None):
            pass
