"""The service on real blobs in a folder of the test."""

from pathlib import Path

import pytest

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.media import Media
from stoa.services.media.tests.building import SECRET, disk_blobs


@pytest.fixture
async def blobs(tmp_path: Path, clock: ManualClock) -> Blobs:
    return await disk_blobs(tmp_path / "blobs", clock)


@pytest.fixture
async def media(blobs: Blobs, clock: ManualClock) -> Media:
    return Media(blobs=blobs, clock=clock, settings=MediaSettings.load({}), secret=SECRET)
