"""The signals that end a platform."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from stoa.app import running


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Give the signals back to whoever had them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def test_one_wish_told_twice_ends_the_platform_once_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    told: list[str] = []
    monkeypatch.setattr(running, "_ONE_WISH_S", 3_600)
    monkeypatch.setattr(os, "_exit", ended.append)
    stopping = running.listen_to_signals(told.append)

    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    await stopping.wait()

    assert (ended, len(told)) == ([], 1)


async def test_a_second_signal_later_on_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()
    monkeypatch.setattr(running, "_ONE_WISH_S", 0)
    monkeypatch.setattr(os, "_exit", lambda code: ended.set() if code == 130 else None)
    stopping = running.listen_to_signals()

    os.kill(os.getpid(), signal.SIGINT)
    await stopping.wait()
    os.kill(os.getpid(), signal.SIGINT)

    await ended.wait()
