"""What a service has told in a test: the events of its outbox and the jobs it has queued."""

from typing import TypeVar

import msgspec

from stoa.kit.contract import Event, Job
from stoa.kit.engines.postgres.cluster import SUPERUSER
from stoa.kit.engines.postgres.database import Database, connect
from stoa.kit.events import decode
from stoa.kit.testing.postgres import ThrowawayPostgres

E = TypeVar("E", bound=Event)
J = TypeVar("J", bound=Job)


async def told(database: Database, kind: type[E]) -> list[E]:
    """Return the events of one kind that a service has published, in their order."""
    async with database.session(None) as connection:
        rows = await connection.fetch(
            f"select envelope from {database.schema}.outbox where type = $1 order by seq",  # noqa: S608 (a service's name)
            kind.type_,
        )
    return [msgspec.json.decode(decode(row["envelope"].encode()).data, type=kind) for row in rows]


async def queued(postgres: ThrowawayPostgres, service: str, kind: type[J]) -> list[J]:
    """Return the jobs of one kind that a service of `database_for(…, jobs=True)` has queued, in their order."""
    admin = await connect(postgres.login(f"{service}_test", SUPERUSER))
    try:
        rows = await admin.fetch(
            "select args -> 'job' as job from jobs.procrastinate_jobs where task_name = $1 order by id", kind.type_
        )
    finally:
        await admin.close()
    return [msgspec.convert(row["job"], kind) for row in rows]


async def hidden_from_others(database: Database, *, mine: object, other: object) -> dict[str, tuple[int, int]]:
    """Count the rows of every table of organizations as one organization and as another: {table: (mine, other's)}."""
    async with database.session(None) as connection:
        tables = await connection.fetch(
            "select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = $1 and c.relkind in ('r', 'p')"
            " and obj_description(c.oid) ~ 'distribution=(organization|user)'"
            " and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id')",
            database.schema,
        )
    counts: dict[str, list[int]] = {row["name"]: [] for row in tables}
    for organization in (mine, other):
        async with database.session(organization) as connection:  # type: ignore[arg-type]  # an OrganizationId
            for name, seen in counts.items():
                seen.append(await connection.fetchval(f"select count(*) from {database.schema}.{name}"))  # noqa: S608
    return {name: (seen[0], seen[1]) for name, seen in counts.items()}
