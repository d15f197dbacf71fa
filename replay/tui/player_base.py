"""What every part of the player's screen stands on: one player, one projector, and the way between.

Knows: the pure `Player`, and the `Projector` that makes screens on a thread of its own. Must
never know: files, chunks, escape sequences. The parts (`player_moves`, `player_looks`, ...) are
classes on top of this one, each the actions of one subject; `player_screen` puts them together.

The user interface's loop only moves the player and paints: a command changes `Player.target`,
the projector is told, and what it reports is shown when it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from textual.screen import Screen
from textual.timer import Timer

from recorder.clock import Clock
from recorder.errors import GatereelError
from recorder.moments import AtEvent, AtFrame, AtTime, Moment, format_offset, resolve
from recorder.reader import Recording
from recorder.store import Store
from recorder.summary import DAMAGED
from replay.markers import Mark, Markers
from replay.player import Player, State
from replay.projector import Answered, Broke, Errand, Loaded, Projector, Report, Shown
from replay.scope import LocalScope, Scope
from replay.timeline import IdleMode
from replay.tui.keys import Count
from replay.tui.messages import Reported
from replay.tui.scrubber import Scrubber
from replay.tui.stage import Stage
from replay.tui.status import Position, StatusLine, format_clock

TICK = 1 / 30
NEWS = 2.0
"""How long (s) good news stays in the status line; bad news stays until the next command."""
SYMBOLS = {State.PAUSED: "‖", State.PLAYING: "►", State.FOLLOWING: "●"}
BAD = "bold red"


class PlayerBase(Screen[None]):
    """One recording, and where in it one is."""

    def __init__(
        self,
        recording: Callable[[], Recording],
        clock: Clock,
        start: Moment | None = None,
        *,
        scope: Scope | None = None,
    ) -> None:
        super().__init__()
        self.clock = clock
        self.scope: Scope = scope or LocalScope()
        self.failed = False
        """Whether nothing of the recording can be shown."""
        self.player: Player | None = None
        self.loaded: Loaded | None = None
        self.shown: Shown | None = None
        self.absolute = True
        self.opener = recording
        self.reel_place: tuple[Store, str] | None = None
        """Where the recording lies, and its file's name there; None before it is open."""
        self.projector = Projector(self._open, self._tell, clock)
        self._start = start
        self._count = Count()
        self.terminal: int | None = None
        """The channel that is shown; None: the one that was last written to."""
        self.waiting: set[str] = set()
        """Errands that have not come back."""
        self._asked: tuple[AtFrame | AtEvent, int | None] | None = None
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self._timer = self.set_interval(TICK, self._tick, pause=True)
        self.query_one(StatusLine).say("opening …")
        self.run_worker(self.projector.run, thread=True, exclusive=True, name="projector")

    def on_unmount(self) -> None:
        self.projector.stop()

    @property
    def settled(self) -> bool:
        """Whether the stage shows what the player says."""
        shown = self.shown
        there = self.loaded is not None and self.loaded.indexing is None
        if self.query_one(Scrubber).behind:
            return False
        return there and shown is not None and (shown.target, shown.terminal) == self._asked

    @property
    def session(self) -> str:
        """The session's id; "" before it is known."""
        return str(self.loaded.header.facts["id"]) if self.loaded else ""

    # -- what the parts add ---------------------------------------------------------------------

    def found_marks(self) -> list[Mark]:
        """What there is to mark beside what the recording has; parts add theirs."""
        return []

    def where_found(self) -> str:
        """Which hit is on show, in words; ""."""
        return ""

    def grown(self) -> None:
        """There is more of the recording, or all of it for the first time."""

    def placed(self) -> None:
        """Another position, or another screen, is on show."""

    def answered(self, name: str, found: object) -> None:
        """An errand came back."""

    # -- what the projector tells --------------------------------------------------------------

    def _open(self) -> Recording:
        """On the projector's thread: whether it may be seen is asked before anything is shown."""
        recording = self.opener()
        try:
            self.scope.opened(recording.id)
            self.reel_place = (recording.store, recording.name)
        except BaseException:
            recording.close()
            raise
        return recording

    def _tell(self, report: Report) -> None:
        """Called on the projector's thread."""
        self.post_message(Reported(report))

    def ask(self, name: str, errand: Errand) -> None:
        """Send the projector on an errand; `answered` tells."""
        self.waiting.add(name)
        self.projector.ask(name, errand)

    def on_reported(self, message: Reported) -> None:
        match message.report:
            case Loaded() as loaded:
                self._load(loaded)
            case Shown() as shown:
                self._show(shown)
            case Answered(name, found):
                self.waiting.discard(name)
                self.answered(name, found)
            case Broke(line, fatal):
                self.waiting.clear()
                self.bad_news(line)
                if fatal:
                    self.player = None
                    self.failed = True
            case _:
                assert_never(message.report)

    def _load(self, loaded: Loaded) -> None:
        # One that is still being indexed grows as a live one does.
        live = is_live(loaded) or loaded.indexing is not None
        last = max(loaded.span.events - 1, 0)
        self.loaded = loaded
        self.query_one(Scrubber).load(
            loaded.timeline, loaded.heat, self.markers(), loaded.sealed_until
        )
        if self.player is None:
            self.player = Player(loaded.frames, loaded.timeline, last_event=last, live=live)
            self.player.idle(IdleMode.CAP)
            self.query_one(StatusLine).clear()
            self._begin(self.player, loaded)
            if loaded.damage:
                self.bad_news(loaded.damage)
            elif loaded.indexing is not None and self._start is None:
                self.news("indexed for the first time: what there is so far can be looked through")
        else:
            self.player.extend(loaded.frames, loaded.timeline, last_event=last, live=live)
            if self._start is not None:
                self._begin(self.player, loaded)
        self.grown()
        self.sync()

    def _begin(self, player: Player, loaded: Loaded) -> None:
        """Where a recording is opened: where asked (as soon as that is indexed), else at its live
        edge or its first frame."""
        if self._start is not None:
            try:
                if loaded.indexing is None or isinstance(self._start, AtFrame | AtEvent | AtTime):
                    player.seek(resolve(self._start, loaded.span))
                    self._start = None
                    self.query_one(StatusLine).clear()
            except GatereelError as error:
                if loaded.indexing is None:
                    self._start = None
                    self.say_error(error)
            if self._start is not None:
                self.bad_news(f"{indexed(loaded)}: what was asked for is shown once it is there")
        elif is_live(loaded):
            player.follow()
        else:
            player.seek(AtFrame(0))

    def _show(self, shown: Shown) -> None:
        self.shown = shown
        if self.player is not None and isinstance(shown.target, AtEvent):
            self.player.settle(shown.target.event, shown.view.time)
        self.query_one(Stage).show(shown.view.screen)
        self.place()

    # -- from the player to the screen ---------------------------------------------------------

    def _tick(self) -> None:
        if self.player is not None:
            self.player.advance(self.now())
            self.sync()

    def sync(self) -> None:
        """Show what the player says now."""
        player = self.player
        if player is None or self._timer is None:
            return
        if (player.target, self.terminal) != self._asked:
            self._asked = (player.target, self.terminal)
            self.projector.show(player.target, self.terminal)
        if player.state is State.PLAYING:
            self._timer.resume()
        else:
            self._timer.pause()
        self.place()

    def place(self) -> None:
        """Say where we are: the label is that of the screen on show, whatever is on its way."""
        player, loaded, shown = self.player, self.loaded, self.shown
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
                absolute=self.absolute,
                health=health_of(loaded),
                found=self.where_found(),
            )
        )
        self.placed()

    def markers(self) -> Markers:
        """Every mark of the session: the recording's own, and what was found and written."""
        own = self.loaded.markers if self.loaded else Markers()
        return own.adding(self.found_marks())

    def remark(self) -> None:
        """What is found or written has changed."""
        self.query_one(Scrubber).mark(self.markers())

    def clock_words(self, time: int) -> str:
        """A recorded time on the clock that is chosen."""
        wall_ns = self.loaded.span.wall_ns if self.loaded else 0
        return format_clock(time, wall_ns, absolute=self.absolute)

    def short_clock(self, time: int) -> str:
        """The same to the second and without the day, for lists."""
        if not self.absolute:
            return format_offset(time)
        return self.clock_words(time)[11:19]

    def now(self) -> int:
        """The time that playing goes by, in µs."""
        return self.clock.mono_ns() // 1000

    # -- the status line's news ------------------------------------------------------------------

    def news(self, line: str) -> None:
        """Say this for a moment."""
        status = self.query_one(StatusLine)
        status.say(line)
        self.set_timer(NEWS, lambda: status.unsay(line))

    def bad_news(self, line: str) -> None:
        """Say this until the next command."""
        self.query_one(StatusLine).say(line, BAD)

    def say_error(self, error: GatereelError) -> None:
        self.bad_news(f"{error.code}: {error.person}")

    # -- commands --------------------------------------------------------------------------------

    def command(self, command: Callable[[Player], object]) -> None:
        """Do this to the player, where there is one; what was said before is no longer news."""
        self._count = Count()
        self._start = None
        if self.player is not None:
            self.query_one(StatusLine).clear()
            command(self.player)
            self.sync()

    def counted(self, command: Callable[[Player, int], object]) -> None:
        """A step: so many as were typed before it, counted from where the typing began."""
        count, place = self._count.value(self.now()), self._count.place
        if count is None:
            self.command(lambda player: command(player, 1))
            return

        def from_place(player: Player) -> None:
            player.seek(AtEvent(place))
            command(player, count)

        self.command(from_place)

    def count_digit(self, digit: int, command: Callable[[Player], object]) -> None:
        """A digit: a command at once, and perhaps a count."""
        if self.player is not None:
            count = self._count.typed(digit, self.player.event, self.now())
            self.command(command)
            self._count = count

    def count_only(self, digit: int) -> None:
        """A digit of a count, from here."""
        if self.player is not None:
            self._count = self._count.typed(digit, self.player.event, self.now())


def is_live(loaded: Loaded) -> bool:
    """Whether more of it is being recorded."""
    return loaded.state == "live" and not loaded.damage


def health_of(loaded: Loaded) -> str:
    """Why to be careful with a recording; "" where there is no reason."""
    if loaded.damage:
        return DAMAGED
    state = "" if loaded.state == "sealed" else loaded.state
    return f"{state} {indexed(loaded)}".strip()


def indexed(loaded: Loaded) -> str:
    """How far a recording is indexed, where it is not all; "" """
    if loaded.indexing is None:
        return ""
    done, total = loaded.indexing
    return f"indexed {min(done * 100 // max(total, 1), 99)} %"
