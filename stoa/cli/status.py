"""`stoa status`: what runs on a home."""

import os

import click
import msgspec

from stoa.app.embedded import read_settings
from stoa.app.home import Home
from stoa.app.options import PlatformSettings
from stoa.cli.options import home_option, json_option
from stoa.cli.up import show_accounts, show_processes
from stoa.topology import discover


@click.command()
@home_option
@json_option
def status(as_json: bool) -> int:
    """Say what runs on this home, where, and with which demo accounts; 1 when nothing runs."""
    settings, _ = read_settings(os.environ, discover())
    home = Home(settings.home)
    running = home.running()
    if as_json:
        empty: dict[str, object] = {"url": None, "home": str(home.root), "services": [], "accounts": []}
        click.echo(msgspec.json.encode(empty if running is None else running))
    elif running is None:
        click.echo(_silence(home))
    else:
        click.secho(f"  Stoa runs: {running.url}", bold=True)
        click.echo(f"  Data: {running.home}")
        show_processes(running)
        show_accounts(running)
    return 0 if running is not None else 1


def _silence(home: Home) -> str:
    if home.is_held():
        return f"Process {home.holder()} is at work on {home.root}: a start that is not ready yet, or a command."
    default = Home(PlatformSettings.load({}).home).root
    start = "stoa up" if home.root == default else f"stoa up --home {home.root}"
    return f"Nothing runs on {home.root}. Start it with: {start}"
