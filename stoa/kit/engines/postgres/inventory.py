"""What a database holds, read from its catalogue: row counts and checksums by table, roles, and settings."""

from typing import Any

import asyncpg

from stoa.kit.contract import Struct

Connection = Any  # any: asyncpg carries no types

TABLES = """
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence <> 't'
      and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by 1, 2
"""
ROLES = """
    select rolname as name, rolsuper as super, rolinherit as inherit, rolcreaterole as createrole,
           rolcreatedb as createdb, rolcanlogin as login, rolbypassrls as bypassrls, rolconnlimit as connections
    from pg_roles where rolname not like 'pg\\_%' order by 1
"""
MEMBERS = """
    select pg_get_userbyid(m.roleid) as role, pg_get_userbyid(m.member) as member, m.admin_option as admin,
           (to_jsonb(m) ->> 'inherit_option')::boolean as inherit, (to_jsonb(m) ->> 'set_option')::boolean as set_role
    from pg_auth_members m where pg_get_userbyid(m.member) not like 'pg\\_%' order by 1, 2
"""
SETTINGS = """
    select nullif(s.setrole, 0)::regrole::text as role, s.setdatabase <> 0 as here, unnest(s.setconfig) as assignment
    from pg_db_role_setting s
    where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    order by 1, 2, 3
"""
RIGHTS = """
    select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,
           a.privilege_type as privilege
    from pg_database d, aclexplode(d.datacl) a
    where d.datname = current_database() and a.grantee <> d.datdba order by 1, 2
"""


class Table(Struct, frozen=True, kw_only=True):
    """One table's rows, and a checksum of their text that does not depend on their order."""

    schema: str
    name: str
    rows: int
    checksum: str


class Role(Struct, frozen=True, kw_only=True):
    """A role as it must exist before a schema that mentions it; passwords are not carried."""

    name: str
    super: bool
    inherit: bool
    createrole: bool
    createdb: bool
    login: bool
    bypassrls: bool
    connections: int


class Membership(Struct, frozen=True, kw_only=True):
    """One role's membership in another, with the options that PostgreSQL 16 added where known."""

    role: str
    member: str
    admin: bool
    inherit: bool | None
    set_role: bool | None


class Setting(Struct, frozen=True, kw_only=True):
    """A setting bound to a role, to this database, or to both."""

    role: str | None
    here: bool
    assignment: str


class Right(Struct, frozen=True, kw_only=True):
    """A privilege on the database itself."""

    grantee: str
    privilege: str


class Inventory(Struct, frozen=True, kw_only=True):
    """Everything about a database that its dump does not say."""

    major: int
    tables: list[Table]
    roles: list[Role]
    members: list[Membership]
    settings: list[Setting]
    has_own_rights: bool
    rights: list[Right]


async def plain_session(connection: Connection) -> None:
    """Make the text of values depend on nothing but the values, and see every row."""
    await connection.execute(
        "set datestyle to 'ISO, YMD'; set intervalstyle to 'postgres'; set timezone to 'UTC';"
        "set bytea_output to 'hex'; set extra_float_digits to 1; set row_security to off;"
        "set search_path to pg_catalog; set statement_timeout to 0"
    )


async def tables_of(connection: Connection) -> list[Table]:
    """Count and sum up each table, in whatever snapshot the connection's transaction sees."""
    tables = []
    for found in await connection.fetch(TABLES):
        # md5, not PostgreSQL's own hash functions: it is the same on every version and processor.
        digest = "('x' || substr(md5(stoa_row::text), 1, 16))::bit(64)::bigint::numeric"
        name = f"{quoted(found['schema'])}.{quoted(found['name'])}"
        sql = f"select count(*) as rows, coalesce(sum({digest}), 0)::text as checksum from only {name} stoa_row"  # noqa: S608 (quoted)
        summed = await connection.fetchrow(sql)
        tables.append(Table(schema=found["schema"], name=found["name"], **summed))
    return tables


async def take_inventory(connection: Connection) -> Inventory:
    """Read all that a restore must set up or verify."""
    return Inventory(
        major=connection.get_server_version().major,
        tables=await tables_of(connection),
        roles=[Role(**row) for row in await connection.fetch(ROLES)],
        members=[Membership(**row) for row in await connection.fetch(MEMBERS)],
        settings=[Setting(**row) for row in await connection.fetch(SETTINGS)],
        has_own_rights=await connection.fetchval(
            "select datacl is not null from pg_database where datname = current_database()"
        ),
        rights=[Right(**row) for row in await connection.fetch(RIGHTS)],
    )


async def make_roles(connection: Connection, inventory: Inventory) -> None:
    """Make the roles that are missing and every membership; roles that exist keep their own attributes."""
    existing = {row["name"] for row in await connection.fetch("select rolname as name from pg_roles")}
    for role in inventory.roles:
        if role.name not in existing:
            words = [
                word if getattr(role, word.lower()) else f"NO{word}"
                for word in ("INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "BYPASSRLS")
            ]
            options = " ".join(words) + (" SUPERUSER" if role.super else "")
            await connection.execute(f"CREATE ROLE {quoted(role.name)} {options} CONNECTION LIMIT {role.connections}")
    for tie in inventory.members:
        await connection.execute(_grant(tie, connection.get_server_version().major))


def _grant(tie: Membership, major: int) -> str:
    options = ["ADMIN TRUE"] if tie.admin else []
    if major >= 16 and tie.inherit is not None and tie.set_role is not None:
        options += [f"INHERIT {str(tie.inherit).upper()}", f"SET {str(tie.set_role).upper()}"]
    if major < 16:
        options = ["ADMIN OPTION"] if tie.admin else []
    with_ = f" WITH {', '.join(options)}" if options else ""
    return f"GRANT {quoted(tie.role)} TO {quoted(tie.member)}{with_}"


async def apply_to_database(connection: Connection, database: str, inventory: Inventory) -> None:
    """Give a database the settings and rights of the one that was saved."""
    for setting in inventory.settings:
        name, _, value = setting.assignment.partition("=")
        where = f" IN DATABASE {quoted(database)}" if setting.here else ""
        whom = f"ROLE {setting.role}{where}" if setting.role else f"DATABASE {quoted(database)}"
        # List-valued settings are stored as they are written; a quoted one would become a single name.
        text = value if name in {"search_path", "temp_tablespaces"} else "'" + value.replace("'", "''") + "'"
        await connection.execute(f"ALTER {whom} SET {name} TO {text}")
    if inventory.has_own_rights:
        await connection.execute(f"REVOKE ALL ON DATABASE {quoted(database)} FROM PUBLIC")
    for right in inventory.rights:
        await connection.execute(f"GRANT {right.privilege} ON DATABASE {quoted(database)} TO {right.grantee}")


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


async def connected(dsn: str, *, database: str | None = None) -> Connection:
    """Open one connection, to another database of the same server if asked."""
    return await asyncpg.connect(dsn, database=database) if database else await asyncpg.connect(dsn)
