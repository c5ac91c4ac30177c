"""The service on a real database that can queue jobs, and on real blobs in a folder of the test."""

from pathlib import Path

import pytest

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.engines.postgres.jobs import jobs_migrations
from stoa.kit.engines.postgres.pool import Pool
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import migrations_of
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.media import Media
from stoa.services.media.store import MediaTx
from stoa.services.media.tests.building import SECRET, disk_blobs


@pytest.fixture
async def blobs(tmp_path: Path, clock: ManualClock) -> Blobs:
    return await disk_blobs(tmp_path / "blobs", clock)


@pytest.fixture(scope="session")
def _media_pool() -> list[Pool]:
    return []


@pytest.fixture
async def store(postgres: ThrowawayPostgres, clock: ManualClock, _media_pool: list[Pool]) -> Store[MediaTx]:
    await postgres.migrated("media_jobs", [jobs_migrations(), migrations_of("media")])
    if not _media_pool:
        _media_pool.append(postgres.pool("media_jobs"))
    return Store(postgres.database("media_jobs", "media", clock=clock, pool=_media_pool[0]), MediaTx)


@pytest.fixture
async def media(store: Store[MediaTx], blobs: Blobs, clock: ManualClock) -> Media:
    settings = MediaSettings.load({"STOA_MEDIA_MAX_UPLOAD_BYTES": "50MiB", "STOA_MEDIA_QUOTA_BYTES": "60MiB"})
    return Media(store=store, blobs=blobs, clock=clock, settings=settings, secret=SECRET)
