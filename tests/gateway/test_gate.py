"""The gate: shut once with a cause, opened once, and everybody who watches is told."""

from __future__ import annotations

from gateway.gate import Gate


def test_watchers_hear_of_each_change_once() -> None:
    gate = Gate()
    heard: list[str | None] = []
    gate.watch(heard.append)
    gate.open()
    assert (gate.is_open, gate.cause) == (True, None)
    gate.shut("sealer")
    gate.shut("disk")
    assert (gate.is_open, gate.cause) == (False, "sealer")
    gate.open()
    gate.forget(heard.append)
    gate.shut("again")
    assert heard == ["sealer", None]


def test_a_watcher_may_leave_while_it_is_told() -> None:
    gate = Gate()
    heard: list[str | None] = []

    def once(cause: str | None) -> None:
        heard.append(cause)
        gate.forget(once)

    gate.watch(once)
    gate.shut("x")
    gate.open()
    gate.forget(once)
    assert heard == ["x"]
