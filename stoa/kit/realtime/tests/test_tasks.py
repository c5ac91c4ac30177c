"""Work that goes on beside the loop is held until it is done, and what fails in it is not lost."""

import asyncio

from stoa.kit.clock import SystemClock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.realtime import codes
from stoa.kit.realtime.tasks import Tasks
from stoa.kit.testing.sockets import Guest, a_node
from stoa.kit.testing.waiting import until


async def test_work_is_held_until_it_is_done_and_a_failure_closes_its_client() -> None:
    class Broken(MemoryBroker):
        async def presence(self, channel: str) -> dict[str, object]:  # type: ignore[override]  # it only fails
            raise ZeroDivisionError

    node = await a_node(SystemClock(), broker=Broken(Hall(SystemClock())))
    guest = Guest(node)
    await guest.ask(connect={"token": "ada"})
    await guest.ask(subscribe={"channel": "hall:1"})

    guest.say(presence={"channel": "hall:1"})
    await until(lambda: guest.pipe.closed is not None)

    assert guest.pipe.closed == codes.SERVER_ERROR
    await node.stop()


async def test_tasks_are_not_collected_in_mid_work() -> None:
    import gc
    import weakref

    tasks, done = Tasks(), []

    class Awaited:
        """Something only the task itself refers to, so that it is a cycle without a root."""

    async def work() -> None:
        waiter = asyncio.get_running_loop().create_future()
        held = Awaited()
        weakref.finalize(held, waiter.cancel)
        asyncio.get_running_loop().call_later(0.02, waiter.set_result, None)
        await waiter
        done.append(held)

    tasks.start(work())
    await asyncio.sleep(0)
    gc.collect()

    await until(lambda: len(tasks) == 0)
    assert len(done) == 1
