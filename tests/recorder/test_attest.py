"""Keys and signed notes: against a published note, against tampering, and against odd files."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.attest import (
    NOTE_LIMIT,
    Checkpoint,
    Signer,
    Verifier,
    load_verifiers,
    note_text,
    open_note,
)
from recorder.errors import KeyFileError, RecordingError

# The example of the signed-note specification.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)


def test_a_published_note_opens() -> None:
    verifier = Verifier.parse(KEY)
    assert str(verifier) == KEY
    assert open_note(f"{TEXT}\n{SIGNATURE}", [verifier]) == TEXT


def test_what_is_signed_opens_and_nothing_else_does() -> None:
    signer, stranger = Signer.generate("one"), Signer.generate("two")
    note = signer.sign("text\n")
    assert open_note(note, [stranger.verifier, signer.verifier]) == "text\n"
    assert note_text(note) == "text\n"
    with pytest.raises(RecordingError, match="no known key"):
        open_note(note, [stranger.verifier])
    with pytest.raises(RecordingError, match="no known key"):
        open_note(note, [])


def test_a_known_name_with_another_key_is_a_stranger() -> None:
    signer, impostor = Signer.generate("one"), Signer.generate("one")
    with pytest.raises(RecordingError, match="no known key"):
        open_note(impostor.sign("text\n"), [signer.verifier])


def test_a_bad_signature_by_a_known_key_is_refused_beside_a_good_one() -> None:
    one, two = Signer.generate("one"), Signer.generate("two")
    good = one.sign("text\n")
    wrong = two.sign("other\n").rpartition("\n\n")[2]
    with pytest.raises(RecordingError, match="does not fit"):
        open_note(good + wrong, [one.verifier, two.verifier])
    assert open_note(good + wrong, [one.verifier]) == "text\n"


@given(st.data())
def test_no_changed_byte_opens(data: st.DataObject) -> None:
    signer = Signer.generate("one")
    note = signer.sign("gatereel/x\n12\nroot\nlive\n").encode()
    place = data.draw(st.integers(0, len(note) - 1))
    changed = bytearray(note)
    changed[place] ^= data.draw(st.integers(1, 255))
    text = changed.decode("utf-8", "replace")
    with pytest.raises(RecordingError):
        open_note(text, [signer.verifier])


@given(st.text(max_size=300))
def test_any_text_has_one_exit(text: str) -> None:
    with pytest.raises(RecordingError):
        open_note(text, [Verifier.parse(KEY)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        f"{TEXT}\n{SIGNATURE[:-1]}",
        f"{TEXT}\n- PeterNeumann {SIGNATURE.split()[2]}\n",
        f"{TEXT}\n— {SIGNATURE.split()[2]}\n",
        f"{TEXT}\n— PeterNeumann !!!!\n",
        f"{TEXT}\n— PeterNeumann AAAA\n",
        f"{TEXT}\n— Peter+Neumann {SIGNATURE.split()[2]}\n",
        f"{TEXT}\n{SIGNATURE}\n\n",
        "x" * NOTE_LIMIT + f"\n\n{SIGNATURE}",
    ],
)
def test_malformed_notes(note: str) -> None:
    with pytest.raises(RecordingError):
        open_note(note, [Verifier.parse(KEY)])


def test_a_signature_has_one_spelling() -> None:
    # The last character before "=" holds two bits that decoding ignores.
    assert SIGNATURE.endswith("M=\n")
    with pytest.raises(RecordingError, match="malformed"):
        open_note(f"{TEXT}\n{SIGNATURE[:-3]}N=\n", [Verifier.parse(KEY)])


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        "name+00000000+AAAA",
        KEY.replace("c74f20a3", "c74f20a4"),
        KEY.replace("PeterNeumann", "Peter Neumann"),
        KEY.replace("PeterNeumann", ""),
        KEY.replace("+ARpc", "+AhpC"),
        KEY[:-4],
        KEY + "!",
    ],
)
def test_lines_that_are_no_verifier_key(line: str) -> None:
    with pytest.raises(KeyFileError):
        Verifier.parse(line)


def test_a_file_of_keys_has_comments_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "verifiers"
    path.write_text(f"# ours\n\n{KEY}\n")
    assert load_verifiers(path) == [Verifier.parse(KEY)]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyFileError, match="cannot read"):
        load_verifiers(path)
    with pytest.raises(KeyFileError, match="verifiers"):
        load_verifiers(tmp_path / "none" / "verifiers")


def test_a_signing_key_is_kept_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    made = Signer.create(path, "gateway.test")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Signer.load(path).verifier == made.verifier
    assert open_note(Signer.load(path).sign("a\n"), [made.verifier]) == "a\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["signing.key"]


def test_a_signing_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    made = Signer.create(path, "one")
    with pytest.raises(KeyFileError, match="cannot create"):
        Signer.create(path, "two")
    assert Signer.load(path).verifier == made.verifier
    assert [entry.name for entry in tmp_path.iterdir()] == ["signing.key"]


@pytest.mark.parametrize("name", ["", "two words", "a+b", "x" * 201])
def test_names_that_a_key_cannot_have(name: str) -> None:
    with pytest.raises(KeyFileError):
        Signer.generate(name)


def test_files_that_are_no_signing_key(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    line = (tmp_path / "good", Signer.create(tmp_path / "good", "one"))[0].read_text()
    parts = line.strip().split("+", 4)
    other = base64.b64encode(b"\x01" + bytes(32)).decode()
    for text in ("", KEY, "+".join([*parts[:4], other]), "+".join([*parts[:4], "!"]), line[:-9]):
        path.write_text(text)
        with pytest.raises(KeyFileError, match="is not a gatereel signing key"):
            Signer.load(path)
    with pytest.raises(KeyFileError, match="cannot read"):
        Signer.load(tmp_path / "missing")


def test_an_error_about_a_key_does_not_tell_the_key(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    Signer.create(path, "one")
    secret = path.read_text().strip().split("+")[-1]
    path.write_text(path.read_text().replace("+one+", "+two+"))
    with pytest.raises(KeyFileError) as caught:
        Signer.load(path)
    assert secret[:12] not in str(caught.value) + caught.value.operator


# -- checkpoints ---------------------------------------------------------------------------------


def test_a_checkpoint_is_four_lines_and_comes_back() -> None:
    checkpoint = Checkpoint("01999999-0000-7000-8000-000000000000", 12, bytes(32), "live")
    text = checkpoint.text()
    assert text.splitlines()[:2] == ["gatereel/01999999-0000-7000-8000-000000000000", "12"]
    assert Checkpoint.parse(text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gatereel/x\n12\n",
        f"other/x\n12\n{'A' * 43}=\nlive\n",
        f"gatereel/x\n012\n{'A' * 43}=\nlive\n",
        f"gatereel/x\n-1\n{'A' * 43}=\nlive\n",
        f"gatereel/x\n١٢\n{'A' * 43}=\nlive\n",
        "gatereel/x\n12\nAAAA\nlive\n",
        f"gatereel/x\n12\n{'A' * 42}B=\nlive\n",
        f"gatereel/x\n12\n{'A' * 43}=\nlive\nmore\n",
        f"gatereel/x\n12\n{'A' * 43}=\nlive",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(RecordingError, match="malformed"):
        Checkpoint.parse(text)
