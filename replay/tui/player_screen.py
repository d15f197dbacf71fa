"""The player's screen: a stage, a scrubber, a status line, and the keys that move them.

Knows: the pure `Player`, and the `Projector` that makes screens on a thread of its own. Must
never know: files, chunks, escape sequences. Called by the app with what opens a recording.

The user interface's loop only moves the player and paints: a command changes `Player.target`,
the projector is told, and what it reports is shown when it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, assert_never

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer

from recorder.clock import Clock
from recorder.errors import GatereelError
from recorder.moments import SECOND, AtEvent, AtFrame, AtTime, Moment, Target, resolve
from recorder.reader import Recording
from recorder.summary import DAMAGED
from replay.player import Player, State
from replay.projector import Answered, Broke, Loaded, Progress, Projector, Report, Shown
from replay.timeline import IdleMode
from replay.tui.cells import plain
from replay.tui.dialogs import GoTo, Help
from replay.tui.keys import PLAYER, PLAYER_BINDINGS, Count
from replay.tui.messages import Reported, TimeSought
from replay.tui.scrubber import Scrubber
from replay.tui.stage import Stage
from replay.tui.status import Position, StatusLine, format_clock

TICK = 1 / 30
ROOMY = 8
"""Rows from which the scrubber is shown."""
NEWS = 2.0
"""How long (s) good news stays in the status line; bad news stays until the next command."""
SYMBOLS = {State.PAUSED: "‖", State.PLAYING: "►", State.FOLLOWING: "●"}


class PlayerScreen(Screen[None]):
    """One recording."""

    BINDINGS: ClassVar[list[BindingType]] = [*PLAYER_BINDINGS]

    def __init__(
        self, recording: Callable[[], Recording], clock: Clock, start: Moment | None = None
    ) -> None:
        super().__init__()
        self._clock = clock
        self._start = start
        self.failed = False
        """Whether nothing of the recording can be shown."""
        self._projector = Projector(recording, self._tell, clock)
        self._player: Player | None = None
        self._loaded: Loaded | None = None
        self._shown: Shown | None = None
        self._absolute = True
        self._count = Count()
        self._asked: AtFrame | AtEvent | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Stage()
        yield Scrubber(self._clock_words)
        yield StatusLine()

    def on_mount(self) -> None:
        self._timer = self.set_interval(TICK, self._tick, pause=True)
        self.query_one(StatusLine).say("opening …")
        self.run_worker(self._projector.run, thread=True, exclusive=True, name="projector")

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < ROOMY, "-tiny")

    def on_unmount(self) -> None:
        self._projector.stop()

    @property
    def settled(self) -> bool:
        """Whether the stage shows what the player says."""
        return self._shown is not None and self._shown.target == self._asked

    # -- what the projector tells --------------------------------------------------------------

    def _tell(self, report: Report) -> None:
        """Called on the projector's thread."""
        self.post_message(Reported(report))

    def on_reported(self, message: Reported) -> None:
        match message.report:
            case Progress(done, total):
                self.query_one(StatusLine).say(
                    f"reading for the first time … {done * 100 // max(total, 1)} %"
                )
            case Loaded() as loaded:
                self._load(loaded)
            case Shown() as shown:
                self._show(shown)
            case Broke(line, fatal):
                self.query_one(StatusLine).say(line, "bold red")
                if fatal:
                    self._player = None
                    self.failed = True
            case Answered():
                pass
            case _:
                assert_never(message.report)

    def _load(self, loaded: Loaded) -> None:
        live = loaded.state == "live" and not loaded.damage
        last = max(loaded.span.events - 1, 0)
        self._loaded = loaded
        self.query_one(Scrubber).load(loaded.timeline, loaded.output, loaded.typed, loaded.markers)
        if self._player is None:
            self._player = Player(loaded.frames, loaded.timeline, last_event=last, live=live)
            self._player.idle(IdleMode.CAP)
            self.query_one(StatusLine).clear()
            self._begin(self._player, loaded)
            if loaded.damage:
                self.query_one(StatusLine).say(loaded.damage, "bold red")
        else:
            self._player.extend(loaded.frames, loaded.timeline, last_event=last, live=live)
        self._sync()

    def _begin(self, player: Player, loaded: Loaded) -> None:
        """Where a recording is opened: where asked, else at its live edge or its first frame."""
        if self._start is not None:
            try:
                player.seek(resolve(self._start, loaded.span))
            except GatereelError as error:
                self._say(error)
        elif player.live:
            player.follow()
        else:
            player.seek(AtFrame(0))

    def _show(self, shown: Shown) -> None:
        self._shown = shown
        if self._player is not None and isinstance(shown.target, AtEvent):
            self._player.settle(shown.target.event, shown.view.time)
        self.query_one(Stage).show(shown.view.screen)
        self._place()

    # -- from the player to the screen ---------------------------------------------------------

    def _tick(self) -> None:
        if self._player is not None:
            self._player.advance(self._now())
            self._sync()

    def _sync(self) -> None:
        """Show what the player says now."""
        player = self._player
        if player is None or self._timer is None:
            return
        if player.target != self._asked:
            self._asked = player.target
            self._projector.show(player.target)
        if player.state is State.PLAYING:
            self._timer.resume()
        else:
            self._timer.pause()
        self._place()

    def _place(self) -> None:
        """Say where we are: the label is that of the screen on show, whatever is on its way."""
        player, loaded, shown = self._player, self._loaded, self._shown
        if player is None or loaded is None or shown is None:
            return
        self.query_one(Scrubber).place(player.time)
        self.query_one(StatusLine).show(
            Position(
                playing=SYMBOLS[player.state],
                wall_ns=loaded.span.wall_ns,
                time=player.time,
                duration=player.duration,
                frame=shown.view.frame,
                frames=len(player.frames),
                event=shown.view.event,
                sealed=loaded.sealed,
                speed=player.speed,
                idle=player.timeline.mode.value,
                absolute=self._absolute,
                health=health_of(loaded),
            )
        )

    def _clock_words(self, time: int) -> str:
        wall_ns = self._loaded.span.wall_ns if self._loaded else 0
        return format_clock(time, wall_ns, absolute=self._absolute)

    def _now(self) -> int:
        return self._clock.mono_ns() // 1000

    def _say(self, error: GatereelError) -> None:
        self.query_one(StatusLine).say(f"{error.code}: {error.person}", "bold red")

    # -- commands ------------------------------------------------------------------------------

    def _command(self, command: Callable[[Player], object]) -> None:
        """Do this to the player, where there is one; what was said before is no longer news."""
        self._count = Count()
        if self._player is not None:
            self.query_one(StatusLine).clear()
            command(self._player)
            self._sync()

    def _counted(self, command: Callable[[Player, int], object]) -> None:
        """A step: so many as were typed before it, counted from where the typing began."""
        count, place = self._count.value(self._now()), self._count.place
        if count is None:
            self._command(lambda player: command(player, 1))
            return

        def from_place(player: Player) -> None:
            player.seek(AtTime(place))
            command(player, count)

        self._command(from_place)

    def action_play(self) -> None:
        self._command(lambda player: player.toggle(self._now()))

    def action_speed(self, steps: int) -> None:
        self._command(lambda player: player.faster(steps))

    def action_normal_speed(self) -> None:
        self._command(lambda player: player.normal_speed())

    def action_idle(self) -> None:
        self._command(lambda player: player.idle(player.timeline.mode.next()))

    def action_follow(self) -> None:
        self._command(lambda player: player.follow())

    def action_step(self, way: int) -> None:
        self._counted(lambda player, count: player.step(way * count))

    def action_stable(self, way: int) -> None:
        self._counted(lambda player, count: player.step_stable(way * count))

    def action_skip(self, seconds: int) -> None:
        self._command(lambda player: player.skip(seconds * SECOND))

    def action_leap(self, percent: int) -> None:
        self._command(lambda player: player.skip(player.duration * percent // 100))

    def action_digit(self, digit: int) -> None:
        if self._player is not None:
            count = self._count.typed(digit, self._player.time, self._now())
            self._command(lambda player: player.seek(AtTime(player.duration * digit // 10)))
            self._count = count

    def action_start(self) -> None:
        self._command(lambda player: player.seek(AtTime(0)))

    def action_end(self) -> None:
        self._command(lambda player: player.seek(AtTime(player.duration)))

    def action_go_to(self) -> None:
        if self._loaded is not None:
            self.app.push_screen(GoTo(self._loaded.span), self._gone_to)

    def _gone_to(self, target: Target | None) -> None:
        if target is not None:
            self._command(lambda player: player.seek(target))

    def on_time_sought(self, message: TimeSought) -> None:
        self._command(lambda player: player.seek(AtTime(message.at)))

    def action_clock(self) -> None:
        self._absolute = not self._absolute
        self._place()
        self.query_one(Scrubber).refresh()

    def action_pan(self, dx: int, dy: int) -> None:
        self.query_one(Stage).pan(dx, dy)

    def action_viewport(self) -> None:
        self.query_one(Stage).follow()

    def action_copy_text(self) -> None:
        frame = self.query_one(Stage).frame
        if frame is None:
            return
        lines = [plain(frame.text(y)) for y in range(frame.rows)]
        self.app.copy_to_clipboard("\n".join(lines).rstrip() + "\n")
        status = self.query_one(StatusLine)
        status.say(f"copied {frame.cols}×{frame.rows} characters of text to the clipboard")
        self.set_timer(NEWS, status.clear)

    def action_help(self) -> None:
        self.app.push_screen(Help(PLAYER))

    def action_back(self) -> None:
        self.dismiss(None)


def health_of(loaded: Loaded) -> str:
    """Why to be careful with a recording; "" where there is no reason."""
    if loaded.damage:
        return DAMAGED
    return "" if loaded.state == "sealed" else loaded.state
