"""`stoa sockets`: tokens for clients of the socket servers, and a server for suites of the protocol's SDKs."""

import os
from datetime import timedelta

import click

from stoa.app.home import Home
from stoa.app.options import PlatformSettings
from stoa.app.process import tokens_of
from stoa.cli.options import home_option
from stoa.kit.clock import SystemClock


@click.group(invoke_without_command=True)
@click.option("--conformance", is_flag=True, help="Let everybody in and publish anything, for suites of the SDKs.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, help="With --conformance.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --conformance: a loopback address.")
@click.pass_context
def sockets(ctx: click.Context, conformance: bool, port: int, host: str) -> None:
    """Work on sockets, which speak Centrifugo's client protocol in JSON."""
    if conformance:
        from stoa.cli.conformance import run_conformance

        run_conformance(host, port)
    elif ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@sockets.command()
@home_option
@click.option("--user", required=True, help="Whom the token is for; {n} is the number of the token.")
@click.option("--channel", help="Make a token for this channel instead of one for a connection; {n} as above.")
@click.option("--publish", is_flag=True, help="With --channel: let the user publish there too.")
@click.option("--minutes", type=click.IntRange(min=1), default=60, show_default=True, help="How long it is good.")
@click.option("--count", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="How many, one a line.")
def token(user: str, channel: str | None, publish: bool, minutes: int, count: int) -> None:
    """Print tokens that the socket servers of this home accept (HS256, Centrifugo's claims).

    A client sends the first kind with its connect command and the second with its subscribe command. Servers of other
    machines accept them where STOA_SOCKETS_SECRET (or STOA_SECRET) is the same there and here.

    For load tests there is the namespace `load`: `--channel load:room --publish`.
    """
    if publish and channel is None:
        raise click.UsageError("--publish is for a --channel")
    loaded = PlatformSettings.load(os.environ)
    home = Home(loaded.home)
    home.prepare()
    tokens, lasting = tokens_of(loaded, home.root_secret(loaded.secret), SystemClock()), timedelta(minutes=minutes)
    for number in range(1, count + 1):
        who = user.replace("{n}", str(number))
        if channel is None:
            click.echo(tokens.connection(user=who, name=who, expires_in=lasting))
        else:
            where = channel.replace("{n}", str(number))
            click.echo(tokens.subscription(user=who, channel=where, expires_in=lasting, publish=publish))
