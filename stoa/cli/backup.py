"""`stoa backup` and `stoa restore`: a home's database and files, wherever they lie, to one archive and back."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from stoa.app.embedded import read_settings
from stoa.app.home import Home
from stoa.app.options import PlatformSettings
from stoa.cli.options import home_option, json_option
from stoa.cli.progress import progress
from stoa.kit.blobs import Blobs
from stoa.kit.clock import SystemClock
from stoa.kit.engines.postgres.archive import refuse_taken
from stoa.kit.engines.postgres.backup import BLOBS, Summary, back_up, regular_files
from stoa.kit.engines.postgres.binaries import INSTALLS, installed
from stoa.kit.engines.postgres.errors import TargetNotEmpty
from stoa.kit.engines.postgres.restore import restore as load
from stoa.kit.engines.postgres.restore import verified
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.errors import Invalid
from stoa.topology import discover

NEWEST = max(INSTALLS)
# What a home holds beside its database; without the secrets nothing that it signed or sealed could be read again.
KEPT = (BLOBS, "secrets", "format")

Show = Callable[[str], None]


class DatabaseElsewhere(Invalid):
    """The platform stores into a database that is not the home's, so the home's would be the wrong one."""

    code, title = "backup.database_elsewhere", "The database is not the home's"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
@click.option(
    "--postgres",
    type=click.Choice([str(major) for major in INSTALLS]),
    default=str(NEWEST),
    help=f"The version of PostgreSQL that wrote the data [default: {NEWEST}].",
)
@click.option("--force", is_flag=True, help="Replace FILE where it is there, once the new backup is whole.")
@json_option
def backup(file: Path, postgres: str, force: bool, as_json: bool) -> None:
    """Save the home's database and files into FILE, while Stoa runs or not.

    FILE holds personal data and the home's secrets: keep it as safe as the home itself.
    """
    settings = _settings()
    with progress() as show:
        summary = asyncio.run(_back_up(file, settings, int(postgres), force, show))
    _say(summary, f"Saved to {file}", as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@home_option
@click.option("--force", is_flag=True, help="Replace what the home holds.")
@json_option
def restore(file: Path, force: bool, as_json: bool) -> None:
    """Load FILE into an empty home, verifying every checksum and row count; Stoa must not be running on it."""
    settings = _settings()
    with progress() as show:
        summary = asyncio.run(_restore(file, settings, force, show))
    _say(summary, f"Restored into {Home(settings.home).root}", as_json)


def _settings() -> PlatformSettings:
    settings, _ = read_settings(os.environ, discover())
    if settings.database_url:
        raise DatabaseElsewhere(
            "STOA_DATABASE_URL names a PostgreSQL of your own, and this command saves and restores a home's",
            hint="Use pg_dump and pg_restore there, and copy the files; or unset STOA_DATABASE_URL to mean the home",
        )
    return settings


async def _back_up(file: Path, settings: PlatformSettings, major: int, force: bool, show: Show) -> Summary:
    home, store = Home(settings.home).root, _object_store(settings)
    # Asked first: reaching a home that is none would make one, and save nothing as if it were all.
    Home(home).check_made()
    refuse_taken(file, replace=force)
    async with EmbeddedPostgres(home, major=major, tell=show).reached() as endpoint:
        tools = installed(NEWEST)
        return await back_up(endpoint.dsn(), _files(home), file, tools=tools, blobs=store, replace=force, tell=show)


async def _restore(file: Path, settings: PlatformSettings, force: bool, show: Show) -> Summary:
    home, store = Home(settings.home).root, _object_store(settings)
    if store is not None and not force:
        async for found in store.list(""):
            raise TargetNotEmpty(
                f"There is data already in the object store ({found.key}).",
                hint="Name another bucket or STOA_S3_PREFIX, or add --force to write over what is there.",
            )
    # Before the home is touched: an archive that is none leaves nothing behind.
    show("Verifying the backup")
    described = await verified(file)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(home, tell=show)
    endpoint = await postgres.start()
    try:
        tools = installed(NEWEST)
        summary = await load(
            endpoint.dsn(), _files(home), file, tools=tools, replace=force, described=described, tell=show
        )
    finally:
        await postgres.stop()
    if store is not None:
        show("Moving the files into the object store")
        await _move_into(store, home / BLOBS)
    return summary


def _object_store(settings: PlatformSettings) -> Blobs | None:
    """Return the object store that the settings choose; None where files lie in the home."""
    if settings.blobs != "s3":
        return None
    from stoa.kit.engines.s3.blobs import S3Blobs, S3Settings

    return S3Blobs(S3Settings.load(os.environ), SystemClock())


async def _move_into(store: Blobs, folder: Path) -> None:
    for path in regular_files(folder):
        await store.put(path.relative_to(folder).as_posix(), path)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _files(home: Path) -> dict[str, Path]:
    return {name: home / name for name in KEPT}


def _say(summary: Summary, sentence: str, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(summary).decode())
        return
    click.echo(
        f"{sentence}: {summary.rows:,} rows of {summary.tables} tables from PostgreSQL {summary.postgres}, "
        f"{summary.files:,} files of {summary.file_bytes:,} bytes."
    )
