"""The pytest fixtures of the kit, registered by the root conftest."""

from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.engines.kafka.broker import EmbeddedBroker
from stoa.kit.engines.postgres.database import Database
from stoa.kit.engines.postgres.jobs import jobs_migrations
from stoa.kit.engines.postgres.migrate import MigrationSet, read_migrations
from stoa.kit.engines.postgres.pool import Pool
from stoa.kit.store import Store, Tx
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.valkey import ThrowawayValkey

DatabaseFor = Callable[..., Awaitable[Database]]
StoreFor = Callable[..., Awaitable[Store[Tx]]]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until the test advances it."""
    return ManualClock()


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[ThrowawayPostgres]:
    """The worker's PostgreSQL, started when the first test asks for it."""
    server = ThrowawayPostgres()
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def own_valkey() -> AsyncIterator[ThrowawayValkey]:
    """A Valkey of one test's own, to be stopped and started as the test likes."""
    server = ThrowawayValkey()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def _pools() -> dict[str, Pool]:
    return {}


@pytest.fixture
def database_for(postgres: ThrowawayPostgres, clock: ManualClock, _pools: dict[str, Pool]) -> DatabaseFor:
    """`await database_for("courses")`: that service's migrated database, empty, with the test's clock.

    `migrations=` takes a MigrationSet for a service that has no folder in stoa/services; `jobs=True` adds the queue.
    """

    async def bind(service: str, *, migrations: MigrationSet | None = None, jobs: bool = False) -> Database:
        wanted = [migrations or migrations_of(service), *([jobs_migrations()] if jobs else [])]
        await postgres.migrated(f"{service}_test", wanted)
        pool = _pools.get(service)
        if pool is None:
            pool = _pools[service] = postgres.pool(f"{service}_test")
        return postgres.database(f"{service}_test", service, clock=clock, pool=pool)

    return bind


@pytest.fixture
def store_for(database_for: DatabaseFor) -> StoreFor[Tx]:
    """`await store_for("courses", CoursesTx)`: that service's store on an empty database."""

    async def bind(
        service: str, tx: type[Tx], *, migrations: MigrationSet | None = None, jobs: bool = False
    ) -> Store[Tx]:
        return Store(await database_for(service, migrations=migrations, jobs=jobs), tx)

    return bind


@pytest.fixture(scope="session")
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """The worker's Kafka-compatible broker, holding everything in memory."""
    server = EmbeddedBroker()
    await server.start()
    yield server
    await server.stop()


def migrations_of(service: str) -> MigrationSet:
    """Read the migrations in a service's folder."""
    return read_migrations(service, files(f"stoa.services.{service}") / "migrations")
