"""A connection to the broker that does nothing but end when the broker does, which no client library tells of."""

import asyncio
import contextlib

AGAIN_S = 0.05
READY_S = 2.0
SIGN_EVERY_S = 60.0
# ApiVersions v0 without a client's name: the smallest question there is, so that no broker takes us for idle.
_SIGN_OF_LIFE = bytes.fromhex("0000000a0012000000000000ffff")


class Lifeline:
    """Tells everybody who waits when the broker went away; what comes back may remember nothing."""

    def __init__(self, bootstrap: str) -> None:
        self._addresses = [address.rpartition(":") for address in bootstrap.split(",")]
        self._fall = asyncio.Event()
        self._held = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def fall(self) -> asyncio.Event:
        """Return the event of the next fall: take it before connecting, wait for it while connected."""
        return self._fall

    async def start(self) -> None:
        """Connect, and wait shortly until that succeeded."""
        self._task = asyncio.create_task(self._hold(), name="kafka-lifeline")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                await self._held.wait()

    async def stop(self) -> None:
        """Let go."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hold(self) -> None:
        turn = 0
        while True:
            host, _, port = self._addresses[turn % len(self._addresses)]
            turn += 1
            with contextlib.suppress(OSError):
                await self._wait_for_end(host, int(port))
            self._held.clear()
            fall, self._fall = self._fall, asyncio.Event()
            fall.set()
            await asyncio.sleep(AGAIN_S)

    async def _wait_for_end(self, host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        self._held.set()
        try:
            while True:
                writer.write(_SIGN_OF_LIFE)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SIGN_EVERY_S):
                        while await reader.read(4096):
                            pass
                        return
        finally:
            writer.close()
