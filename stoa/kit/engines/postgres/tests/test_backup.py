"""A backup carries every row, role and file, into a newer PostgreSQL too, and is refused when a byte is wrong."""

import os
import resource
import subprocess
import tarfile
from pathlib import Path

import asyncpg
import pytest

from stoa.kit.engines.postgres.archive import SUMS, ArchiveWriter, verify
from stoa.kit.engines.postgres.backup import back_up
from stoa.kit.engines.postgres.binaries import installed
from stoa.kit.engines.postgres.errors import (
    BackupDamaged,
    BackupFailed,
    RestoreFailed,
    RestoreMismatch,
    TargetNotEmpty,
)
from stoa.kit.engines.postgres.inventory import plain_session, tables_of
from stoa.kit.engines.postgres.restore import restore

TOOLS = installed(18)
SCHEMA = """
    create role stoa_courses noinherit login;
    create role stoa_platform noinherit login;
    grant stoa_courses to stoa_platform with inherit false, set true;
    alter role stoa_courses set search_path to courses, public;
    create schema courses authorization stoa_courses;
    create table courses.blocks (
        organization_id uuid, id uuid, title text not null, body jsonb, size double precision, at timestamptz,
        stoa_row text, primary key (organization_id, id)
    );
    comment on table courses.blocks is 'distribution: organization';
    alter table courses.blocks enable row level security;
    alter table courses.blocks force row level security;
    create policy by_organization on courses.blocks
        using (organization_id = current_setting('stoa.organization')::uuid);
    alter table courses.blocks owner to stoa_courses;
    create table courses.events (at timestamptz not null, words text) partition by range (at);
    create table courses.events_2026 partition of courses.events for values from ('2026-01-01') to ('2027-01-01');
    create table courses.numbers (id bigint generated always as identity, t text);
    create function courses.double(n int) returns int security definer language sql as 'select n * 2';
    insert into courses.blocks
        select '00000000-0000-0000-0000-000000000001', gen_random_uuid(), 'title ' || n, '{"a": [1, null, "é"]}',
               n / 3.0, '2026-03-01 12:00+02'::timestamptz + n * interval '1 minute', null
        from generate_series(1, 2000) n;
    insert into courses.events select '2026-05-05', 'words ' || n from generate_series(1, 500) n;
    insert into courses.numbers (t) select 'n' from generate_series(1, 77);
    revoke all on database stoa from public;
    grant connect on database stoa to stoa_platform;
"""


