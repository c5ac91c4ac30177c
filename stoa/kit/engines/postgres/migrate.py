"""Brings a database to the shape this version needs: roles, schemas and plain SQL files, once each and in order."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import asyncpg

from stoa.kit.contract import Struct
from stoa.kit.engines.postgres.database import LOGIN, RELAY_ROLE, role_of
from stoa.kit.engines.postgres.lint import problems_of
from stoa.kit.engines.postgres.overdue import Connection
from stoa.kit.errors import EnvironmentProblem

LOCK = 0x73746F61
LOCK_TIMEOUT = "2s"
LOCK_ATTEMPTS = 15


class MigrationRefused(EnvironmentProblem):
    """The files and the database disagree about what has been applied, or a file breaks the rules."""

    code, title = "stoa.migration_refused", "The database cannot be brought to this version"


class Migration(Struct, frozen=True, kw_only=True):
    """One SQL file of one service."""

    service: str
    version: str
    sql: str
    checksum: str


class MigrationSet(Struct, frozen=True, kw_only=True):
    """The migrations of one schema; `house` adds the kit's outbox, inbox and dead letters to it."""

    service: str
    migrations: tuple[Migration, ...]
    house: bool = True


def read_migrations(service: str, folder: Path | Traversable, *, house: bool = True) -> MigrationSet:
    """Read and check the SQL files of a folder; a folder that is not there holds none."""
    migrations = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else []:
        if file.name.endswith(".sql"):
            sql = file.read_text(encoding="utf-8")
            if problems := problems_of(file.name, sql):
                raise MigrationRefused(
                    f"{service}: " + "; ".join(problems), hint="split it, or name the last step *_contract.sql"
                )
            migrations.append(_migration(service, file.name.removesuffix(".sql"), sql))
    return MigrationSet(service=service, migrations=tuple(migrations), house=house)


async def migrate(
    admin: Connection, sets: Sequence[MigrationSet], *, passwords: Mapping[str, str] | None = None
) -> list[str]:
    """Apply what is missing and return its names; safe to run from many processes at once.

    `admin` may create roles and schemas. With `passwords` (service to password) the services' roles may log in.
    """
    wanted = _planned(sets)
    if not _missing(wanted, await _applied(admin)) and not passwords:
        return []
    await admin.execute(f"select pg_advisory_lock({LOCK})")
    try:
        await _prepare(admin, sets)
        pending = _missing(wanted, await _applied(admin))
        for migration in pending:
            await _apply(admin, migration)
        for service, password in (passwords or {}).items():
            statement = await admin.fetchval(
                "select format('alter role %I login password %L', $1::text, $2::text)", role_of(service), password
            )
            await admin.execute(statement)
    finally:
        await admin.execute(f"select pg_advisory_unlock({LOCK})")
    return [f"{migration.service}/{migration.version}" for migration in pending]


async def pending_of(admin: Connection, sets: Sequence[MigrationSet]) -> list[str]:
    """Name the migrations that a database still lacks; raise MigrationRefused if it disagrees with the files."""
    missing = _missing(_planned(sets), await _applied(admin))
    return [f"{migration.service}/{migration.version}" for migration in missing]


def _planned(sets: Sequence[MigrationSet]) -> list[Migration]:
    own = files("stoa.kit.engines.postgres") / "migrations"
    planned = list(read_migrations("kit", own / "kit").migrations)
    house = read_migrations("house", own / "house").migrations
    for chosen in sets:
        if chosen.house:
            planned += [
                _migration(chosen.service, f"house/{step.version}", step.sql.replace("{service}", chosen.service))
                for step in house
            ]
        planned += chosen.migrations
    return planned


def _migration(service: str, version: str, sql: str) -> Migration:
    checksum = hashlib.sha256(sql.encode()).hexdigest()
    return Migration(service=service, version=version, sql=sql, checksum=checksum)


async def _applied(admin: Connection) -> dict[tuple[str, str], str]:
    try:
        rows = await admin.fetch("select service, version, checksum from kit.migrations")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return {}
    return {(row["service"], row["version"]): row["checksum"] for row in rows}


def _missing(wanted: Sequence[Migration], applied: Mapping[tuple[str, str], str]) -> list[Migration]:
    for migration in wanted:
        recorded = applied.get((migration.service, migration.version))
        if recorded not in (None, migration.checksum):
            raise MigrationRefused(
                f"{migration.service}/{migration.version}.sql was changed after it had been applied",
                hint="put the file back as it was and write a new migration with the next number",
            )
    known = {(migration.service, migration.version) for migration in wanted}
    services = {migration.service for migration in wanted}
    newer = sorted(
        f"{service}/{version}"
        for service, version in applied
        if service in services and (service, version) not in known
    )
    if newer:
        raise MigrationRefused(
            f"the database has migrations that this version does not know: {', '.join(newer)}",
            hint="start the newer version of Stoa, or restore an older backup",
        )
    return [migration for migration in wanted if (migration.service, migration.version) not in applied]


async def _prepare(admin: Connection, sets: Sequence[MigrationSet]) -> None:
    roles = [LOGIN, RELAY_ROLE, *(role_of(chosen.service) for chosen in sets)]
    script = [
        *(
            f"do $$ begin create role {_quoted(role)} noinherit;"
            " exception when duplicate_object or unique_violation then null; end $$"
            for role in roles
        ),
        f"alter role {_quoted(LOGIN)} login",
        "create schema if not exists kit",
        f"grant usage on schema kit to {', '.join(map(_quoted, roles[1:]))}",
        "create table if not exists kit.migrations (service text, version text, checksum text not null,"
        " at timestamptz not null default now(), primary key (service, version))",
        "comment on table kit.migrations is 'distribution=local'",
        f"grant {', '.join(map(_quoted, roles[1:]))} to {_quoted(LOGIN)}",
    ]
    for chosen in sets:
        script.append(f"create schema if not exists {_quoted(chosen.service)}")
        script.append(f"grant usage on schema {_quoted(chosen.service)} to {_quoted(role_of(chosen.service))}")
    await admin.execute("begin; set local client_min_messages = warning; " + "; ".join(script) + "; commit")


async def _apply(admin: Connection, migration: Migration) -> None:
    record = (
        "insert into kit.migrations (service, version, checksum)"  # noqa: S608 (names of our own files)
        f" values ('{migration.service}', '{migration.version}', '{migration.checksum}')"
    )
    script = f"begin; set local lock_timeout = '{LOCK_TIMEOUT}';\n{migration.sql}\n;{record}; commit"
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            await admin.execute(script)
        except asyncpg.LockNotAvailableError as error:
            await admin.execute("rollback")
            if attempt == LOCK_ATTEMPTS:
                raise MigrationRefused(
                    f"{migration.service}/{migration.version} could not get its lock in {LOCK_ATTEMPTS} attempts",
                    hint="a long transaction holds the table; end it and migrate again",
                ) from error
            await asyncio.sleep(0.2 * attempt)
        except asyncpg.PostgresError as error:
            await admin.execute("rollback")
            raise MigrationRefused(f"{migration.service}/{migration.version}: {error}") from error
        else:
            return


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
