"""`stoa status`: what runs on a home."""

import os

import click
import msgspec

from stoa.app.home import Home
from stoa.app.options import PlatformSettings
from stoa.cli.options import home_option, json_option
from stoa.cli.up import show


@click.command()
@home_option
@json_option
def status(as_json: bool) -> int:
    """Say what runs on this home, where, and with which demo accounts; 1 when nothing runs."""
    home = Home(PlatformSettings.load(os.environ).home)
    running = home.running()
    if as_json:
        empty: dict[str, object] = {"url": None, "home": str(home.root), "services": [], "accounts": []}
        click.echo(msgspec.json.encode(empty if running is None else running))
    elif running is None:
        click.echo(f"Nothing runs on {home.root}. Start it with: stoa up")
    else:
        show(running)
        for service in running.services:
            click.echo(f"    {service.name:<16}{service.pid:>8}  {service.state}")
    return 0 if running is not None else 1
