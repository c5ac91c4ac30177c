"""Deadlines under one timer: what is over its time is ended, and nobody else's wish is swallowed."""

import asyncio

import pytest

from stoa.kit.errors import DeadlineExceeded
from stoa.kit.http.deadline import Deadlines


async def held(deadlines: Deadlines, seconds: float, until: asyncio.Event) -> str:
    with deadlines.within(seconds):
        await until.wait()
    return "done"


async def test_work_that_is_over_its_time_is_ended_and_work_beside_it_goes_on():
    deadlines, until = Deadlines(), asyncio.Event()
    patient = asyncio.create_task(held(deadlines, 60, until))

    with pytest.raises(DeadlineExceeded):
        await held(deadlines, 0.0, until)

    until.set()
    assert await patient == "done"


async def test_who_cancels_work_cancels_it_though_its_time_is_over_too():
    deadlines, until = Deadlines(), asyncio.Event()
    working = asyncio.create_task(held(deadlines, 0.0, until))
    await asyncio.sleep(0)
    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working


async def test_work_that_ends_in_its_time_is_never_cancelled_later():
    deadlines, until = Deadlines(), asyncio.Event()
    until.set()
    later = asyncio.Event()

    async def both() -> str:
        await held(deadlines, 0.01, until)
        # Longer than the grain of the timer: a deadline that was kept in mind would strike here.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(later.wait(), 0.15)
        return "undisturbed"

    assert await asyncio.create_task(both()) == "undisturbed"


async def test_the_shorter_of_two_deadlines_inside_each_other_strikes_first():
    deadlines, until = Deadlines(), asyncio.Event()

    with deadlines.within(60), pytest.raises(DeadlineExceeded):
        await held(deadlines, 0.0, until)
