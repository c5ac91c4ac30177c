"""A PostgreSQL that falls silent is given up on, and one that only has much to do is not."""

import asyncio

import pytest

from stoa.kit.engines.postgres.database import Database, pool_of
from stoa.kit.engines.postgres.overdue import MOST_LOOKS
from stoa.kit.engines.postgres.pool import DatabaseUnavailable, Pool
from stoa.kit.store import Store, UnitOfWork
from stoa.kit.testing.lemmas import LEMMAS
from stoa.kit.testing.postgres import ThrowawayPostgres


@pytest.fixture
async def pool(postgres: ThrowawayPostgres):
    made = pool_of(await postgres.migrated("overdue_test", [LEMMAS]), size=2)
    yield made
    await made.close()


def store_of(pool: Pool) -> Store[UnitOfWork]:
    return Store(Database(pool, "lemmas"), UnitOfWork)


async def wait_in_vain(pool: Pool, begun: asyncio.Event) -> None:
    async with store_of(pool).reading(organization=None) as tx:
        begun.set()
        await tx.fetchval("select pg_sleep(600)")


async def test_who_waits_for_an_answer_that_never_comes_hears_so(pool: Pool):
    begun = asyncio.Event()
    waiting = asyncio.create_task(wait_in_vain(pool, begun))
    await begun.wait()

    for _ in range(MOST_LOOKS - 1):
        pool.overdue.look()
    assert not waiting.done()
    pool.overdue.look()

    with pytest.raises(DatabaseUnavailable):
        await waiting
    async with store_of(pool).reading(organization=None) as tx:
        assert await tx.fetchval("select 7") == 7


async def test_a_long_transaction_of_many_statements_is_left_alone(pool: Pool):
    async with store_of(pool).transaction(organization=None) as tx:
        for number in range(3 * MOST_LOOKS):
            assert await tx.fetchval("select $1::int", number) == number
            pool.overdue.look()


async def test_a_connection_that_is_lent_again_starts_anew(pool: Pool):
    for _ in range(3 * MOST_LOOKS):
        async with Database(pool, "lemmas").session(None) as connection:
            pool.overdue.look()
            assert await connection.fetchval("select 1") == 1


async def test_the_looks_come_by_themselves_and_end_with_the_pool(postgres: ThrowawayPostgres):
    pool = pool_of(await postgres.migrated("overdue_test", [LEMMAS]), size=1, look_s=0.001)

    with pytest.raises(DatabaseUnavailable):
        await asyncio.wait_for(wait_in_vain(pool, asyncio.Event()), 30)

    await pool.close()
    assert not pool.overdue.is_looking


async def test_whoever_held_a_connection_behind_a_pooler_for_too_long_gives_back_its_place(postgres: ThrowawayPostgres):
    pool = pool_of(await postgres.migrated("overdue_test", [LEMMAS]), size=1, pooled=True)

    async with store_of(pool).reading(organization=None) as tx:
        assert await tx.fetchval("select 1") == 1
        for _ in range(MOST_LOOKS):
            pool.overdue.look()

    assert pool.in_use == 0
    async with store_of(pool).reading(organization=None) as tx:
        assert await tx.fetchval("select 2") == 2
    await pool.close()


async def test_what_is_told_on_a_connection_that_was_cut_off_is_refused_as_the_database_is_away(pool: Pool):
    with pytest.raises(DatabaseUnavailable):
        async with store_of(pool).transaction(organization=None) as tx:
            for _ in range(MOST_LOOKS):
                pool.overdue.look()
            tx.afterwards(lambda: None)
