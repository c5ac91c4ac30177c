"""`stoa serve`: one role or one service of a platform of many processes."""

import os
import signal
import socket
from pathlib import Path

import click
import uvloop

from stoa.app.embedded import content_port_of, survey
from stoa.app.roles import run_gateway, run_jobs, run_service, run_sockets
from stoa.app.serving import bind, raise_file_limit
from stoa.app.turns import Turn
from stoa.cli.options import home_option, listen_options
from stoa.kit.engines.postgres.launch import die_with
from stoa.kit.telemetry.logs import configure_logs


@click.command()
@home_option
@listen_options
@click.option(
    "--role", type=click.Choice(["service", "jobs", "gateway", "sockets"]), default="service", help="What to run."
)
@click.option("--service", help="The service to run, with --role service.")
@click.option(
    "--ports-port", type=click.IntRange(0, 65_535), default=8101, help="The internal port for other services."
)
@click.option("--fds", help="File descriptors of sockets that are bound already, separated by commas.")
@click.option("--turn", type=click.Path(), hidden=True, help="With --role sockets: stand by until this is ours.")
def serve(role: str, service: str | None, ports_port: int, fds: str | None, turn: str | None) -> None:
    """Run one role or one service; where the others are is said by STOA_PORTS_AT and STOA_HTTP_AT.

    --role sockets is a socket server at --port: Centrifugo's client protocol in JSON at /connection/websocket,
    /connection/http_stream, /connection/sse and /emulation. It hears the others through STOA_VALKEY_URL and STOA_KAFKA;
    without these and STOA_PORTS_AT it stands alone and keeps everything in memory.

    \b
    Clients that are no pages of ours need HS256 tokens with Centrifugo's claims, signed with STOA_SOCKETS_SECRET,
    or with a key of the home where that is not set. `stoa sockets token` prints them:
      stoa sockets token --user ada                                      to connect
      stoa sockets token --user ada --channel load:room --publish        to subscribe and publish
    Clients may publish in the namespace `load` only (history of 1,000 for 5 minutes, with recovery). Alone, everybody
    who is connected may subscribe and publish there without the second token.
    """
    owner = os.environ.pop("STOA_OWNER", "")
    if owner:
        # At once: what is under way has no database any more, and the next platform wants the ports.
        die_with(int(owner), signal.SIGKILL)
    ground = survey(os.environ)
    configure_logs(style=ground.settings.log_format, level=ground.settings.log_level)
    if role == "jobs":
        uvloop.run(run_jobs(ground))
        return
    if role == "service" and service not in ground.manifests:
        raise click.UsageError(f"--service is one of {', '.join(ground.manifests)}")
    chosen = ground.settings
    if role == "sockets":
        raise_file_limit()
        one = socket.socket(fileno=int(fds)) if fds else bind(chosen.host, chosen.port, setting="STOA_PORT")
        uvloop.run(run_sockets(ground, one, turn=Turn(Path(turn)) if turn else None))
    elif role == "gateway":
        first, second = _sockets(fds, (chosen.host, chosen.port), (chosen.host, content_port_of(chosen, chosen.port)))
        uvloop.run(run_gateway(ground, pages=first, content=second))
    else:
        assert service is not None
        # Pages and ports are two doors: who opens the first to the world has not opened the second.
        first, second = _sockets(fds, (chosen.host, chosen.port), (chosen.ports_host, ports_port))
        uvloop.run(run_service(ground, service, http=first, ports=second))


def _sockets(fds: str | None, pages: tuple[str, int], beside: tuple[str, int]) -> tuple[socket.socket, socket.socket]:
    if fds:
        numbers = [int(number) for number in fds.split(",")]
        return socket.socket(fileno=numbers[0]), socket.socket(fileno=numbers[1])
    return bind(*pages, setting="STOA_PORT"), bind(*beside, setting="STOA_PORTS_PORT")
