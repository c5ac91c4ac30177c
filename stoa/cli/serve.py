"""`stoa serve`: one role or one service of a platform of many processes."""

import os
import signal
import socket

import click
import uvloop

from stoa.app.embedded import content_port_of, survey
from stoa.app.roles import run_gateway, run_jobs, run_service
from stoa.app.serving import bind
from stoa.cli.options import home_option, listen_options
from stoa.kit.engines.postgres.launch import die_with
from stoa.kit.telemetry.logs import configure_logs


@click.command()
@home_option
@listen_options
@click.option("--role", type=click.Choice(["service", "jobs", "gateway"]), default="service", help="What to run.")
@click.option("--service", help="The service to run, with --role service.")
@click.option(
    "--ports-port", type=click.IntRange(0, 65_535), default=8101, help="The internal port for other services."
)
@click.option("--fds", help="File descriptors of sockets that are bound already, two separated by a comma.")
def serve(role: str, service: str | None, ports_port: int, fds: str | None) -> None:
    """Run one role or one service; where the others are is said by STOA_PORTS_AT and STOA_HTTP_AT."""
    owner = os.environ.pop("STOA_OWNER", "")
    if owner:
        # At once: what is under way has no database any more, and the next platform wants the ports.
        die_with(int(owner), signal.SIGKILL)
    ground = survey(os.environ)
    configure_logs(level=ground.settings.log_level)
    if role == "jobs":
        uvloop.run(run_jobs(ground))
        return
    if role == "service" and service not in ground.manifests:
        raise click.UsageError(f"--service is one of {', '.join(ground.manifests)}")
    chosen = ground.settings
    if role == "gateway":
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
