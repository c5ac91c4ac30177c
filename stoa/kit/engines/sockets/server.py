"""A server of sockets and their fallbacks on ports of their own, by uvicorn and picows on one loop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Iterator, Sequence

import uvicorn

from stoa.kit.engines.sockets.door import Reception, door, handover
from stoa.kit.realtime.fallbacks import App
from stoa.kit.realtime.node import Node


def socket_config(app: App, node: Node, *, reception: Reception | None = None, drain_s: float = 5.0) -> uvicorn.Config:
    """Return uvicorn's settings for an application whose WebSockets are a node's."""
    reception = reception or Reception(node)
    return uvicorn.Config(
        app,
        loop="none",
        http=door(reception),
        ws=handover(reception),  # type: ignore[arg-type]  # it takes any protocol's class
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(drain_s),
    )


class _Server(uvicorn.Server):
    """uvicorn's server, but signals are answered by us: streams must be told before it waits for them to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


async def serve_sockets(app: App, node: Node, sockets: Sequence[socket.socket]) -> None:
    """Run a node until the process is told to end."""
    server = _Server(socket_config(app, node))
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await node.start()
    freeze()
    serving = asyncio.create_task(server.serve(sockets=list(sockets)))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await node.stop()
    server.should_exit = True
    await serving


def freeze() -> None:
    """Take what the start has made out of the collector's sight: full collections would walk it for every few clients.

    What 8,000 sockets allocate are objects that live long, so the youngest generation is collected more seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
