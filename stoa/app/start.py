"""The start of many processes: waiting until each of them answers, and saying how far that is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from stoa.kit.errors import EnvironmentProblem

READY_WITHIN_S = 180.0
_ANSWER_S = 5.0
_LOOK_S = 1.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Door = Callable[[], Awaitable[Streams]]


class NotReady(EnvironmentProblem):
    """Some process of the platform does not answer in time."""

    code, title = "stoa.not_ready", "Not every process answers"


async def answering(
    doors: Mapping[str, Door], *, progress: Callable[[str], None], within_s: float = READY_WITHIN_S
) -> None:
    """Wait until whoever is behind each door says that it is ready; tell every second how many do."""
    waiting = {asyncio.create_task(_ready(door), name=name) for name, door in doors.items()}
    try:
        async with asyncio.timeout(within_s):
            while waiting:
                progress(f"{len(doors) - len(waiting)} of {len(doors)} answer")
                _, waiting = await asyncio.wait(waiting, timeout=_LOOK_S)
    except TimeoutError:
        names = ", ".join(sorted(task.get_name() for task in waiting))
        raise NotReady(
            f"After {within_s:.0f} s these processes do not answer: {names}",
            hint="What keeps them is logged above; on a slow machine start without --split",
        ) from None
    finally:
        for task in waiting:
            task.cancel()
    progress(f"{len(doors)} of {len(doors)} answer")


async def _ready(door: Door) -> None:
    while not await says_ready(door):  # noqa: ASYNC110 (other processes set no event of ours)
        await asyncio.sleep(0.1)


async def says_ready(door: Door) -> bool:
    """Ask once whether somebody behind a door is ready."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await door()
            writer.write(b"GET /readyz HTTP/1.1\r\nhost: stoa\r\nconnection: close\r\n\r\n")
            line = await reader.readline()
        writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in line
