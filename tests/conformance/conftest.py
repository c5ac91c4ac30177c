"""A conformance server for the whole run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

PATIENCE_S = 60.0


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """Lend the origin of `stoa sockets --conformance` in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "stoa", "sockets", "--conformance", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ)) as server:
        try:
            _wait(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            assert server.wait(timeout=PATIENCE_S) == 0


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the conformance server did not come up")
