"""The bare socket core on this machine only, for suites of the protocol's SDKs."""

import errno
import socket

import click
import uvloop

from stoa.kit.clock import SystemClock
from stoa.kit.engines.sockets.conformance import ConformanceApp
from stoa.kit.engines.sockets.server import serve_sockets
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.http.address import parse_address
from stoa.kit.telemetry.logs import configure_logs


def run_conformance(host: str, port: int) -> None:
    """Serve suites of the SDKs, with the fixed secret and channels that they expect; refuse to be seen by others."""
    address = parse_address("127.0.0.1" if host == "localhost" else host)
    if address is None or not address.is_loopback:
        raise click.UsageError(f"--conformance lets everybody in: it listens on this machine only, not on {host}")
    configure_logs()
    bound = bind_loopback(str(address), port)
    app = ConformanceApp(SystemClock())
    click.echo(f"Conformance sockets at http://{host}:{port}, secret “secret”; Ctrl-C ends them.")
    uvloop.run(serve_sockets(app, app.node, bound))


def bind_loopback(host: str, port: int) -> list[socket.socket]:
    """Bind the address asked for, and its twin of the other family: "localhost" is either, by the client's taste."""
    families = ("127.0.0.1", "::1")
    wanted = [host, *(twin for twin in families if twin != host)] if host in families else [host]
    bound = []
    for address in wanted:
        one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, port))
        except OSError as error:
            one.close()
            if address != host:
                continue
            if error.errno == errno.EADDRINUSE:
                raise EnvironmentProblem(f"The port {port} is in use", hint="Choose another with --port") from None
            raise
        bound.append(one)
    return bound
