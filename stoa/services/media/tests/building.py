"""What the tests of media build with."""

from pathlib import Path

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.engines.disk.blobs import DiskBlobs

SECRET = b"s" * 32
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def an_organization() -> OrganizationId:
    """Invent an organization."""
    return OrganizationId(new_id())


async def disk_blobs(folder: Path, clock: ManualClock) -> Blobs:
    """Return blobs in a folder."""
    blobs = DiskBlobs(folder, secret=SECRET, clock=clock, base_url="http://stoa.test")
    await blobs.prepare()
    return blobs
