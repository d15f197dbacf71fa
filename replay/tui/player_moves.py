"""The player's moves: play, speed, steps of every unit, jumps, go-to.

Knows: the pure `Player`, marks. Must never know: recordings, threads. Part of the player's screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from recorder.moments import SECOND, AtTime, Target
from replay.markers import JUMPS, Kind
from replay.player import Player
from replay.timeline import IdleMode
from replay.tui.dialogs import GoTo
from replay.tui.messages import TimeSought
from replay.tui.player_base import PlayerBase


class Moves(PlayerBase):
    """Everything that changes the position or the pace."""

    @property
    def by_event(self) -> bool:
        """Whether `,` and `.` step events now."""
        return False

    # -- pace ------------------------------------------------------------------------------------

    def action_play(self) -> None:
        self.command(lambda player: player.toggle(self.now()))

    def action_speed(self, steps: int) -> None:
        self.command(lambda player: player.faster(steps))

    def action_normal_speed(self) -> None:
        self.command(lambda player: player.normal_speed())

    def action_idle(self) -> None:
        self.command(lambda player: player.idle(player.timeline.mode.next()))

    def idle_in(self, mode: IdleMode) -> None:
        """Play idles in this mode."""
        self.command(lambda player: player.idle(mode))

    def action_follow(self) -> None:
        self.command(lambda player: player.follow())

    # -- steps -----------------------------------------------------------------------------------

    def action_step(self, way: int) -> None:
        if self.by_event:
            self.action_event(way)
        else:
            self.counted(lambda player, count: player.step(way * count))

    def action_event(self, way: int) -> None:
        self.counted(lambda player, count: player.step_event(way * count))

    def action_stable(self, way: int) -> None:
        self.counted(lambda player, count: player.step_stable(way * count))

    def action_command(self, way: int) -> None:
        commands = self.loaded.commands if self.loaded else ()
        self.step_among([command.event for command in commands], way, "command")

    def action_marker(self, way: int) -> None:
        markers = self.loaded.markers if self.loaded else None
        self.step_among(markers.events(JUMPS) if markers else [], way, Kind.MARKER.value)

    def step_among(self, events: Sequence[int], way: int, what: str) -> None:
        """To the next of these, or say that there is none."""

        def step(player: Player, count: int) -> None:
            if not player.step_among(events, way * count):
                where = "after" if way > 0 else "before"
                self.news(f"no {what} {where} this" if events else f"there is no {what}")

        self.counted(step)

    # -- jumps -----------------------------------------------------------------------------------

    def action_skip(self, seconds: int) -> None:
        self.command(lambda player: player.skip(seconds * SECOND))

    def action_leap(self, percent: int) -> None:
        self.command(lambda player: player.skip(player.duration * percent // 100))

    def action_digit(self, digit: int) -> None:
        self.count_digit(digit, lambda player: player.seek(AtTime(player.duration * digit // 10)))

    def action_start(self) -> None:
        self.command(lambda player: player.seek(AtTime(0)))

    def action_end(self) -> None:
        self.command(lambda player: player.seek(AtTime(player.duration)))

    def action_go_to(self) -> None:
        if self.loaded is not None:
            self.app.push_screen(GoTo(self.loaded.span), self._gone_to)

    def _gone_to(self, target: Target | None) -> None:
        if target is not None:
            self.go(target)

    def go(self, target: Target) -> None:
        """To this position."""
        self.command(lambda player: player.seek(target))

    def on_time_sought(self, message: TimeSought) -> None:
        self.go(AtTime(message.at))
