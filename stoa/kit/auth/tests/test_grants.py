"""Grants in memory: one load at a time, forgotten when a role changes, never kept for long."""

import asyncio
from datetime import timedelta

import pytest

from stoa.kit.auth.caller import Grant, GrantSet
from stoa.kit.auth.grants import GrantCache
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Unavailable

HERE, ADA = OrganizationId(new_id()), UserId(new_id())
OWNER = Grant(role="owner", scope="organization", scope_id=HERE)


class Organizations:
    """A source whose answers and slowness the test decides."""

    def __init__(self) -> None:
        self.loads = 0
        self.answer: GrantSet | Exception = GrantSet(version=1, grants=(OWNER,))
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def grants_of(self, organization: OrganizationId | None, user: UserId) -> GrantSet:
        self.loads += 1
        answer = self.answer
        await self.may_answer.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def organizations() -> Organizations:
    return Organizations()


@pytest.fixture
def cache(organizations: Organizations, clock: ManualClock) -> GrantCache:
    return GrantCache(organizations.grants_of, clock, size=10)


async def test_a_hundred_requests_at_once_are_one_load(cache: GrantCache, organizations: Organizations) -> None:
    found = await asyncio.gather(*(cache.grants_of(HERE, ADA) for _ in range(100)))

    assert ({one.version for one in found}, organizations.loads) == ({1}, 1)


async def test_grants_are_loaded_again_after_a_minute(
    cache: GrantCache, organizations: Organizations, clock: ManualClock
) -> None:
    await cache.grants_of(HERE, ADA)
    clock.advance(timedelta(seconds=59))
    await cache.grants_of(HERE, ADA)
    early = organizations.loads
    clock.advance(timedelta(seconds=1))
    await cache.grants_of(HERE, ADA)

    assert (early, organizations.loads) == (1, 2)


async def test_somebody_without_grants_is_asked_for_again_after_a_second(
    cache: GrantCache, organizations: Organizations, clock: ManualClock
) -> None:
    organizations.answer = GrantSet(version=0)
    await cache.grants_of(HERE, ADA)
    organizations.answer = GrantSet(version=1, grants=(OWNER,))
    clock.advance(timedelta(seconds=1))

    assert (await cache.grants_of(HERE, ADA)).grants == (OWNER,)


async def test_a_role_change_is_seen_on_the_next_request(cache: GrantCache, organizations: Organizations) -> None:
    await cache.grants_of(HERE, ADA)
    organizations.answer = GrantSet(version=2)

    cache.invalidate(HERE, ADA, 2)

    assert (await cache.grants_of(HERE, ADA)).grants == ()


async def test_an_older_or_repeated_change_forgets_nothing(cache: GrantCache, organizations: Organizations) -> None:
    organizations.answer = GrantSet(version=5, grants=(OWNER,))
    await cache.grants_of(HERE, ADA)

    cache.invalidate(HERE, ADA, 5)
    cache.invalidate(HERE, ADA, 3)

    await cache.grants_of(HERE, ADA)
    assert organizations.loads == 1


async def test_a_load_that_a_change_overtook_is_not_kept(cache: GrantCache, organizations: Organizations) -> None:
    organizations.may_answer.clear()
    slow = asyncio.create_task(cache.grants_of(HERE, ADA))
    while not organizations.loads:
        await asyncio.sleep(0)
    cache.invalidate(HERE, ADA, 2)
    organizations.answer = GrantSet(version=2)
    organizations.may_answer.set()
    await slow

    assert (await cache.grants_of(HERE, ADA)).version == 2


async def test_when_the_source_fails_what_was_known_serves_a_while_and_no_longer(
    cache: GrantCache, organizations: Organizations, clock: ManualClock
) -> None:
    await cache.grants_of(HERE, ADA)
    organizations.answer = Unavailable()
    clock.advance(timedelta(seconds=300))

    stale = await cache.grants_of(HERE, ADA)
    clock.advance(timedelta(seconds=60))

    assert stale.grants == (OWNER,)
    with pytest.raises(Unavailable):
        await cache.grants_of(HERE, ADA)


async def test_the_memory_is_bounded(cache: GrantCache) -> None:
    for _ in range(50):
        await cache.grants_of(HERE, UserId(new_id()))

    assert len(cache._users) == 10


async def test_a_change_in_one_organization_says_nothing_about_another() -> None:
    there, asked = OrganizationId(new_id()), list[OrganizationId | None]()

    async def source(organization: OrganizationId | None, user: UserId) -> GrantSet:
        asked.append(organization)
        return GrantSet(version=9 if organization == HERE else 1, grants=(OWNER,))

    cache = GrantCache(source, ManualClock())
    await cache.grants_of(there, ADA)
    cache.invalidate(HERE, ADA, 9)

    for _ in range(3):
        await cache.grants_of(there, ADA)

    assert asked == [there]
