"""The really migrated database keeps every data rule: a walk through PostgreSQL's own catalogue."""

from importlib.resources import files

import pytest

from stoa.kit.engines.postgres.database import connect
from stoa.kit.engines.postgres.migrate import read_migrations
from stoa.kit.testing.postgres import SUPERUSER, ThrowawayPostgres
from tests.architecture.catalogue import TABLES, Table, violations
from tests.architecture.tree import ROOT


def services() -> list[str]:
    """Return the services that have migrations."""
    return sorted(path.parent.name for path in (ROOT / "stoa" / "services").glob("*/migrations"))


@pytest.fixture(scope="module")
async def tables(postgres: ThrowawayPostgres) -> list[Table]:
    """Every table of every service, from one database that holds them all."""
    sets = [read_migrations(name, files("stoa.services") / name / "migrations") for name in services()]
    await postgres.migrated("catalogue", sets)
    admin = await connect(postgres.login("catalogue", SUPERUSER))
    try:
        return [Table(**row) for row in await admin.fetch(TABLES, services())]
    finally:
        await admin.close()


async def test_every_table_keeps_the_data_rules(tables: list[Table]) -> None:
    found = violations(tables)

    assert not found, "\n  ".join(["", *found])


async def test_the_walk_saw_every_service(tables: list[Table]) -> None:
    own = {table.schema for table in tables if table.name not in {"outbox", "inbox", "dead_letters"}}
    makes_tables = {
        name
        for name in services()
        if any(
            "create table" in file.read_text() for file in (ROOT / "stoa/services" / name / "migrations").glob("*.sql")
        )
    }

    assert makes_tables <= own


async def test_the_walk_finds_what_really_breaks_a_rule(postgres: ThrowawayPostgres) -> None:
    await postgres.migrated("catalogue_broken", [])
    admin = await connect(postgres.login("catalogue_broken", SUPERUSER))
    try:
        await admin.execute("""
            create schema other; create table other.things (id uuid primary key);
            create schema exams;
            create table exams.sheets (id uuid primary key, organization_id uuid, thing uuid references other.things,
              title text);
            comment on table exams.sheets is 'distribution=organization';
            create unique index by_words on exams.sheets (lower(title), organization_id);
            create table exams.silent (id uuid primary key);
            create table exams.keyless (organization_id uuid);
            comment on table exams.keyless is 'distribution=organization';
        """)
        found = "\n".join(violations(Table(**row) for row in await admin.fetch(TABLES, ["exams"])))
    finally:
        await admin.close()

    for word in ("sheets_pkey", "by_words", "points into other", "row-level security", "silent", "no primary key"):
        assert word in found
