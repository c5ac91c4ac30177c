"""Running a program beside us: with an end in time, and never longer than the job that wants it."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

from stoa.kit.errors import StoaError

_MOST_WORDS = 4_000
Heard = Callable[[bytes], Awaitable[None]]


class ProgramFailed(StoaError):
    """A program did not do its work; the detail is what it said last."""

    code, title = "media.program_failed", "A program that media needs has failed"


async def run(command: list[str], *, within: timedelta, on_line: Heard | None = None) -> bytes:
    """Run a program and return what it wrote; it is killed when its time is over or nobody waits any more."""
    program = await asyncio.create_subprocess_exec(
        *_leash(),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(within.total_seconds()):
            written, words = await asyncio.gather(_written(program, on_line), _last_words(program))
            await program.wait()
    except TimeoutError:
        raise ProgramFailed(f"It took longer than {within}.") from None
    finally:
        if program.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            await asyncio.shield(program.wait())
    if program.returncode != 0:
        raise ProgramFailed(words.decode(errors="replace").strip() or f"It ended with {program.returncode}.")
    return written


def _leash() -> list[str]:
    """Return what stands before a program: Linux kills it with us, and it waits for those who answer people."""
    setpriv, nice = shutil.which("setpriv"), shutil.which("nice")
    return [*([setpriv, "--pdeathsig", "KILL"] if setpriv else []), *([nice, "-n", "10"] if nice else [])]


async def _written(program: asyncio.subprocess.Process, on_line: Heard | None) -> bytes:
    assert program.stdout is not None
    if on_line is None:
        return await program.stdout.read()
    async for line in program.stdout:
        await on_line(line)
    return b""


async def _last_words(program: asyncio.subprocess.Process) -> bytes:
    assert program.stderr is not None
    words = b""
    while piece := await program.stderr.read(_MOST_WORDS):
        words = (words + piece)[-_MOST_WORDS:]
    return words
