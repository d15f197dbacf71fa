from __future__ import annotations

import pytest

from recorder.events import Output
from recorder.moments import AtEvent, AtFrame, AtTime
from tests.recorder.recordings import Making, on_terminal
from tests.replay.tui.driving import SECOND, Driven, a_session, drive, lines_of, player_of


@pytest.mark.parametrize(
    ("start", "place"),
    [
        (AtFrame(7), "+00:00:08  f7/15"),
        (AtEvent(9), "+00:00:05  f4/15"),
        (AtTime(40 * SECOND), "+00:00:40  f9/15"),
    ],
)
def test_it_can_be_opened_at_a_moment(
    making: Making, start: AtFrame | AtEvent | AtTime, place: str
) -> None:
    async def body(driven: Driven) -> None:
        assert place in driven.status()

    drive(player_of(making.sealed(a_session()), start), body)


def test_a_moment_that_is_not_there_is_one_line_and_the_app_stays(making: Making) -> None:
    async def body(driven: Driven) -> None:
        assert driven.status() == "GR-108: there is no frame #f99: the last one is #f14"
        assert "f0/15" in await driven.press("full_stop")

    drive(player_of(making.sealed(a_session()), AtFrame(99)), body)


def test_a_damaged_recording_is_one_line_and_the_app_stays(making: Making) -> None:
    recording = making.sealed(a_session())
    data = bytearray(recording.path.read_bytes())
    data[60] ^= 1
    recording.path.write_bytes(bytes(data))

    async def body(driven: Driven) -> None:
        assert "GR-101" in driven.status()
        await driven.pilot.press("space", "full_stop", "t", "Y", "5", "G")
        await driven.pilot.pause()
        assert "GR-101" in driven.status()

    drive(player_of(recording), body)


def test_what_comes_before_the_damage_can_be_played(making: Making) -> None:
    minute = 60 * SECOND
    recording = making.sealed(on_terminal([(n * minute, b"line %d\r\n" % n) for n in range(90)]))
    damaged = recording._layout.chunks[4].data
    assert damaged is not None
    data = bytearray(recording.path.read_bytes())
    data[damaged.offset + damaged.size // 2] ^= 1
    recording.path.write_bytes(bytes(data))

    async def body(driven: Driven) -> None:
        assert driven.status().startswith("GR-101: ")
        status = await driven.press("full_stop")
        assert "  f1/" in status
        status = await driven.press("G")
        assert status.endswith("damaged")
        assert "f0/" not in status

    drive(player_of(recording), body, size=(120, 30))


def test_following_a_live_session(making: Making) -> None:
    journal = making.begin()
    journal.append(lines_of(3)).result()

    async def body(driven: Driven) -> None:
        assert driven.status().startswith("●")
        assert "live" in driven.status()
        assert driven.rows()[2].startswith("line 2")
        journal.append([Output(4 * SECOND, 1, b"line 3\r\n")]).result()
        # The clock stands: one step lets the projector look again.
        making.clock.ns += 300_000_000
        await driven.press("f")
        await driven.until(lambda: driven.rows()[3].startswith("line 3"))
        assert "‖" in await driven.press("comma")
        journal.append([Output(5 * SECOND, 1, b"line 4\r\n")]).result()
        making.clock.ns += 300_000_000
        await driven.press("comma")
        await driven.until(lambda: "/4" in driven.status())
        assert not driven.rows()[4].startswith("line 4")
        assert "●" in await driven.press("f")
        await driven.until(lambda: driven.rows()[4].startswith("line 4"))
        journal.close("the end").result()
        making.seal()
        making.clock.ns += 300_000_000
        await driven.press("f")
        await driven.until(lambda: "the session has ended: the end" in driven.status())
        status = await driven.press("f")
        assert "‖" in status
        assert "f4/5" in status

    drive(player_of(making.open(journal), clock=making.clock), body, size=(100, 30))
