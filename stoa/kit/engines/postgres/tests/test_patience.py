"""Single statements of one session share its connections instead of changing those of others."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from stoa.kit.engines.postgres.database import Database, pool_of
from stoa.kit.engines.postgres.migrate import MigrationSet
from stoa.kit.engines.postgres.patience import Patience
from stoa.kit.engines.postgres.pool import ENOUGH
from stoa.kit.testing.lemmas import LEMMAS
from stoa.kit.testing.postgres import ThrowawayPostgres

OTHERS = MigrationSet(service="others", migrations=())
ROLE = "select current_user::text"


@pytest.fixture
async def login(postgres: ThrowawayPostgres):
    return await postgres.migrated("patience_test", [LEMMAS, OTHERS])


async def role_in(database: Database) -> str:
    async with database.session(None) as connection:
        return await connection.fetchval(ROLE)


async def test_a_reader_takes_the_connection_that_comes_back_and_leaves_the_other_service_its_own(login):
    pool = pool_of(login, size=ENOUGH + 1)
    lemmas, others = Database(pool, "lemmas"), Database(pool, "others")
    async with AsyncExitStack() as stack:
        for _ in range(ENOUGH):
            held = await stack.enter_async_context(lemmas.session(None))
        assert await role_in(others) == others.role
        waiting = asyncio.create_task(role_in(lemmas))
        await asyncio.sleep(0)
        assert (pool.in_use, waiting.done()) == (ENOUGH, False)
        pid = held.get_server_pid()

    assert await waiting == lemmas.role
    async with others.session(None) as theirs, lemmas.session(None):
        assert theirs.get_server_pid() != pid
        assert pool.open == ENOUGH + 1
    await pool.close()


async def test_when_none_comes_back_in_a_moment_another_connection_is_changed(login):
    pool = pool_of(login, size=ENOUGH + 1)
    lemmas, others = Database(pool, "lemmas"), Database(pool, "others")
    async with AsyncExitStack() as stack:
        for _ in range(ENOUGH):
            await stack.enter_async_context(lemmas.session(None))
        await role_in(others)

        assert await role_in(lemmas) == lemmas.role
    await pool.close()


async def test_what_was_handed_to_somebody_who_is_cut_off_is_given_back():
    given_back: list[str] = []
    patience: Patience[str] = Patience(give_back=given_back.append)
    waiting = asyncio.create_task(patience.wait_for(("role", "")))
    await asyncio.sleep(0)

    handed = patience.hand_over("connection", ("role", ""))
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (handed, given_back) == (True, ["connection"])


async def test_nobody_is_handed_what_is_of_another_session():
    patience: Patience[str] = Patience(give_back=lambda _: None)
    waiting = asyncio.create_task(patience.wait_for(("role", "")))
    await asyncio.sleep(0)

    assert not patience.hand_over("connection", ("other", ""))
    assert await waiting is None
