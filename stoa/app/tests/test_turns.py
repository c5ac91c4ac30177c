"""One works and the other stands by, until the first gives its turn up or dies."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from stoa.app.turns import Turn, next_in_line, whose
from stoa.kit.testing.waiting import until

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_the_next_works_as_soon_as_the_first_gives_its_turn_up(tmp_path: Path) -> None:
    path, stopping = tmp_path / "turn", asyncio.Event()
    first, second = Turn(path), Turn(path)

    assert await first.take(stopping)
    waiting = asyncio.create_task(second.take(stopping))
    await until(lambda: next_in_line(path).exists())
    assert not waiting.done()
    first.give()

    assert await waiting
    assert whose(path) == os.getpid()
    second.give()


async def test_the_turn_of_whoever_is_killed_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    turn = Turn(path)
    waiting = asyncio.create_task(turn.take(asyncio.Event()))
    await until(lambda: next_in_line(path).exists())
    assert not waiting.done()

    holder.kill()

    async with asyncio.timeout(5):
        assert await waiting
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    turn.give()


async def test_whoever_is_told_to_end_waits_no_longer(tmp_path: Path) -> None:
    path, stopping = tmp_path / "turn", asyncio.Event()
    first, second = Turn(path), Turn(path)
    assert await first.take(asyncio.Event())
    waiting = asyncio.create_task(second.take(stopping))

    stopping.set()

    assert not await waiting
    first.give()


def test_before_anybodys_turn_it_is_nobodys(tmp_path: Path) -> None:
    assert whose(tmp_path / "turn") == 0
