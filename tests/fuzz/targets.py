"""What is fuzzed: one function for each boundary at which bytes come in from outside.

Each takes any bytes and must come back: no exception but those that the boundary promises (they
are caught here), and what must hold is asserted. `TARGETS` names them; `run.py` feeds them inputs
that a coverage-guided fuzzer makes, `test_corpus.py` those that were worth keeping.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from gateway import relay, verbs
from gateway.config import parse_config
from gateway.config_values import parse_address
from gateway.policy import Allow, Request
from gateway.refusals import ConfigError, NoSuchVerb
from gateway.targets import parse_user
from gateway.wire.echo import EchoWatch, Fate
from gateway.wire.scp import ScpWatch
from gateway.wire.sequences import Sequences
from gateway.wire.sftp_relay import SftpRelay
from gateway.wire.transfers import READ, WRITTEN, transfer_of
from recorder import attest, seal
from recorder import format as fmt
from recorder.convert.asciicast import CastEvent, CastWriter, parse_size, read_cast
from recorder.convert.recognise import recognise
from recorder.errors import ConversionError, KeyFileError, RecordingError
from recorder.events import Event
from recorder.screen import Screen, ScreenStateError
from tests.fuzz.case_targets import cases, signatures
from tests.fuzz.mask_targets import masks


def screen(data: bytes) -> None:
    """Two bytes are the size; FS and two bytes resize, GS goes through a keyframe, RS parts feeds.

    The second screen is fed byte by byte, and restored at each GS: it must end up the same.
    """
    live = Screen(*_size(data[:2]))
    other = Screen(*_size(data[:2]))
    at = 2
    while at < len(data):
        end = next((n for n in range(at, len(data)) if data[n] in b"\x1c\x1d\x1e"), len(data))
        live.feed(data[at:end])
        for n in range(at, end):
            other.feed(data[n : n + 1])
        mark = data[end : end + 1]
        at = end + 1
        if mark == b"\x1c":
            size = _size(data[at : at + 2])
            live.resize(*size)
            other.resize(*size)
            at += 2
        elif mark == b"\x1d":
            state = live.keyframe()
            other = Screen.restore(state)
            assert other.keyframe() == state
        elif mark == b"\x1e":
            assert len(live.take_annotations()) <= 9 * 256
            live.take_scrolled()
        _check_shape(live)
    assert live.keyframe() == other.keyframe()
    assert live.frame() == other.frame()
    assert live.busy == other.busy


def screen_state(data: bytes) -> None:
    """A keyframe from a damaged file: refused by one error, or a screen that works."""
    try:
        restored = Screen.restore(data)
    except ScreenStateError:
        return
    _check_shape(restored)
    state = restored.keyframe()
    again = Screen.restore(state)
    assert again.keyframe() == state
    for part in ("ab日e\u0301\r\n\x1b[3@\x1b[P\x1b[1;2H\x1b[J漢\x1b[5b\x1b8x".encode(), b"\n" * 9):
        restored.feed(part)
        again.feed(part)
    restored.resize(7, 3)
    again.resize(7, 3)
    _check_shape(restored)
    assert restored.keyframe() == again.keyframe()


def records(data: bytes) -> None:
    """Records of a chunk, whole and from a number on; journal frames; zstd frames."""
    read = []
    try:
        for record in fmt.unpack_records(data):
            read.append(record)
            assert fmt.unpack_record(record.raw, _place(read)).event == record.event
    except RecordingError:
        pass
    else:
        assert b"".join(record.raw for record in read) == data
    try:
        late = list(fmt.unpack_records(data, 3))
    except RecordingError:
        pass
    else:
        assert all(record.number >= 3 for record in late[1:])
    frames = list(fmt.journal_records(data))
    end = frames[-1][1] if frames else 0
    assert b"".join(fmt.journal_frame(raw) for raw, _ in frames) == data[:end]
    try:
        content = fmt.decompress(data, 1 << 16)
    except RecordingError:
        return
    assert fmt.data_frame_size(data) == len(data)
    assert len(content) <= 1 << 16


def seals(data: bytes) -> None:
    """Seal frames and seek tables; what is read is the one encoding of what it says."""
    try:
        read = seal.unpack_seal(data)
    except RecordingError:
        pass
    else:
        assert read.seal.fields() in data
        assert len(read.seal.digest()) == 32
    size = seal.table_size(data)
    try:
        entries = seal.unpack_table(data)
    except RecordingError:
        return
    assert size == len(data)
    assert seal.pack_table(entries)[-9:] == data[-9:]


_KNOWN = attest.Verifier("gate.example/seal", bytes(range(32)))


def notes(data: bytes) -> None:
    """Signed notes, the checkpoints in them, and lines with verifier keys."""
    text = data.decode("utf-8", "replace")
    try:
        checkpoint = attest.Checkpoint.parse(text)
    except RecordingError:
        pass
    else:
        assert checkpoint.text() == text
    try:
        signed = attest.note_text(text)
    except RecordingError:
        pass
    else:
        assert text.startswith(signed)
    try:
        attest.open_note(text, [_KNOWN])
    except RecordingError:
        pass
    else:
        raise AssertionError("a signature by a key that signed nothing was taken")
    try:
        verifier = attest.Verifier.parse(text)
    except KeyFileError:
        return
    assert attest.Verifier.parse(str(verifier)) == verifier


def casts(data: bytes) -> None:
    """Foreign recordings: read, and written in a form that reads the same."""
    events: list[CastEvent] = []
    try:
        header, read = read_cast(io.BytesIO(data))
        events.extend(read)
    except ConversionError:
        return
    assert all(a.at <= b.at for a, b in pairwise(events))
    for event in events:
        try:
            parse_size(event.data)
        except ConversionError:
            continue
    writer = CastWriter(header)
    text = writer.first_line() + "".join(map(writer.line, events))
    assert text.isascii()
    again, read = read_cast(io.BytesIO(text.encode()))
    assert again == header
    assert list(read) == events


def foreign(data: bytes) -> None:
    """Recordings of any foreign format: FS parts a typescript, its timing and a log of input.

    What is read can be written down, comes in order of time, and is the same each time.
    """
    with ExitStack() as stack:
        files = []
        for part in data.split(b"\x1c", 2):
            files.append(stack.enter_context(TemporaryFile()))
            files[-1].write(part)
            files[-1].seek(0)
        _read_foreign(files[0], *[*files[1:], None, None][:2])


def _read_foreign(file: BinaryIO, timing: BinaryIO | None, typed: BinaryIO | None) -> None:
    try:
        source = recognise(Path("fuzzed"), file, timing, typed)
        events = list(source.events())
        about = source.about()
    except ConversionError:
        return
    assert list(source.events()) == events
    assert source.about() == about
    before = 0
    for event in events:
        assert fmt.pack_record(event.at - before, event)
        before = event.at


def echoes(data: bytes) -> None:
    """Typed bytes and output by turns: FS types, GS is output, RS lets half a second pass.

    Every typed byte has one fate; the parser of sequences does not depend on splits.
    """
    watch, at, typed, fates = EchoWatch(), 0, bytearray(), list[Fate]()
    for part in data.replace(b"\x1d", b"\x1c\x1d").replace(b"\x1e", b"\x1c\x1e").split(b"\x1c"):
        if part[:1] == b"\x1d":
            fates += watch.output(part[1:])
        elif part[:1] == b"\x1e":
            at += 500_000
            fates += watch.tick(at)
        typed += b"" if part[:1] == b"\x1d" else part
        if part[:1] != b"\x1d":
            fates += watch.typed(part, at)
        assert watch.wake is None or watch.wake >= 0
    fates += watch.end()
    place = 0
    for fate in fates:
        if isinstance(fate, bytes):
            assert bytes(typed[place : place + len(fate)]) == fate
            place += len(fate)
        else:
            assert fate > 0
            place += fate
    assert place == len(typed)

    whole, bytewise, ends = Sequences(), Sequences(), []
    for sequences, size in ((whole, len(data) or 1), (bytewise, 1)):
        sequences.begin()
        used = 0
        for start in range(0, len(data), size):
            if not sequences.open:
                break
            used += sequences.run(data[start : start + size], 0)
        ends.append((used, sequences.open))
    assert ends[0] == ends[1]


def configs(data: bytes) -> None:
    """A gateway's configuration: read, or refused with one error that says where."""
    try:
        config = parse_config(Path("gatereel.toml"), data)
    except ConfigError:
        return
    again = parse_config(Path("gatereel.toml"), data)
    assert (again.gateway, again.ssh, again.targets) == (config.gateway, config.ssh, config.targets)
    assert again.principals == config.principals


