"""Listening: sockets bound before anything else starts, and servers that the process itself ends."""

import asyncio
import contextlib
import errno
import logging
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from stoa.kit.engines.sockets.door import Reception, door, handover
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.http.app import AsgiApp
from stoa.kit.http.listening import advice_on

_MOST_FILES = 1_048_576
# By uvicorn's count, by which it knows when a second is over.
_TICKS_A_SECOND = 10
# Browsers with an older page knock here for a socket, again and again; the advice to install something is wrong.
_KNOCKS = ("Unsupported upgrade request", "No supported WebSocket library")


class PortInUse(EnvironmentProblem):
    """Another program listens on the port."""

    code, title = "stoa.port_in_use", "The port is in use"


class AddressUnusable(EnvironmentProblem):
    """The address is none of this machine's, or its port is kept for root."""

    code, title = "stoa.address_unusable", "The address cannot be listened on"


def bind(host: str, port: int, *, setting: str) -> socket.socket:
    """Return a socket bound to an address, or raise what says which setting chooses another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise _refused(host, port, error, setting=setting) from None
    # Not inheritable: a child that outlives us, as PostgreSQL does for a moment, would keep the port.
    return bound


def _refused(host: str, port: int, error: OSError, *, setting: str) -> EnvironmentProblem:
    kind = PortInUse if error.errno == errno.EADDRINUSE else AddressUnusable
    what = f"Stoa cannot listen on {host}:{port}: {error.strerror or error}"
    return kind(what, hint=advice_on(error, setting=setting))


def bind_unix(path: Path) -> socket.socket:
    """Return a unix socket that only this account reaches; one that nobody listens on is replaced."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(path))
    path.chmod(0o600)
    return bound


def raise_file_limit() -> None:
    """Let this process hold as many files open as it may, up to a million: each socket is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def is_news(record: logging.LogRecord) -> bool:
    """Say whether what the server logs is more than a browser that asked for a socket at the wrong door."""
    return not record.getMessage().startswith(_KNOCKS)


class Listener(uvicorn.Server):
    """A server of one application on one socket, which leaves signals to the process."""

    def __init__(
        self,
        app: AsgiApp,
        bound: socket.socket,
        *,
        drain_s: float,
        has_lifespan: bool = False,
        reception: Reception | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http="httptools" if reception is None else door(reception),
                ws="none" if reception is None else handover(reception),  # type: ignore[arg-type]  # any maker will do
                lifespan="on" if has_lifespan else "off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                proxy_headers=False,
                backlog=2048,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(drain_s),
            )
        )
        self._bound = bound
        self._told = asyncio.Event()
        logging.getLogger("uvicorn.error").addFilter(is_news)

    def take_nobody_new(self) -> None:
        """Close the door; who is inside stays, and who knocks waits for whoever else holds the listening socket."""
        for server in self.servers:
            server.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the process has one handler for all its listeners."""
        yield

    async def run_until_told(self) -> None:
        """Serve until `end` is called, then let running requests finish."""
        await self.serve(sockets=[self._bound])

    def end(self) -> None:
        """Take nobody new and end when the running requests have."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        """Turn the clock's date over once a second, where uvicorn looks ten times whether it is to end."""
        seconds = 0
        while not await self.on_tick(seconds * _TICKS_A_SECOND):
            seconds += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._told.wait()
