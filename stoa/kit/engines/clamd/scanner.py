"""Asking clamd by its INSTREAM command, over a unix socket or TCP; nothing is written to a disk."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from stoa.kit.scanning import NoScanner, Scanner, ScannerUnavailable, TooLargeToScan

_CHUNK = 131_072
_ANSWER = re.compile(rb"stream: (?P<name>.+) FOUND")
_CONNECTING_S = 5.0
# A large archive is unpacked and searched before clamd answers.
_ANSWERING_S = 600.0
_PORT = 3310
_MOST_ANSWER = 4_096


class ScannerMisnamed(ValueError):
    """The setting names no scanner."""


class ClamdScanner:
    """One connection for each file, as clamd wants it; bare sockets, for a stream forgets the answer of who cut it."""

    def __init__(self, *, family: int, address: str | tuple[str, int]) -> None:
        self._family, self._address = family, address

    async def scan(self, pieces: AsyncIterator[bytes]) -> str:
        """Send a file through clamd and return the name of what it found."""
        with socket.socket(self._family, socket.SOCK_STREAM) as line:
            line.setblocking(False)
            try:
                async with asyncio.timeout(_CONNECTING_S):
                    await asyncio.get_running_loop().sock_connect(line, self._address)
            except (OSError, TimeoutError) as problem:
                raise ScannerUnavailable(f"clamd cannot be reached: {problem or 'it does not answer'}") from problem
            try:
                async with asyncio.timeout(_ANSWERING_S):
                    return _read(await _exchanged(line, pieces))
            except (OSError, TimeoutError) as problem:
                raise ScannerUnavailable("clamd broke off in the middle of a file.") from problem


async def _exchanged(line: socket.socket, pieces: AsyncIterator[bytes]) -> bytes:
    loop = asyncio.get_running_loop()
    # What is too large is answered in the middle of the sending, and the connection cut.
    with contextlib.suppress(ConnectionError):
        await loop.sock_sendall(line, b"zINSTREAM\0")
        async for piece in pieces:
            for start in range(0, len(piece), _CHUNK):
                part = piece[start : start + _CHUNK]
                await loop.sock_sendall(line, len(part).to_bytes(4, "big") + part)
        await loop.sock_sendall(line, bytes(4))
    answer = b""
    while len(answer) < _MOST_ANSWER and b"\0" not in answer:
        piece = await loop.sock_recv(line, _MOST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].strip()


def scanner_at(address: str) -> Scanner:
    """Return the scanner that a setting names: `clamd:///run/clamav/clamd.ctl`, `clamd://host:3310`, or none."""
    if not address:
        return NoScanner()
    parts = urlsplit(address)
    if parts.scheme != "clamd" or not (parts.hostname or parts.path):
        raise ScannerMisnamed(f"{address!r} is no scanner: say clamd:///run/clamav/clamd.ctl or clamd://host:3310")
    if parts.hostname:
        family = socket.AF_INET6 if ":" in parts.hostname else socket.AF_INET
        return ClamdScanner(family=family, address=(parts.hostname, parts.port or _PORT))
    return ClamdScanner(family=socket.AF_UNIX, address=parts.path)


def _read(answer: bytes) -> str:
    if answer == b"stream: OK":
        return ""
    found = _ANSWER.fullmatch(answer)
    if found is not None:
        return found["name"].decode(errors="replace")[:200]
    if b"size limit exceeded" in answer:
        raise TooLargeToScan("Raise StreamMaxLength in clamd.conf to let it scan larger files.")
    raise ScannerUnavailable(f"clamd answered {answer.decode(errors='replace')[:200]!r}")