def _size(data: bytes) -> tuple[int, int]:
    cols, rows = (*data, 0, 0)[:2]
    return cols % 30 + 1, rows % 12 + 1


def _place(read: list[fmt.Packed]) -> fmt.Place | None:
    if len(read) < 2:
        return None
    return fmt.Place(read[-2].number, read[-2].time)


def _check_shape(screen: Screen) -> None:
    """One cell per column, wide ones with their half, no control characters, cursor inside."""
    frame = screen.frame()
    assert (frame.cols, frame.rows) == (screen.cols, screen.rows)
    assert 0 <= frame.cursor.x < frame.cols
    assert 0 <= frame.cursor.y < frame.rows
    for y in range(frame.rows):
        cells = frame.row(y)
        assert len(cells) == frame.cols
        before = 1
        for cell in cells:
            assert (cell.text == "") == (cell.width == 0) == (before == 2)
            assert not any(char < " " or "\x7f" <= char < "\xa0" for char in cell.text)
            before = cell.width
        assert before != 2
        assert "".join(cell.text for cell in cells).rstrip(" ") == frame.text(y)
        assert "".join(run.text for run in frame.runs(y)).rstrip(" ") == frame.text(y)


def sftp(data: bytes) -> None:
    """GS comes before what the server sends, RS before what the client does; all that is asked is
    allowed. Cut into single bytes it must come to the same."""
    assert _sftp(data, cut=False) == _sftp(data, cut=True)


