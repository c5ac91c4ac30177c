"""Saves a platform's database and files into one archive, while it works or not.

The database travels as PostgreSQL's own dump, so it goes into any newer version; the counts and checksums are taken in
the very snapshot of the dump.
"""

import asyncio
import contextlib
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.contract import Struct
from stoa.kit.engines.postgres.archive import CHUNK_BYTES, DESCRIPTION, ArchiveWriter
from stoa.kit.engines.postgres.binaries import Binaries
from stoa.kit.engines.postgres.cluster import environment
from stoa.kit.engines.postgres.errors import BackupFailed, RestoreFailed
from stoa.kit.engines.postgres.inventory import (
    Connection,
    Inventory,
    connected,
    plain_session,
    take_inventory,
)

FORMAT = 1
# The name under which an archive holds what the blobs engine keeps, on a disk or in an object store.
BLOBS = "blobs"
PART_BYTES = 8 << 20
TOLD_EVERY = 50

Tell = Callable[[str], object]


class Description(Struct, frozen=True, kw_only=True):
    """The first member of an archive: what it holds and how it may be verified."""

    format: int
    files: list[str]
    inventory: Inventory


class Summary(Struct, frozen=True, kw_only=True):
    """What a backup or restore carried."""

    postgres: int
    tables: int
    rows: int
    files: int
    file_bytes: int


async def back_up(
    dsn: str,
    files: Mapping[str, Path],
    archive: Path,
    *,
    tools: Binaries,
    blobs: Blobs | None = None,
    replace: bool = True,
    tell: Tell = lambda _: None,
) -> Summary:
    """Save a database and named files or folders, while the platform may go on working.

    With `blobs`, what an object store holds is saved as the folder of that name would be.
    """
    try:
        with ArchiveWriter(archive, replace=replace) as writer:
            async with _snapshot(dsn) as (connection, snapshot):
                tell("Counting what the database holds")
                inventory = await take_inventory(connection)
                present = sorted(name for name, path in files.items() if path.exists())
                held = sorted({*present, BLOBS}) if blobs else present
                described = Description(format=FORMAT, files=held, inventory=inventory)
                writer.add_bytes(DESCRIPTION, msgspec.json.encode(described))
                await _dump(dsn, snapshot, writer, tools, tell)
            # After the database: a row's file is written before the row is committed, so every row finds its file.
            told = _counted(tell)
            copied = [
                await asyncio.to_thread(_add_tree, writer, f"files/{name}", files[name], told) for name in present
            ]
            if blobs is not None:
                copied += [await _add_blob(writer, blobs, head.key, told) async for head in blobs.list("")]
            tell("Making it durable")
            await asyncio.to_thread(writer.finish)
    except OSError as error:
        raise BackupFailed(
            f"The backup {archive} could not be written: {error.strerror or error}.",
            hint="Choose another place with more room, or one that this account may write.",
        ) from error
    return summary(inventory, sum(count for count, _ in copied), sum(size for _, size in copied))


def with_database(dsn: str, database: str) -> str:
    """Return the connection string of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


@contextlib.asynccontextmanager
async def _snapshot(dsn: str) -> AsyncIterator[tuple[Connection, str]]:
    connection = await connected(dsn)
    try:
        await plain_session(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection, await connection.fetchval("select pg_export_snapshot()")
    finally:
        await connection.close()


def _counted(tell: Tell) -> Callable[[], None]:
    """Return what is called for each file, and tells now and then how many there were."""
    numbers = itertools.count(1)

    def told() -> None:
        number = next(numbers)
        if number % TOLD_EVERY == 1:
            tell(f"Saving the files: {number:,}")

    return told


async def _dump(dsn: str, snapshot: str, writer: ArchiveWriter, tools: Binaries, tell: Tell) -> None:
    tell("Saving the database")
    options = ("--format=custom", "--compress=gzip:1", "--no-tablespaces", "--no-password", f"--snapshot={snapshot}")
    async with program(
        tools.pg_dump, *options, f"--dbname={dsn}", stdin=asyncio.subprocess.DEVNULL, failure=BackupFailed
    ) as process:
        if process.stdout is None:
            raise BackupFailed("pg_dump has no output.")
        number, part = 0, bytearray()
        while piece := await process.stdout.read(CHUNK_BYTES):
            part += piece
            if len(part) >= PART_BYTES:
                await asyncio.to_thread(writer.add_bytes, f"database/{number:08d}", bytes(part))
                number, part = number + 1, bytearray()
                tell(f"Saving the database: {number * PART_BYTES >> 20:,} MB")
        await asyncio.to_thread(writer.add_bytes, f"database/{number:08d}", bytes(part))


@contextlib.asynccontextmanager
async def program(
    path: Path, *arguments: str, stdin: int, failure: type[BackupFailed | RestoreFailed]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one of PostgreSQL's programs for a block, and raise with its own words when it fails."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        str(path), *arguments, stdin=stdin, stdout=pipe, stderr=pipe, env=environment(), limit=CHUNK_BYTES
    )
    complaint = asyncio.ensure_future(process.stderr.read() if process.stderr else asyncio.sleep(0, b""))
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended early, and says why
            yield process
        code, words = await process.wait(), (await complaint).decode(errors="replace").strip()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        complaint.cancel()
    if code != 0:
        last = " / ".join(words.splitlines()[-4:])
        raise failure(f"{path.name} failed: {last or code}.")


def _add_tree(writer: ArchiveWriter, name: str, path: Path, told: Callable[[], None]) -> tuple[int, int]:
    count = size = 0
    for found in regular_files(path):
        told()
        inner = found.relative_to(path).as_posix()
        added = writer.add_file(name if inner == "." else f"{name}/{inner}", found)
        if added is not None:
            count, size = count + 1, size + added
    return count, size


async def _add_blob(writer: ArchiveWriter, blobs: Blobs, key: str, told: Callable[[], None]) -> tuple[int, int]:
    told()
    with tempfile.SpooledTemporaryFile(PART_BYTES) as spool:
        try:
            async for piece in blobs.open(key):
                await asyncio.to_thread(spool.write, piece)
        except BlobNotFound:  # deleted since it was listed
            return 0, 0
        return 1, await asyncio.to_thread(writer.add_stream, f"files/{BLOBS}/{key}", spool)


def regular_files(path: Path) -> Iterator[Path]:
    """Yield the plain files at or under a path in a steady order; links are not followed."""
    if path.is_file() and not path.is_symlink():
        yield path
    if path.is_dir():
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries if not entry.is_symlink())
        for name in names:
            yield from regular_files(path / name)


def summary(inventory: Inventory, count: int, size: int) -> Summary:
    """Sum up what was carried."""
    rows = sum(table.rows for table in inventory.tables)
    return Summary(postgres=inventory.major, tables=len(inventory.tables), rows=rows, files=count, file_bytes=size)
