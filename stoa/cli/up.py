"""`stoa up`: the whole platform on this machine."""

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from stoa.cli.options import home_option, listen_options, sockets_port_option

if TYPE_CHECKING:
    from stoa.app.home import Running


@click.command()
@home_option
@listen_options
@click.option("--split", is_flag=True, help="One process per service, over PostgreSQL, Valkey and a Kafka broker.")
@sockets_port_option
def up(split: bool) -> None:
    """Start the platform on this machine; Ctrl-C stops it, the data stays."""
    began = time.perf_counter()
    lead = "\r\x1b[K" if sys.stderr.isatty() else ""

    def tell(step: str, *, nl: bool = True) -> None:
        click.secho(f"{lead}  {time.perf_counter() - began:5.1f} s  {step}", dim=True, err=True, nl=nl)

    def progress(step: str) -> None:
        if lead:
            tell(step, nl=False)

    tell("Loading the services")
    # Two seconds to import on a small machine: the line above comes first.
    import uvloop

    from stoa.app.embedded import survey
    from stoa.app.running import run_embedded
    from stoa.app.serving import raise_file_limit
    from stoa.kit.telemetry.logs import configure_logs

    ground = survey(os.environ)
    configure_logs(style=ground.settings.log_format, level=ground.settings.log_level)
    raise_file_limit()
    click.echo(f"Stoa on {ground.home.root}", err=True)
    if split:
        from stoa.app.split import run_split

        uvloop.run(run_split(ground, tell=tell, progress=progress, announce=show))
    else:
        uvloop.run(run_embedded(ground, tell=tell, announce=show))
    click.echo("Stoa has stopped; the data stays in the home.", err=True)


def show(running: "Running") -> None:
    """Say where the platform is reached and with which accounts."""
    click.echo()
    click.secho(f"  Stoa is ready: {running.url}", bold=True)
    click.echo(f"  Data: {running.home}")
    click.echo(f"  Letters that it sends: {running.url}/dev/mail")
    if running.mode == "split":
        show_processes(running)
    show_accounts(running)
    if not running.accounts:
        click.echo(f"  Somebody to administer it: stoa admin EMAIL --home {running.home}")
    click.echo("\n  Ctrl-C stops it.\n")


def show_processes(running: "Running") -> None:
    """Say what runs where: one line where one process does everything."""
    alone = {service.pid for service in running.services}
    if len(alone) == 1:
        click.echo(f"  Process: {alone.pop()}, with all {len(running.services)} services")
        return
    click.echo("\n  Processes")
    for service in running.services:
        click.echo(f"    {service.name:<16}{service.pid:>8}  {service.state}")


def show_accounts(running: "Running") -> None:
    """Say the demo accounts, where there are any."""
    if running.accounts:
        click.echo("\n  Demo accounts")
        for account in running.accounts:
            click.echo(f"    {account.role:<12}{account.email:<28}{account.password}")
