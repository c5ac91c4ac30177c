"""A counterpart on a real port of this machine, and the troubles it can have."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from stoa.kit.testing.waiting import until

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
        """Serve for the length of a block."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            config = uvicorn.Config(
                self._serve, interface="asgi3", lifespan="off", log_config=None, ws="none", timeout_graceful_shutdown=1
            )
            server = uvicorn.Server(config)
            task = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                await until(lambda: server.started, why="the counterpart's start")
                yield
            finally:
                self._never.set()
                server.should_exit = True
                await task

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
