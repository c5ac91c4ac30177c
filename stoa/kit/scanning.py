"""Looking for malicious software in what people send; the engine is chosen by whoever runs the platform."""

from collections.abc import AsyncIterator
from typing import Protocol

from stoa.kit.errors import TooLarge, Unavailable


class ScannerUnavailable(Unavailable):
    """The scanner does not answer; what waits to be scanned goes on waiting."""

    code, title = "stoa.scanner_unavailable", "The scanner for malicious software does not answer"


class TooLargeToScan(TooLarge):
    """The scanner takes no files of this size."""

    code, title = "stoa.too_large_to_scan", "The file is larger than the scanner takes"


class Scanner(Protocol):
    """Looks into files."""

    async def scan(self, pieces: AsyncIterator[bytes]) -> str:
        """Return the name of what was found in a file, empty where nothing was."""
        ...


class NoScanner:
    """Finds nothing, because nobody looks: the default, which `stoa doctor` says plainly."""

    async def scan(self, pieces: AsyncIterator[bytes]) -> str:
        """Return that nothing was found, without reading a byte."""
        return ""
