"""Limits, cache and locks: one contract for the engine in memory and the one over a real Valkey."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from stoa.kit.cache import Cache
from stoa.kit.clock import ManualClock, SystemClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.memory.cache import MemoryCache
from stoa.kit.engines.memory.limits import MemoryLimiter
from stoa.kit.engines.memory.locks import MemoryLocks
from stoa.kit.engines.valkey.cache import ValkeyCache
from stoa.kit.engines.valkey.limits import ValkeyLimiter
from stoa.kit.engines.valkey.link import ValkeyLink
from stoa.kit.engines.valkey.locks import ValkeyLocks
from stoa.kit.errors import TooMany
from stoa.kit.limits import Bucket, Limit, Limiter, require
from stoa.kit.locks import LockBusy, Locks
from stoa.kit.testing.valkey import ThrowawayValkey
from stoa.kit.testing.waiting import until

HERE = OrganizationId(new_id())
THERE = OrganizationId(new_id())


@pytest.fixture(scope="session")
async def valkey() -> AsyncIterator[ThrowawayValkey]:
    server = ThrowawayValkey()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def link(valkey: ThrowawayValkey) -> AsyncIterator[ValkeyLink]:
    link = ValkeyLink(valkey.url, SystemClock(), prefix=f"{new_id().hex}:", deadline_s=2)
    yield link
    await link.aclose()


@pytest.fixture(params=["memory", "valkey"])
def limiter(request: pytest.FixtureRequest, clock: ManualClock) -> Limiter:
    if request.param == "memory":
        return MemoryLimiter(clock)
    return ValkeyLimiter(request.getfixturevalue("link"), clock, test_clock=clock)


@pytest.fixture(params=["memory", "valkey"])
def cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return MemoryCache(SystemClock())
    return ValkeyCache(request.getfixturevalue("link"))


@pytest.fixture(params=["memory", "valkey"])
def locks(request: pytest.FixtureRequest) -> Locks:
    return MemoryLocks() if request.param == "memory" else ValkeyLocks(request.getfixturevalue("link"))


def a_bucket(count: int = 3, per_s: float = 60.0, key: str = "k") -> Bucket:
    return Bucket(key, count, per_s)


async def test_a_burst_of_the_whole_count_passes_and_the_next_is_refused(limiter: Limiter) -> None:
    verdicts = [await limiter.take(a_bucket()) for _ in range(4)]

    assert [one.allowed for one in verdicts] == [True, True, True, False]
    assert [one.remaining for one in verdicts] == [2, 1, 0, 0]
    assert verdicts[3].retry_after_s == pytest.approx(20, abs=0.01)


async def test_one_comes_back_every_share_of_the_window(limiter: Limiter, clock: ManualClock) -> None:
    for _ in range(3):
        await limiter.take(a_bucket())

    clock.advance(timedelta(seconds=19.9))
    early = await limiter.take(a_bucket())
    clock.advance(timedelta(seconds=0.1))
    back, again = [await limiter.take(a_bucket()) for _ in range(2)]

    assert (early.allowed, back.allowed, again.allowed) == (False, True, False)


async def test_a_refusal_takes_from_no_bucket(limiter: Limiter) -> None:
    narrow, wide = a_bucket(1, key="narrow"), a_bucket(2, key="wide")
    await limiter.take(narrow, wide)

    refused = [await limiter.take(narrow, wide) for _ in range(5)]
    alone = await limiter.take(wide)

    assert not any(one.allowed for one in refused)
    assert alone.allowed


async def test_a_full_window_later_the_whole_burst_is_there_again(limiter: Limiter, clock: ManualClock) -> None:
    for _ in range(3):
        await limiter.take(a_bucket())
    clock.advance(timedelta(seconds=60))

    assert [(await limiter.take(a_bucket())).allowed for _ in range(4)] == [True, True, True, False]


async def test_requiring_more_than_there_is_raises_with_the_time_to_wait(limiter: Limiter) -> None:
    await require(limiter, a_bucket(1))

    with pytest.raises(TooMany) as refusal:
        await require(limiter, a_bucket(1))

    assert refusal.value.retry_after_s == pytest.approx(60, abs=0.01)


async def test_fifty_at_once_get_exactly_the_count(limiter: Limiter) -> None:
    verdicts = await asyncio.gather(*(limiter.take(a_bucket(7)) for _ in range(50)))

    assert sum(one.allowed for one in verdicts) == 7


def test_a_limit_counts_people_apart_by_organization_and_guests_by_address() -> None:
    limit = Limit("x", per_caller=2, per_address=3, per_organization=4, overall=5)

    mine = [one.key for one in limit.buckets(caller="ada", address="10.0.0.1", organization=HERE)]
    guest = [one.key for one in limit.buckets(caller=None, address="10.0.0.1", organization=None)]

    assert mine == [f"{HERE}:x:u:ada", "-:x:a:10.0.0.1", f"{HERE}:x:o", "-:x:*"]
    assert guest[0] == "-:x:a:10.0.0.1"


def test_a_limit_without_a_count_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one count"):
        Limit("x")


async def test_a_cached_value_belongs_to_one_organization(cache: Cache) -> None:
    await cache.set(HERE, "page", b"ours", ttl_s=60)

    assert (await cache.get(HERE, "page"), await cache.get(THERE, "page")) == (b"ours", None)


async def test_a_deleted_or_outlived_value_is_gone(cache: Cache) -> None:
    await cache.set(HERE, "a", b"1", ttl_s=60)
    await cache.set(HERE, "b", b"2", ttl_s=0)
    await cache.delete(HERE, "a")

    assert (await cache.get(HERE, "a"), await cache.get(HERE, "b")) == (None, None)


async def test_many_who_ask_at_once_wait_for_one_load(cache: Cache) -> None:
    loads, may_end = 0, asyncio.Event()

    async def load() -> list[int]:
        nonlocal loads
        loads += 1
        await may_end.wait()
        return [1, 2]

    asking = [asyncio.create_task(cache.remember(HERE, "list", load, type_=list[int], ttl_s=60)) for _ in range(20)]
    await until(lambda: loads == 1)
    may_end.set()

    assert (await asyncio.gather(*asking), loads) == ([[1, 2]] * 20, 1)
    assert await cache.remember(HERE, "list", load, type_=list[int], ttl_s=60) == [1, 2]
    assert loads == 1


async def test_a_load_that_fails_is_not_kept(cache: Cache) -> None:
    async def fail() -> int:
        raise LookupError

    async def succeed() -> int:
        return 7

    with pytest.raises(LookupError):
        await cache.remember(HERE, "n", fail, type_=int, ttl_s=60)

    assert await cache.remember(HERE, "n", succeed, type_=int, ttl_s=60) == 7


async def test_a_value_of_another_shape_is_loaded_anew(cache: Cache) -> None:
    async def load() -> int:
        return 7

    await cache.set(HERE, "n", b"\xa1x", ttl_s=60)

    assert await cache.remember(HERE, "n", load, type_=int, ttl_s=60) == 7


async def test_a_memory_cache_stays_within_its_bytes() -> None:
    cache = MemoryCache(SystemClock(), size_bytes=10)

    for name in "abc":
        await cache.set(HERE, name, b"12345", ttl_s=60)

    assert [await cache.get(HERE, name) for name in "abc"] == [None, b"12345", b"12345"]


async def test_two_processes_load_a_value_once(link: ValkeyLink) -> None:
    one, other, loads, may_end = ValkeyCache(link), ValkeyCache(link), [], asyncio.Event()

    async def load() -> int:
        loads.append(1)
        await may_end.wait()
        return 7

    first = asyncio.create_task(one.remember(HERE, "n", load, type_=int, ttl_s=60))
    await until(lambda: len(loads) == 1)
    second = asyncio.create_task(other.remember(HERE, "n", load, type_=int, ttl_s=60))
    may_end.set()

    assert (await first, await second, len(loads)) == (7, 7, 1)


async def test_only_one_holds_a_lock(locks: Locks) -> None:
    inside, most = 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with locks.hold(HERE, "import", wait_s=10):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))

    assert most == 1


async def test_whoever_waits_too_long_is_told(locks: Locks) -> None:
    async with locks.hold(HERE, "import"):
        with pytest.raises(LockBusy):
            async with locks.hold(HERE, "import", wait_s=0.01):
                pytest.fail("held twice")
        async with locks.hold(THERE, "import", wait_s=0.01):
            pass


async def test_a_lock_of_another_process_is_respected_and_its_end_too(link: ValkeyLink) -> None:
    one, other = ValkeyLocks(link), ValkeyLocks(link)

    async with one.hold(HERE, "import", ttl_s=0.3):
        with pytest.raises(LockBusy):
            # Longer than the lease: the holder lives, so it is renewed.
            async with other.hold(HERE, "import", wait_s=0.6):
                pytest.fail("held twice")
    async with other.hold(HERE, "import", wait_s=1):
        pass


async def test_without_valkey_limits_count_locally_caches_miss_and_locks_hold(clock: ManualClock) -> None:
    server = ThrowawayValkey()
    await server.start()
    link = ValkeyLink(server.url, SystemClock(), deadline_s=2)
    limiter, cache, locks = ValkeyLimiter(link, clock), ValkeyCache(link), ValkeyLocks(link)
    await cache.set(HERE, "page", b"kept", ttl_s=60)
    await server.stop()

    taken = [(await limiter.take(a_bucket(2))).allowed for _ in range(3)]
    missed = await cache.get(HERE, "page")
    loaded = await cache.remember(HERE, "n", _seven, type_=int, ttl_s=60)
    async with locks.hold(HERE, "import", wait_s=1):
        pass
    await server.start()

    assert (taken, missed, loaded) == ([True, True, False], None, 7)
    await until(lambda: _is_back(cache))
    await link.aclose()
    await server.stop()


async def _seven() -> int:
    return 7


async def _is_back(cache: Cache) -> bool:
    await cache.set(HERE, "page", b"again", ttl_s=60)
    return await cache.get(HERE, "page") == b"again"


def test_the_valkey_client_is_imported_only_with_its_engine() -> None:
    script = (
        "import sys, stoa.kit.limits, stoa.kit.cache, stoa.kit.locks, stoa.kit.http.app, stoa.kit.auth.tokens,"
        " stoa.kit.engines.memory.limits; print([n for n in sys.modules if n.split('.')[0] in"
        " ('redis', 'valkey', 'opentelemetry')])"
    )

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
