"""Live on a real database, with its neighbours played by fakes behind their contracts."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.services.live.store.tx import LiveTx
from stoa.services.live.tests.building import School, a_school


@pytest.fixture
async def school(database_for: DatabaseFor, clock: ManualClock) -> School:
    return a_school(Store(await database_for("live", jobs=True), LiveTx), clock)
