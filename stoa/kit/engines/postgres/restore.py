"""Loads an archive into an empty database and home, verifying every checksum and every row count.

A restore is built beside the target and takes its place only once it was verified.
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import msgspec

from stoa.kit.engines.postgres.archive import CHUNK_BYTES, DESCRIPTION, members, verify
from stoa.kit.engines.postgres.backup import (
    FORMAT,
    TOLD_EVERY,
    Description,
    Summary,
    Tell,
    program,
    regular_files,
    summary,
    with_database,
)
from stoa.kit.engines.postgres.binaries import Binaries
from stoa.kit.engines.postgres.errors import BackupDamaged, RestoreFailed, RestoreMismatch, TargetNotEmpty
from stoa.kit.engines.postgres.inventory import (
    TABLES,
    Connection,
    Inventory,
    Table,
    apply_to_database,
    connected,
    make_roles,
    plain_session,
    quoted,
    tables_of,
)

MAINTENANCE = "postgres"
STAGING, REPLACED = "_restoring", "_replaced"

Migrate = Callable[[str], Awaitable[None]]


async def restore(
    dsn: str,
    files: Mapping[str, Path],
    archive: Path,
    *,
    tools: Binaries,
    replace: bool = False,
    migrate: Migrate | None = None,
    described: Description | None = None,
    tell: Tell = lambda _: None,
) -> Summary:
    """Load an archive into an empty database and empty places for files, or with `replace` in place of what is there.

    Nothing of the target changes before everything was loaded and verified; `migrate` then brings the loaded database
    to the present schema while it is still beside the target. `described` is what `verified` said of the archive.
    """
    described = described or await verified(archive)
    unknown = sorted(set(described.files) - set(files))
    if unknown:
        raise BackupDamaged(f"The archive {archive} holds files that have no place here: {', '.join(unknown)}.")
    places = {name: files[name] for name in described.files}
    try:
        maintenance = await connected(dsn, database=MAINTENANCE)
        try:
            await _refuse_older_server(maintenance, described.inventory)
            if not replace:
                await _refuse_unless_empty(dsn, places)
            loading = _Loading(described.inventory, places, archive, tools, tell)
            counted = await _restore(dsn, maintenance, loading, migrate)
        finally:
            await maintenance.close()
    except OSError as error:
        raise RestoreFailed(
            f"The backup {archive} could not be restored: {error.strerror or error}.",
            hint="Make sure that the home can be written and has room for a second copy.",
        ) from error
    return summary(described.inventory, *counted)


async def verified(archive: Path) -> Description:
    """Read a whole archive, compare every checksum, and return what it says of itself."""
    return _described(await asyncio.to_thread(verify, archive), archive)


@dataclass(frozen=True)
class _Loading:
    """What is loaded, where its files go, and by what."""

    inventory: Inventory
    places: Mapping[str, Path]
    archive: Path
    tools: Binaries
    tell: Tell


async def _restore(dsn: str, maintenance: Connection, loading: _Loading, migrate: Migrate | None) -> tuple[int, int]:
    target = urlsplit(dsn).path.lstrip("/")
    staging = with_database(dsn, target + STAGING)
    try:
        await make_roles(maintenance, loading.inventory)
        await _fresh_database(maintenance, target + STAGING)
        counted = await _load(staging, loading)
        loading.tell("Comparing every row with what was saved")
        await _verify_rows(staging, loading.inventory)
        await apply_to_database(maintenance, target + STAGING, loading.inventory)
        if migrate is not None:
            await migrate(staging)
        await _take_place(maintenance, target)
        await asyncio.to_thread(_files_take_place, loading.places)
        await _drop(maintenance, target + REPLACED)
    finally:
        await asyncio.to_thread(_clear_staged_files, loading.places)
        if not maintenance.is_closed():
            await _drop(maintenance, target + STAGING)
    return counted


async def _drop(maintenance: Connection, database: str) -> None:
    await maintenance.execute(f"DROP DATABASE IF EXISTS {quoted(database)} WITH (FORCE)")


def _described(content: bytes, archive: Path) -> Description:
    try:
        described = msgspec.json.decode(content, type=Description)
    except msgspec.MsgspecError as error:
        raise BackupDamaged(f"The description inside {archive} cannot be read: {error}.") from error
    if described.format > FORMAT:
        raise BackupDamaged(
            f"The archive {archive} was written by a newer Stoa (format {described.format}).",
            hint="Update Stoa and restore again.",
        )
    return described


async def _refuse_unless_empty(dsn: str, files: Mapping[str, Path]) -> None:
    connection = await connected(dsn)
    try:
        tables = await connection.fetch(TABLES)
    finally:
        await connection.close()
    full = [str(path) for path in files.values() if next(regular_files(path), None) is not None]
    if tables:
        full.insert(0, f"the database ({len(tables)} tables)")
    if full:
        raise TargetNotEmpty(
            f"There is data already in {', '.join(full)}.",
            hint="Restore into another home with STOA_HOME, or add --force to replace what is there.",
        )


async def _refuse_older_server(maintenance: Connection, inventory: Inventory) -> None:
    major = maintenance.get_server_version().major
    if major < inventory.major:
        raise RestoreFailed(
            f"The backup comes from PostgreSQL {inventory.major}, and this server is {major}.",
            hint=f"Restore into PostgreSQL {inventory.major} or newer.",
        )


async def _fresh_database(maintenance: Connection, name: str) -> None:
    await _drop(maintenance, name)
    await maintenance.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE template0")


async def _load(dsn: str, loading: _Loading) -> tuple[int, int]:
    loading.tell("Loading the database")
    rest = members(loading.archive)
    current = await asyncio.to_thread(next, rest, None)
    while current is not None and current[0] == DESCRIPTION:
        current = await asyncio.to_thread(next, rest, None)
    options = ("--exit-on-error", "--no-password", "--no-tablespaces", f"--dbname={dsn}")
    program_ = loading.tools.pg_restore
    async with program(program_, *options, stdin=asyncio.subprocess.PIPE, failure=RestoreFailed) as process:
        if process.stdin is None:
            raise RestoreFailed("pg_restore has no input.")
        while current is not None and current[0].startswith("database/"):
            while piece := await asyncio.to_thread(current[2].read, CHUNK_BYTES):
                process.stdin.write(piece)
                await process.stdin.drain()
            current = await asyncio.to_thread(next, rest, None)
        process.stdin.close()
    count = size = 0
    while current is not None and current[0].startswith("files/"):
        await asyncio.to_thread(_stage_file, loading.places, current)
        count, size = count + 1, size + current[1]
        if count % TOLD_EVERY == 1:
            loading.tell(f"Loading the files: {count:,}")
        current = await asyncio.to_thread(next, rest, None)
    return count, size


async def _verify_rows(dsn: str, inventory: Inventory) -> None:
    connection = await connected(dsn)
    try:
        await connection.execute("analyze")
        await plain_session(connection)
        found = {(table.schema, table.name): table for table in await tables_of(connection)}
    finally:
        await connection.close()
    wrong = [_difference(table, found.pop((table.schema, table.name), None)) for table in inventory.tables]
    wrong += [f"{schema}.{name} was not in the backup" for schema, name in found]
    if any(wrong):
        raise RestoreMismatch(f"The restored data differs: {'; '.join(filter(None, wrong))}.")


def _difference(saved: Table, loaded: Table | None) -> str:
    if loaded is None:
        return f"{saved.schema}.{saved.name} is missing"
    if loaded.rows != saved.rows:
        return f"{saved.schema}.{saved.name} has {loaded.rows} rows instead of {saved.rows}"
    return "" if loaded == saved else f"{saved.schema}.{saved.name} has other contents"


async def _take_place(maintenance: Connection, target: str) -> None:
    await _drop(maintenance, target + REPLACED)
    for name in (target, target + STAGING):
        await maintenance.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
    async with maintenance.transaction():
        await maintenance.execute(f"ALTER DATABASE {quoted(target)} RENAME TO {quoted(target + REPLACED)}")
        await maintenance.execute(f"ALTER DATABASE {quoted(target + STAGING)} RENAME TO {quoted(target)}")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f".{path.name}{suffix}")


def _stage_file(files: Mapping[str, Path], member: tuple[str, int, object, int]) -> None:
    name, _, stream, modified = member
    parts = PurePosixPath(name).parts
    if parts[1] not in files or not hasattr(stream, "read"):
        raise BackupDamaged(f"The archive holds {name!r}, which has no place here.")
    path = _beside(files[parts[1]], STAGING).joinpath(*parts[2:])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file, CHUNK_BYTES)
    path.chmod(0o600)
    os.utime(path, (modified, modified))


def _files_take_place(files: Mapping[str, Path]) -> None:
    os.sync()
    for path in files.values():
        staged, replaced = _beside(path, STAGING), _beside(path, REPLACED)
        _remove(replaced)
        if path.exists():
            path.rename(replaced)
        if staged.exists():
            staged.rename(path)
        _remove(replaced)


def _clear_staged_files(files: Mapping[str, Path]) -> None:
    for path in files.values():
        _remove(_beside(path, STAGING))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