def _sftp(data: bytes, *, cut: bool) -> list[relay.Effect]:
    subject = Request("alice", "person", (), "connect", "web1", "root", {})
    core = SftpRelay(1, subject)
    done: list[relay.Effect] = []

    def send(*arrivals: relay.Arrival) -> None:
        """Answers come when all of these have come: what is behind a question may be no SFTP."""
        effects = [effect for arrival in arrivals for effect in core.receive(arrival)]
        while effects:
            done.extend(effects)
            asked = [effect.request for effect in effects if isinstance(effect, relay.Ask)]
            answers = [relay.Answered(0, request, Allow(("all",))) for request in asked]
            effects = [effect for answer in answers for effect in core.receive(answer)]

    send(relay.Opened(0, "subsystem", b"sftp", None, ()))
    send(relay.TargetOpened(0))
    client = True
    for part in re.split(rb"([\x1d\x1e])", data):
        if part in (b"\x1d", b"\x1e"):
            client = part == b"\x1e"
            continue
        side = relay.FromClient if client else relay.FromTarget
        pieces = [part[n : n + 1] for n in range(len(part))] if cut else [part]
        send(*(side(0, piece) for piece in pieces))
    send(relay.ClientGone(0, "gone"))
    return done


def scp(data: bytes) -> None:
    """GS comes before what the far side of `scp -O` says, RS before what the near side does. What
    is read of it does not depend on where it was cut, nor on which side has the files."""
    for way in (READ, WRITTEN):
        assert _scp(data, way, cut=False) == _scp(data, way, cut=True)


def _scp(data: bytes, way: str, *, cut: bool) -> list[Event]:
    watch, found, client = ScpWatch(1, way), list[Event](), True
    for part in re.split(rb"([\x1d\x1e])", data):
        if part in (b"\x1d", b"\x1e"):
            client = part == b"\x1e"
            continue
        for piece in [part[n : n + 1] for n in range(len(part))] if cut else [part]:
            found += watch.passed(0, piece, from_client=client)
    return found + watch.end(0)


def addressing(data: bytes) -> None:
    """An SSH user name and an address: taken apart without loss, or refused by one error; and
    which file a command moves."""
    text = data.decode("utf-8", "replace")
    address = parse_user(text)
    if address.account is not None:
        assert text in (f"{address.account}{sign}{address.target}" for sign in "@%")
    with suppress(ValueError):
        host, port = parse_address(text, 22)
        assert host
        assert 0 < port < 1 << 16
    with suppress(NoSuchVerb):
        verbs.parse(data)
    found = transfer_of(data)
    assert found is None or all(b"\0" not in path for path in found.paths) or b"\0" in data


TARGETS: dict[str, Callable[[bytes], None]] = {
    "screen": screen,
    "screen_state": screen_state,
    "records": records,
    "seals": seals,
    "notes": notes,
    "casts": casts,
    "foreign": foreign,
    "echoes": echoes,
    "configs": configs,
    "masks": masks,
    "sftp": sftp,
    "scp": scp,
    "addressing": addressing,
    "cases": cases,
    "signatures": signatures,
}
