"""`stoa migrate`: bring the database to the schema of this version."""

import asyncio
import os

import click

from stoa.app.embedded import database, survey
from stoa.cli.options import home_option


@click.command()
@home_option
def migrate() -> None:
    """Bring the database to the schema of this version; doing it twice is the same."""
    ground = survey(os.environ)

    async def run() -> None:
        async with database(ground, click.echo):
            click.echo("The database is up to date.")

    asyncio.run(run())
