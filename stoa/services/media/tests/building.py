"""What the tests of media build with."""

import base64
import hashlib
from pathlib import Path

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.contract import JobId, OrganizationId, new_id
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


class Watched:
    """One attempt at a job, which notes how far it is told to be."""

    def __init__(self) -> None:
        self.id = JobId(new_id())
        self.attempt = 1
        self.seen: list[tuple[int, int | None, str]] = []

    async def progress(self, done: int, total: int | None, note: str = "") -> None:
        """Note how far the job is."""
        self.seen.append((done, total, note))


def metadata(**given: str) -> str:
    """Return an Upload-Metadata header."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in given.items())


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    """Return an Upload-Checksum header."""
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"
