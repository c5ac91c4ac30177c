"""Waiting for many processes: who answers is counted, who does not is named."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from stoa.app.start import NotReady, answering


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncIterator[Path]:
    """A process that is ready, at a socket."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async with await asyncio.start_unix_server(answer, tmp_path / "ready"):
        yield tmp_path / "ready"


async def test_those_who_answer_are_counted_up_to_the_last(ready: Path) -> None:
    told: list[str] = []

    await answering({"live": partial(asyncio.open_unix_connection, ready)}, progress=told.append)

    assert (told[0], told[-1]) == ("0 of 1 answer", "1 of 1 answer")


async def test_whoever_does_not_answer_in_time_is_named(ready: Path, tmp_path: Path) -> None:
    doors = {
        "live": partial(asyncio.open_unix_connection, ready),
        "media": partial(asyncio.open_unix_connection, tmp_path / "nobody"),
    }

    with pytest.raises(NotReady, match=r"media$"):
        await answering(doors, progress=lambda _: None, within_s=0.5)
