"""Waiting for a real engine without guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(
    condition: Callable[[], bool | Awaitable[bool]], *, deadline_s: float = 15.0, why: str = "the condition"
) -> None:
    """Poll until a condition holds; raise AssertionError when the deadline passes first."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert loop.time() < end, f"{why} did not hold within {deadline_s:g} s"
        await asyncio.sleep(0.005)
