"""A counterpart on a real port of this machine, and the troubles it can have."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from uvicorn.server import ServerState

Answerer = Callable[[Request], Awaitable[Response]]


class TurnedAway(Exception):
    """The counterpart lets nobody in with this."""


class Server:
    """Serves one answerer; `trouble` makes it behave as servers do on bad days."""

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self.trouble = ""
        self.url = ""
        self.asked = 0
        self._never = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve for the length of a block, by uvicorn's protocol alone: its server looks up ten times a second."""
        config = uvicorn.Config(self._serve, interface="asgi3", lifespan="off", log_config=None, ws="none")
        config.load()
        state = ServerState()

        def connection() -> asyncio.Protocol:
            return config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg]  # as uvicorn's server does

        server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            self._never.set()
            server.close()
            for open_one in list(state.connections):
                open_one.shutdown()
            for task in list(state.tasks):
                await asyncio.wait([task], timeout=5)

    async def _serve(self, scope: dict[str, object], receive: object, send: object) -> None:
        request = Request(scope, receive)  # type: ignore[arg-type]  # what uvicorn hands over
        response = await self._troubled(request)
        await response(scope, receive, send)  # type: ignore[arg-type]  # as above

    async def _troubled(self, request: Request) -> Response:
        self.asked += 1
        match self.trouble:
            case "silent":
                await self._never.wait()
                return Response(status_code=204)
            case "broken":
                return PlainTextResponse("internal error", 500)
            case "nonsense":
                return PlainTextResponse("<!doctype html><title>Welcome to nginx!</title>")
            case "huge":
                return Response(b"x" * 5_000_000)
            case "elsewhere":
                return RedirectResponse("http://169.254.169.254/latest/meta-data/")
            case _:
                return await self._answer(request)
