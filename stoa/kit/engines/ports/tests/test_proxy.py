"""The proxy of the gateway against a real server behind it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from stoa.kit.engines.ports.proxy import Proxy
from stoa.kit.http.app import AsgiApp, Receive, Scope, Send


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    names = b",".join(sorted({name for name, _ in scope["headers"]}))
    answer = PlainTextResponse(f"{scope['method']} {len(body)} bytes", headers={"x-names": names.decode()})
    await answer(scope, receive, send)


@asynccontextmanager
async def listening(app: AsgiApp, folder: str, name: str) -> AsyncIterator[str]:
    path = str(Path(folder) / name)
    config = uvicorn.Config(app, uds=path, lifespan="off", log_config=None, http="httptools", loop="none", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield path
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def front() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with listening(behind, folder, "behind") as inner:
            proxy = Proxy(f"unix:{inner}")
            async with listening(proxy, folder, "front") as outer:
                yield outer
            await proxy.close()


async def asked(path: str, request: bytes, *, then: bytes = b"") -> bytes:
    """Send a request; after "100 Continue" send the rest; return everything until the other side closes."""
    reader, writer = await asyncio.open_unix_connection(path)
    async with asyncio.timeout(5):
        writer.write(request)
        first = await reader.readuntil(b"\r\n\r\n") if then else b""
        writer.write(then)
        answer = first + await reader.read()
    writer.close()
    return answer


async def test_a_head_request_ends_though_its_answer_announces_a_body(front: str) -> None:
    answer = await asked(front, b"HEAD / HTTP/1.1\r\nhost: stoa\r\nconnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"content-length: 12" in answer.lower()
    assert answer.endswith(b"\r\n\r\n")


async def test_a_get_after_a_head_gets_its_own_answer(front: str) -> None:
    await asked(front, b"HEAD / HTTP/1.1\r\nhost: stoa\r\nconnection: close\r\n\r\n")

    answer = await asked(front, b"GET / HTTP/1.1\r\nhost: stoa\r\nconnection: close\r\n\r\n")

    assert answer.endswith(b"GET 0 bytes")


async def test_a_client_that_waits_for_leave_to_send_gets_the_final_answer(front: str) -> None:
    head = b"POST / HTTP/1.1\r\nhost: stoa\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"

    answer = await asked(front, head, then=b"hello")

    assert answer.startswith(b"HTTP/1.1 100")
    assert answer.endswith(b"POST 5 bytes")
