"""Migrations: once each, in order, never changed afterwards, and around a table that is in use."""

import asyncio
import hashlib
from uuid import uuid4

import asyncpg
import pytest

from stoa.kit.engines.postgres import migrate as runner
from stoa.kit.engines.postgres.cluster import SUPERUSER
from stoa.kit.engines.postgres.database import connect
from stoa.kit.engines.postgres.lint import problems_of
from stoa.kit.engines.postgres.migrate import (
    Migration,
    MigrationRefused,
    MigrationSet,
    migrate,
    pending_of,
    read_migrations,
)
from stoa.kit.testing.postgres import ThrowawayPostgres

TABLE = "create table proofs.proofs (organization_id uuid, proof_id uuid, primary key (organization_id, proof_id));"


def a_step(version: str, sql: str) -> Migration:
    return Migration(service="proofs", version=version, sql=sql, checksum=hashlib.sha256(sql.encode()).hexdigest())


def steps(*migrations: Migration) -> list[MigrationSet]:
    return [MigrationSet(service="proofs", migrations=migrations)]


@pytest.fixture
async def admin(postgres: ThrowawayPostgres):
    name = f"migrate_{uuid4().hex[:8]}"
    connection = await connect(postgres.login("postgres", SUPERUSER))
    await connection.execute(f"create database {name}")
    await connection.close()
    connection = await connect(postgres.login(name, SUPERUSER))
    yield connection
    await connection.close()


async def test_each_step_is_applied_once_and_the_second_run_does_nothing(admin):
    first, second = a_step("0001_first", TABLE), a_step("0002_title", "alter table proofs.proofs add title text;")

    pending = await pending_of(admin, steps(first))
    assert (pending[:2], pending[-1]) == (["kit/0001_kit", "proofs/house/0001_events"], "proofs/0001_first")
    assert (await migrate(admin, steps(first)))[-1] == "proofs/0001_first"
    assert await migrate(admin, steps(first, second)) == ["proofs/0002_title"]
    assert await migrate(admin, steps(first, second)) == []


async def test_a_changed_file_is_refused(admin):
    await migrate(admin, steps(a_step("0001_first", TABLE)))

    with pytest.raises(MigrationRefused, match=r"proofs/0001_first\.sql was changed"):
        await migrate(admin, steps(a_step("0001_first", TABLE + " -- afterthought")))


async def test_a_database_of_a_newer_version_is_refused(admin):
    await migrate(admin, steps(a_step("0001_first", TABLE), a_step("0002_next", "select 1;")))

    with pytest.raises(MigrationRefused, match="does not know: proofs/0002_next"):
        await migrate(admin, steps(a_step("0001_first", TABLE)))


async def test_a_step_that_fails_leaves_nothing_behind(admin):
    broken = a_step("0002_broken", "create table proofs.half (n int); select 1 / 0;")

    with pytest.raises(MigrationRefused, match="proofs/0002_broken: division by zero"):
        await migrate(admin, steps(a_step("0001_first", TABLE), broken))

    assert await admin.fetchval("select to_regclass('proofs.half')") is None
    assert await pending_of(admin, steps(a_step("0001_first", TABLE), broken)) == ["proofs/0002_broken"]


async def test_many_processes_may_migrate_at_once(admin, postgres):
    name = await admin.fetchval("select current_database()")
    connections = [await connect(postgres.login(name, SUPERUSER)) for _ in range(4)]

    applied = await asyncio.gather(*(migrate(one, steps(a_step("0001_first", TABLE))) for one in connections))

    assert [bool(names) for names in applied].count(True) == 1
    for one in connections:
        await one.close()


async def test_a_table_in_use_is_waited_for(admin, postgres, monkeypatch):
    monkeypatch.setattr(runner, "LOCK_TIMEOUT", "50ms")
    await migrate(admin, steps(a_step("0001_first", TABLE)))
    reader = await connect(postgres.login(await admin.fetchval("select current_database()"), SUPERUSER))
    await reader.execute("begin; select * from proofs.proofs")
    change = a_step("0002_title", "alter table proofs.proofs add title text;")

    task = asyncio.create_task(migrate(admin, steps(a_step("0001_first", TABLE), change)))
    await asyncio.sleep(0.1)
    await reader.execute("commit")

    assert await task == ["proofs/0002_title"]
    await reader.close()


