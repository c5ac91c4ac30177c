"""A counterpart of clamd for tests: INSTREAM over a socket as its manual describes it, with signatures of our own."""

import asyncio
from pathlib import Path

# The test file of EICAR, in two halves so that no scanner takes this file for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Reads one file a connection, chunk by chunk, and says what is in it."""

    def __init__(self, *, max_bytes: int = 1_000_000) -> None:
        self._max_bytes = max_bytes
        self.seen: list[bytes] = []

    async def serve(self, socket: Path) -> asyncio.AbstractServer:
        """Listen at a unix socket."""
        return await asyncio.start_unix_server(self._answer, socket)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        file = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            file += await reader.readexactly(size)
            if len(file) > self._max_bytes:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                break
        else:
            self.seen.append(file)
            writer.write(b"stream: Eicar-Signature FOUND\0" if EICAR in file else b"stream: OK\0")
        await writer.drain()
        writer.close()
