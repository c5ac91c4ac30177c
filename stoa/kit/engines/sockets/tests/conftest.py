"""Servers of sockets and pages on a port of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from stoa.kit.clock import SystemClock
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.engines.sockets.server import socket_config
from stoa.kit.engines.sockets.tests.building import Place, Serve
from stoa.kit.realtime.fallbacks import fallback_app
from stoa.kit.realtime.node import Node, NodeSettings
from stoa.kit.testing.sockets import OpenGate
from stoa.kit.testing.waiting import until


@pytest.fixture
def serving() -> Serve:
    @asynccontextmanager
    async def serve(hall: Hall | None = None, **settings: Any) -> AsyncIterator[Place]:
        clock = SystemClock()
        broker = MemoryBroker(hall or Hall(clock))
        node = Node(gate=OpenGate(), broker=broker, clock=clock, settings=NodeSettings(**settings))
        with socket.create_server(("127.0.0.1", 0)) as bound:
            server = uvicorn.Server(socket_config(fallback_app(node), node, drain_s=1))
            await node.start()
            task = asyncio.create_task(server._serve([bound]))
            await until(lambda: server.started)
            try:
                yield Place(node, bound.getsockname()[1])
            finally:
                await node.stop()
                server.should_exit = True
                await task

    return serve