async def fill(dsn: str) -> None:
    """Make a service's schema with everything that a naive copy forgets."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(SCHEMA)
    await connection.close()


async def asked(dsn: str, sql: str) -> object:
    """Return one value."""
    connection = await asyncpg.connect(dsn)
    value = await connection.fetchval(sql)
    await connection.close()
    return value


async def inventory(dsn: str) -> list[object]:
    """Count and sum up all tables."""
    connection = await asyncpg.connect(dsn)
    await plain_session(connection)
    tables = await tables_of(connection)
    await connection.close()
    return tables


def some_files(home: Path) -> dict[str, Path]:
    """Make a small tree of blobs and a secret."""
    blobs = home / "blobs"
    (blobs / "organization" / "deep").mkdir(parents=True)
    (blobs / "organization" / "a.bin").write_bytes(os.urandom(3 << 20))
    (blobs / "organization" / "deep" / "ünï code.txt").write_text("words")
    (blobs / "empty").write_bytes(b"")
    (home / "secret").write_text("root secret")
    return places(home)


def places(home: Path) -> dict[str, Path]:
    """Name what is carried beside the database."""
    return {"blobs": home / "blobs", "secret": home / "secret"}


def tree(path: Path) -> dict[str, bytes]:
    """Read all files under a folder."""
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize("major", [16, 18])
async def test_everything_arrives_in_the_present_version(home, server_on, major):
    old_home, new_home, archive = home / "old", home / "new", home / "backup.stoa"
    old = await server_on(old_home, major=major).start()
    await fill(old.dsn())
    files = some_files(old_home)

    saved = await back_up(old.dsn(), files, archive, tools=TOOLS)
    new = await server_on(new_home).start()
    loaded = await restore(new.dsn(), places(new_home), archive, tools=TOOLS)

    assert saved == loaded
    assert (saved.postgres, saved.rows, saved.files) == (major, 2577, 4)
    assert await inventory(new.dsn()) == await inventory(old.dsn())
    assert tree(new_home / "blobs") == tree(old_home / "blobs")
    assert (new_home / "secret").read_text() == "root secret"


async def test_roles_rights_and_sequences_arrive(home, server_on):
    old = await server_on(home / "old").start()
    await fill(old.dsn())
    await back_up(old.dsn(), {}, home / "backup.stoa", tools=TOOLS)

    new = await server_on(home / "new").start()
    await restore(new.dsn(), {}, home / "backup.stoa", tools=TOOLS)

    assert await asked(new.dsn(user="stoa_platform"), "select set_config('role', 'stoa_courses', false)")
    assert await asked(new.dsn(), "insert into courses.numbers (t) values ('next') returning id") == 78
    assert await asked(new.dsn(), "select obj_description('courses.blocks'::regclass)") == "distribution: organization"
    assert await asked(new.dsn(), "select courses.double(21)") == 42
    owner = "select pg_get_userbyid(relowner) from pg_class where oid = 'courses.blocks'::regclass"
    assert await asked(new.dsn(), owner) == "stoa_courses"
    path = "select setconfig[1] from pg_db_role_setting where setrole = 'stoa_courses'::regrole"
    assert await asked(new.dsn(), path) == "search_path=courses, public"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(new.dsn(user="stoa_courses"))


async def test_rows_committed_while_the_backup_runs_do_not_spoil_it(home, server_on, monkeypatch):
    from stoa.kit.engines.postgres import backup

    old = await server_on(home / "old").start()
    await fill(old.dsn())
    dump = backup._dump

    async def dump_late(*arguments):
        await asked(old.dsn(), "insert into courses.numbers (t) values ('late') returning id")
        await dump(*arguments)

    monkeypatch.setattr(backup, "_dump", dump_late)
    saved = await back_up(old.dsn(), {}, home / "backup.stoa", tools=TOOLS)
    new = await server_on(home / "new").start()
    loaded = await restore(new.dsn(), {}, home / "backup.stoa", tools=TOOLS)

    assert saved == loaded
    assert await asked(new.dsn(), "select count(*) from courses.numbers") == 77


async def test_a_full_target_is_refused_and_replaced_only_when_told(home, server_on):
    server = await server_on(home).start()
    await fill(server.dsn())
    files = some_files(home)
    await back_up(server.dsn(), files, home / "backup.stoa", tools=TOOLS)
    await asked(server.dsn(), "delete from courses.events returning 1")
    (home / "blobs" / "later").write_text("made after the backup")

    with pytest.raises(TargetNotEmpty):
        await restore(server.dsn(), files, home / "backup.stoa", tools=TOOLS)
    await restore(server.dsn(), files, home / "backup.stoa", tools=TOOLS, replace=True)

    assert await asked(server.dsn(), "select count(*) from courses.events") == 500
    assert not (home / "blobs" / "later").exists()
    assert await asked(server.dsn(), "select count(*) from pg_database where datname like 'stoa%'") == 1
    assert sorted(path.name for path in home.iterdir()) == ["backup.stoa", "blobs", "postgres", "secret"]


async def test_a_failed_restore_leaves_the_target_as_it_was(home, server_on):
    server = await server_on(home).start()
    await fill(server.dsn())
    files = some_files(home)
    await back_up(server.dsn(), files, home / "backup.stoa", tools=TOOLS)
    before = (await inventory(server.dsn()), tree(home / "blobs"))

    async def fail(_: str) -> None:
        raise RestoreFailed("The migrations do not fit.")

    with pytest.raises(RestoreFailed):
        await restore(server.dsn(), files, home / "backup.stoa", tools=TOOLS, replace=True, migrate=fail)

    assert (await inventory(server.dsn()), tree(home / "blobs")) == before
    assert await asked(server.dsn(), "select count(*) from pg_database where datname like 'stoa%'") == 1
    assert sorted(path.name for path in home.iterdir()) == ["backup.stoa", "blobs", "postgres", "secret"]


async def test_migrations_run_on_the_loaded_database_before_it_takes_its_place(home, server_on):
    old = await server_on(home / "old").start()
    await fill(old.dsn())
    await back_up(old.dsn(), {}, home / "backup.stoa", tools=TOOLS)
    new = await server_on(home / "new").start()

    async def migrate(dsn: str) -> None:
        await asked(dsn, "alter table courses.numbers add column added int")

    await restore(new.dsn(), {}, home / "backup.stoa", tools=TOOLS, migrate=migrate)

    assert await asked(new.dsn(), "select count(added) from courses.numbers") == 0


async def test_rows_that_differ_from_the_description_are_named(home, server_on, monkeypatch):
    from stoa.kit.engines.postgres import backup

    old = await server_on(home / "old").start()
    await fill(old.dsn())
    take = backup.take_inventory

    async def take_and_lie(connection):
        from msgspec.structs import replace

        taken = await take(connection)
        tables = [replace(table, rows=table.rows + (table.name == "numbers")) for table in taken.tables]
        tables = [replace(table, checksum="0") if table.name == "events_2026" else table for table in tables]
        return replace(taken, tables=tables)

    monkeypatch.setattr(backup, "take_inventory", take_and_lie)
    await back_up(old.dsn(), {}, home / "backup.stoa", tools=TOOLS)
    new = await server_on(home / "new").start()

    with pytest.raises(RestoreMismatch) as refusal:
        await restore(new.dsn(), {}, home / "backup.stoa", tools=TOOLS)

    assert "courses.numbers has 77 rows instead of 78" in refusal.value.detail
    assert "courses.events_2026 has other contents" in refusal.value.detail
    assert await inventory(new.dsn()) == []


async def test_a_flipped_byte_and_a_cut_archive_are_refused_before_anything_is_loaded(home, server_on):
    server = await server_on(home).start()
    await fill(server.dsn())
    archive = home / "backup.stoa"
    await back_up(server.dsn(), some_files(home), archive, tools=TOOLS)
    with tarfile.open(archive) as tar:
        offset = tar.getmember("files/blobs/organization/a.bin").offset_data
    whole = archive.read_bytes()

    archive.write_bytes(whole[: offset + 5] + bytes([whole[offset + 5] ^ 1]) + whole[offset + 6 :])
    with pytest.raises(BackupDamaged, match=r"a\.bin"):
        verify(archive)
    for length in (0, 100, offset, len(whole) // 2):
        archive.write_bytes(whole[:length])
        with pytest.raises(BackupDamaged):
            verify(archive)


async def test_the_archive_can_be_checked_without_stoa(home, server_on):
    server = await server_on(home).start()
    await fill(server.dsn())
    await back_up(server.dsn(), some_files(home), home / "backup.stoa", tools=TOOLS)

    unpacked = home / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "-xf", str(home / "backup.stoa"), "-C", str(unpacked)], check=True)
    checked = subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=unpacked, capture_output=True, check=False)

    assert checked.returncode == 0
    assert checked.stdout.count(b": OK") == 6
    assert (home / "backup.stoa").stat().st_mode & 0o777 == 0o600


def test_an_archive_that_points_outside_is_refused(home):
    home.mkdir()
    (home / "evil").write_text("evil")
    with tarfile.open(home / "bad.stoa", "w") as tar:
        tar.add(home / "evil", arcname="files/blobs/../../../evil")

    with pytest.raises(BackupDamaged):
        verify(home / "bad.stoa")


async def test_a_place_that_cannot_be_written_leaves_no_file(home, server_on):
    server = await server_on(home).start()

    with pytest.raises(BackupFailed):
        await back_up(server.dsn(), {}, home / "nowhere" / "backup.stoa", tools=TOOLS)

    assert not (home / "nowhere").exists()


async def test_a_dump_that_fails_leaves_no_half_archive(home, server_on):
    server = await server_on(home).start()
    await fill(server.dsn())

    with pytest.raises(BackupFailed, match="pg_dump"):
        await back_up(server.dsn(), {}, home / "backup.stoa", tools=installed(16))

    assert [path.name for path in home.iterdir()] == ["postgres"]


def test_two_backups_of_one_name_do_not_write_into_each_other_and_a_killed_one_is_in_nobodys_way(home):
    home.mkdir()
    (home / ".backup.stoa.partial").write_bytes(b"left behind")

    with ArchiveWriter(home / "backup.stoa") as first:
        with pytest.raises(BackupFailed, match="Another backup"):
            ArchiveWriter(home / "backup.stoa")
        first.add_bytes("stoa-backup.json", b"{}")
        first.finish()

    assert [path.name for path in home.iterdir()] == ["backup.stoa"]
    assert verify(home / "backup.stoa") == b"{}"


async def test_a_newer_dump_is_not_loaded_into_an_older_server(home, server_on):
    new = await server_on(home / "new").start()
    await back_up(new.dsn(), {}, home / "backup.stoa", tools=TOOLS)
    old = await server_on(home / "old", major=16).start()

    with pytest.raises(RestoreFailed, match="PostgreSQL 18"):
        await restore(old.dsn(), {}, home / "backup.stoa", tools=TOOLS)


async def test_files_larger_than_memory_are_streamed(home, server_on):
    server = await server_on(home).start()
    (home / "blobs").mkdir()
    with (home / "blobs" / "film").open("wb") as film:
        film.truncate(600 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    await back_up(server.dsn(), {"blobs": home / "blobs"}, home / "backup.stoa", tools=TOOLS)
    verify(home / "backup.stoa")

    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown_mb < 64