async def test_a_table_that_is_never_free_ends_in_a_clear_word(admin, postgres, monkeypatch):
    monkeypatch.setattr(runner, "LOCK_TIMEOUT", "5ms")
    monkeypatch.setattr(runner, "LOCK_ATTEMPTS", 2)
    await migrate(admin, steps(a_step("0001_first", TABLE)))
    reader = await connect(postgres.login(await admin.fetchval("select current_database()"), SUPERUSER))
    await reader.execute("begin; select * from proofs.proofs")
    change = a_step("0002_title", "alter table proofs.proofs add title text;")

    with pytest.raises(MigrationRefused, match="could not get its lock in 2 attempts"):
        await migrate(admin, steps(a_step("0001_first", TABLE), change))
    await reader.close()


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("create table proofs.t (a uuid primary key); select kit.organization_table('proofs.t');", "start with"),
        ("create table proofs.t (organization_id uuid); select kit.organization_table('proofs.t');", "no primary key"),
        ("create table proofs.t (user_id uuid, n int, primary key (n, user_id)); select kit.user_table('proofs.t');",
         "start with"),
        (TABLE + "create unique index on proofs.proofs (proof_id); select kit.organization_table('proofs.proofs');",
         "unique index"),
    ],
)  # fmt: skip
async def test_a_key_that_does_not_start_with_the_distribution_is_refused(admin, sql, word):
    with pytest.raises(MigrationRefused, match=word):
        await migrate(admin, steps(a_step("0001_first", sql)))


async def test_the_kits_functions_say_the_distribution_and_shut_the_table(admin):
    sql = (
        TABLE + "select kit.organization_table('proofs.proofs');"
        "create table proofs.marks (user_id uuid, organization_id uuid, primary key (user_id));"
        "select kit.user_table('proofs.marks', isolated => false);"
        "create table proofs.kinds (name text primary key); select kit.reference_table('proofs.kinds');"
    )
    await migrate(admin, steps(a_step("0001_first", sql)))

    rows = await admin.fetch(
        "select relname::text, obj_description(oid) as comment, relrowsecurity and relforcerowsecurity as shut"
        " from pg_class where relnamespace = 'proofs'::regnamespace and relkind = 'r'"
        " and relname in ('proofs', 'marks', 'kinds', 'outbox')"
    )
    assert {tuple(row) for row in rows} == {
        ("proofs", "distribution=organization", True),
        ("marks", "distribution=user", False),
        ("kinds", "distribution=reference", False),
        ("outbox", "distribution=local", False),
    }


async def test_a_tenant_column_cannot_be_forgotten_in_the_where(admin):
    await migrate(admin, steps(a_step("0001_first", TABLE + "select kit.organization_table('proofs.proofs');")))
    mine, theirs = uuid4(), uuid4()
    await admin.execute("insert into proofs.proofs values ($1, $1), ($2, $2)", mine, theirs)

    await admin.execute("set role stoa_proofs")
    assert await admin.fetch("select * from proofs.proofs") == []
    await admin.execute(f"set stoa.organization = '{mine}'")
    assert [row["proof_id"] for row in await admin.fetch("select * from proofs.proofs")] == [mine]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await admin.execute("alter table proofs.proofs disable row level security")
    await admin.execute("reset role")


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("drop table a.b;", "drops"),
        ("alter table a.b drop column c;", "drops"),
        ("alter table a.b drop c;", "drops"),
        ("alter table a.b rename column c to d;", "renames"),
        ("alter table a.b rename to c;", "renames"),
        ("alter table a.b alter column c type bigint;", "type"),
        ("alter table a.b alter c set data type bigint;", "type"),
        ("alter table a.b alter column c set not null;", "forbids null"),
        ("alter table a.b add column c int not null;", "NOT NULL"),
        ("alter table a.b add column c numeric(3, 1) default 1, add d int not null;", "NOT NULL"),
        ("truncate a.b;", "empties"),
        ("commit;", "transaction"),
    ],
)
def test_what_would_break_the_running_version_is_refused(sql, problem):
    assert any(problem in found for found in problems_of("0002_next.sql", sql))
    if problem != "transaction":
        assert problems_of("0002_next_contract.sql", sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        TABLE,
        "alter table a.b add column c int; -- drop table x",
        "alter table a.b add c int not null default 0;",
        "alter table a.b alter column c drop not null;",
        "alter table a.b alter column c set default 'drop table x';",
        "create function f() returns void language plpgsql as $$ begin drop table x; end $$;",
        "alter table a.b add constraint k check (c is not null) not valid;",
        "create index concurrently_not on a.b (type);",
    ],
)
def test_what_expands_is_let_through(sql):
    assert problems_of("0002_next.sql", sql) == []


def test_a_file_that_breaks_the_rules_is_not_even_read(tmp_path):
    (tmp_path / "0001_first.sql").write_text("drop table a.b;")

    with pytest.raises(MigrationRefused, match="drops what the running version may use"):
        read_migrations("proofs", tmp_path)
    assert problems_of("first.sql", "select 1;") != []
