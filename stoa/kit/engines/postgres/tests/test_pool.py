"""The shared pool: no connection ever carries one service's or organization's session to another."""

import asyncio
import contextlib
import random
from uuid import UUID, uuid4

import asyncpg
import pytest

from stoa.kit.contract import OrganizationId
from stoa.kit.engines.postgres.cluster import SUPERUSER
from stoa.kit.engines.postgres.database import Database, connect, pool_of
from stoa.kit.engines.postgres.migrate import MigrationSet, migrate
from stoa.kit.engines.postgres.pool import DatabaseUnavailable, Pool
from stoa.kit.testing.lemmas import LEMMAS
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.waiting import until

OTHERS = MigrationSet(service="others", migrations=())
WHO = "select current_user::text, current_setting('stoa.organization')"


@pytest.fixture
async def login(postgres: ThrowawayPostgres):
    return await postgres.migrated("pool_test", [LEMMAS, OTHERS])


async def who(database: Database, organization: UUID | None) -> tuple[str, str]:
    async with database.session(organization) as connection:
        row = await connection.fetchrow(WHO)
    return row[0], row[1]


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("seed", range(4))
async def test_interleaved_tenants_always_get_their_own_session(login, seed, pooled):
    """Tasks of two services and many organizations read, write, fail and are cut off, over three connections."""
    pool = pool_of(login, size=3, pooled=pooled)
    databases = [Database(pool, "lemmas"), Database(pool, "others")]
    organizations = [None, *(OrganizationId(uuid4()) for _ in range(4))]
    chance = random.Random(seed)
    visits = 0

    async def visit(database: Database, organization: OrganizationId | None, what: str) -> None:
        nonlocal visits
        begin = what != "read"
        async with database.session(organization, begin=begin) as connection:
            found = await connection.fetchrow(WHO)
            assert tuple(found) == (database.role, str(organization or ""))
            visits += 1
            if what == "fail":
                await connection.execute("select 1 / 0")
            if what == "raise":
                raise KeyError
            if what == "sleep":
                await connection.execute("select pg_sleep(10)")
            await connection.fetchval("select pg_sleep(0.001)")

    async def one() -> None:
        what = chance.choice(["read", "read", "write", "fail", "raise", "sleep"])
        task = asyncio.create_task(visit(chance.choice(databases), chance.choice(organizations), what))
        if what == "sleep":
            await asyncio.sleep(chance.random() * 0.01)
            task.cancel()
        with contextlib.suppress(asyncpg.DivisionByZeroError, KeyError, asyncio.CancelledError):
            await task

    for _ in range(25):
        await asyncio.gather(*(one() for _ in range(6)))
    for database in databases:
        for organization in organizations:
            assert await who(database, organization) == (database.role, str(organization or ""))
    assert (visits > 60, pool.open <= 3) == (True, True)
    await pool.close()


async def test_a_session_that_is_there_already_is_picked_without_a_trip(login):
    pool = pool_of(login, size=5)
    database, organization = Database(pool, "lemmas"), OrganizationId(uuid4())
    await who(database, organization)

    slot = await pool.acquire(database.role, organization)

    assert pool.opening(slot, database.role, organization, begin=False) == ""
    pool.release(slot)
    assert pool.open == 1
    await pool.close()


async def test_a_rollback_does_not_bring_the_tenant_before_back(login):
    pool = pool_of(login, size=1)
    database = Database(pool, "lemmas")
    first, second = OrganizationId(uuid4()), OrganizationId(uuid4())
    await who(database, first)

    with pytest.raises(KeyError):
        async with database.session(second, begin=True):
            raise KeyError
    await until(lambda: not pool.in_use)

    assert await who(database, second) == (database.role, str(second))
    await pool.close()


async def test_whoever_waits_too_long_is_told_so_and_the_others_get_their_turn(login):
    pool = pool_of(login, size=1, deadline_s=0.05)
    database = Database(pool, "lemmas")

    async with database.session(None):
        with pytest.raises(DatabaseUnavailable, match="became free"):
            async with database.session(None):
                pass

    assert await who(database, None) == (database.role, "")
    await pool.close()


async def test_a_waiter_that_is_cut_off_passes_its_turn_on(login):
    pool = pool_of(login, size=1)
    database = Database(pool, "lemmas")
    async with database.session(None):
        first = asyncio.create_task(who(database, None))
        second = asyncio.create_task(who(database, None))
        await asyncio.sleep(0)
        first.cancel()

    assert await second == (database.role, "")
    await pool.close()


async def test_a_connection_that_the_server_ended_is_replaced(login):
    pool = pool_of(login, size=1)
    database = Database(pool, "lemmas")
    async with database.session(None) as connection:
        pid = connection.get_server_pid()
    admin = await connect(type(login)(host=login.host, port=login.port, database=login.database, user=SUPERUSER))
    await admin.execute("select pg_terminate_backend($1)", pid)
    await admin.close()

    async def back() -> bool:
        try:
            return await who(database, None) == (database.role, "")
        except DatabaseUnavailable:
            return False

    await until(back)
    await pool.close()


async def test_a_server_that_is_away_is_an_outcome_and_not_a_crash(login, tmp_path):
    nowhere = type(login)(host=str(tmp_path), database="none")
    pool = pool_of(nowhere)

    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        await pool.acquire("stoa_lemmas", None)

    assert pool.open == 0


async def test_a_split_process_logs_in_as_its_service_and_cannot_act_as_another(postgres, login):
    admin = await connect(postgres.login("pool_test", SUPERUSER))
    await migrate(admin, [LEMMAS, OTHERS], passwords={"lemmas": "it's a secret"})
    await admin.close()
    own = type(login)(
        host=login.host, port=login.port, database=login.database, user="stoa_lemmas", password="it's a secret"
    )
    pool = pool_of(own, size=2, login_role="stoa_lemmas")
    organization = OrganizationId(uuid4())

    assert await who(Database(pool, "lemmas"), organization) == ("stoa_lemmas", str(organization))
    with pytest.raises(PermissionError):
        await who(Database(pool, "others"), organization)
    async with Database(pool, "lemmas").session(None) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("set role stoa_others")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from others.outbox")
    await pool.close()


async def test_the_embedded_login_can_do_nothing_before_it_takes_a_role(login):
    connection = await connect(login)

    for sql in ("select * from lemmas.lemmas", "create table public.x (n int)", "create schema mine", "create role r"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(sql)
    await connection.close()


def test_a_pool_is_cheap_to_make():
    pool = Pool(lambda: connect(None))  # type: ignore[arg-type]  # nothing connects in this test

    assert pool.open == 0
