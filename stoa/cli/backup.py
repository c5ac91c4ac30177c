"""`stoa backup` and `stoa restore`: a home's database and files, wherever they lie, to one archive and back."""

import asyncio
import os
import shutil
from pathlib import Path

import click
import msgspec
from platformdirs import user_data_path

from stoa.app.options import PlatformSettings
from stoa.kit.blobs import Blobs
from stoa.kit.clock import SystemClock
from stoa.kit.engines.postgres.backup import BLOBS, Summary, back_up, regular_files
from stoa.kit.engines.postgres.binaries import INSTALLS, installed
from stoa.kit.engines.postgres.errors import TargetNotEmpty
from stoa.kit.engines.postgres.restore import restore as load
from stoa.kit.engines.postgres.server import EmbeddedPostgres

NEWEST = max(INSTALLS)
# What a home holds beside its database; without the secrets nothing that it signed or sealed could be read again.
KEPT = (BLOBS, "secrets", "format")


def _home_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="STOA_HOME",
        default=lambda: user_data_path("stoa", appauthor=False),
        help="The home to act on [default: STOA_HOME, else the platform's data folder].",
    )(command)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_home_option
@click.option(
    "--postgres",
    type=click.Choice([str(major) for major in INSTALLS]),
    default=str(NEWEST),
    help=f"The version of PostgreSQL that wrote the data [default: {NEWEST}].",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def backup(file: Path, home: Path, postgres: str, as_json: bool) -> None:
    """Save the home's database and files into FILE, while Stoa runs or not.

    FILE holds personal data and the home's secrets: keep it as safe as the home itself.
    """
    summary = asyncio.run(_back_up(file, home.absolute(), int(postgres)))
    _say(summary, f"Saved to {file}", as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_home_option
@click.option("--force", is_flag=True, help="Replace what the home holds.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def restore(file: Path, home: Path, force: bool, as_json: bool) -> None:
    """Load FILE into an empty home, verifying every checksum and row count; Stoa must not be running on it."""
    summary = asyncio.run(_restore(file, home.absolute(), force))
    _say(summary, f"Restored into {home}", as_json)


async def _back_up(file: Path, home: Path, major: int) -> Summary:
    store = _object_store()
    async with EmbeddedPostgres(home, major=major).reached() as endpoint:
        return await back_up(endpoint.dsn(), _files(home), file, tools=installed(NEWEST), blobs=store)


async def _restore(file: Path, home: Path, force: bool) -> Summary:
    store = _object_store()
    if store is not None and not force:
        async for found in store.list(""):
            raise TargetNotEmpty(
                f"There is data already in the object store ({found.key}).",
                hint="Name another bucket or STOA_S3_PREFIX, or add --force to write over what is there.",
            )
    postgres = EmbeddedPostgres(home)
    endpoint = await postgres.start()
    try:
        summary = await load(endpoint.dsn(), _files(home), file, tools=installed(NEWEST), replace=force)
    finally:
        await postgres.stop()
    if store is not None:
        await _move_into(store, home / BLOBS)
    return summary


def _object_store() -> Blobs | None:
    """Return the object store that the settings choose; None where files lie in the home."""
    if PlatformSettings.load(os.environ).blobs != "s3":
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
