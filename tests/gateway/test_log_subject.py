"""Each task has a subject of its own."""

from __future__ import annotations

import asyncio

from gateway.log_subject import SESSION


def test_a_task_is_about_its_own_session() -> None:
    async def about(session: str) -> str:
        SESSION.set(session)
        await asyncio.sleep(0)
        return SESSION.get()

    async def body() -> None:
        found = await asyncio.gather(about("a"), about("b"))
        assert [*found, SESSION.get()] == ["a", "b", ""]

    asyncio.run(body())
