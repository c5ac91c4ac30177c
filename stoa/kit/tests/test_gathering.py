"""Writing together: batches, their order, their failures."""

import asyncio
from collections.abc import Sequence

import pytest

from stoa.kit.gathering import Gathering


class Ledger:
    """Writes batches when it is let go on."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.gate = asyncio.Event()

    async def flush(self, key: str, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append((key, list(items)))
        await self.gate.wait()
        if 13 in items:
            raise RuntimeError("13")
        return [ValueError(item) if item < 0 else item * 2 for item in items]


async def test_what_comes_while_one_batch_is_written_is_the_next():
    ledger = Ledger()
    gathering = Gathering[str, int, int](ledger.flush)
    adding = [asyncio.create_task(gathering.add("a", number)) for number in range(5)]
    other = asyncio.create_task(gathering.add("b", 7))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    ledger.gate.set()
    found = await asyncio.gather(*adding, other)

    assert found == [0, 2, 4, 6, 8, 14]
    assert sorted(ledger.batches) == [("a", [0, 1, 2, 3, 4]), ("b", [7])]


async def test_a_batch_has_a_greatest_size_and_keeps_the_order():
    ledger = Ledger()
    ledger.gate.set()
    gathering = Gathering[str, int, int](ledger.flush, most=3)

    await asyncio.gather(*(gathering.add("a", number) for number in range(8)))

    assert [items for _, items in ledger.batches] == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_one_item_may_fail_alone_and_a_broken_batch_fails_whole_and_only_itself():
    ledger = Ledger()
    ledger.gate.set()
    gathering = Gathering[str, int, int](ledger.flush, most=2)

    found = await asyncio.gather(*(gathering.add("a", n) for n in (-1, 1, 13, 2, 3)), return_exceptions=True)

    assert [type(one).__name__ if isinstance(one, Exception) else one for one in found] == [
        "ValueError",
        2,
        "RuntimeError",
        "RuntimeError",
        6,
    ]


async def test_whoever_gives_up_waiting_stops_nobody():
    ledger = Ledger()
    gathering = Gathering[str, int, int](ledger.flush)
    impatient, patient = (asyncio.create_task(gathering.add("a", number)) for number in (1, 2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    impatient.cancel()
    ledger.gate.set()

    assert await patient == 4
    with pytest.raises(asyncio.CancelledError):
        await impatient
