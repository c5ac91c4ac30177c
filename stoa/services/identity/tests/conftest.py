"""Identity on a real database."""

from collections.abc import AsyncIterator

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.services.identity.tests.building import CountingPool, MemoryMail, Town, an_identity


@pytest.fixture
async def town(database_for: DatabaseFor, postgres: ThrowawayPostgres, clock: ManualClock) -> AsyncIterator[Town]:
    database = await database_for("identity", jobs=True)
    mail, passwords = MemoryMail(), CountingPool()
    identity = an_identity(database, clock, mail, passwords=passwords)
    yield Town(identity=identity, clock=clock, mail=mail, passwords=passwords, database=database, postgres=postgres)
    passwords.close()
