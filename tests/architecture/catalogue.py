"""What PostgreSQL's own catalogue says about our tables, and which of it breaks a data rule."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DISTRIBUTIONS = {"organization": "organization_id", "user": "user_id", "reference": None, "local": None}
# An account and its owner's profile belong to a person, not to one organization.
ACROSS_ORGANIZATIONS = {"identity", "people"}
# A person is never named in a table that is copied to every node of a cluster.
PERSONAL = re.compile(r"^(user|learner|person|marker|author|member|owner)(_id)?$")

TABLES = """
select n.nspname as schema, c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
  c.relrowsecurity as row_security, c.relforcerowsecurity as forced,
  (select count(*) from pg_policy p where p.polrelid = c.oid) as policies,
  pg_get_userbyid(c.relowner)::text as owner,
  array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    order by a.attnum) as columns,
  array(select ic.relname::text || ':' || coalesce((
      select string_agg(coalesce(a.attname::text, '?'), ',' order by k.place)
      from unnest(i.indkey::int[]) with ordinality as k(number, place)
      left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number and k.number > 0), '')
    from pg_index i join pg_class ic on ic.oid = i.indexrelid
    where i.indrelid = c.oid and (i.indisunique or i.indisprimary)) as unique_keys,
  exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as has_primary_key,
  array(select f.conname::text || ':' || fn.nspname::text from pg_constraint f
    join pg_class fc on fc.oid = f.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
    where f.conrelid = c.oid and f.contype = 'f') as foreign_keys
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1::text[])
order by 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table as the catalogue describes it; keys are `name:column,column`, foreign keys `name:schema`."""

    schema: str
    name: str
    comment: str
    columns: Sequence[str]
    unique_keys: Sequence[str] = ()
    foreign_keys: Sequence[str] = ()
    has_primary_key: bool = True
    row_security: bool = False
    forced: bool = False
    policies: int = 0
    owner: str = ""

    @property
    def distribution(self) -> str:
        """Return what the comment declares ("distribution=organization")."""
        found = re.match(r"distribution=(\w+)", self.comment)
        return found[1] if found else ""


def violations(tables: Iterable[Table]) -> list[str]:
    """Return every breach of the data rules: distribution, keys, borders, the second wall, people."""
    return [f"{table.schema}.{table.name}: {breach}" for table in tables for breach in _breaches(table)]


def _breaches(table: Table) -> list[str]:
    if table.distribution not in DISTRIBUTIONS:
        return [f"its COMMENT declares no distribution ({', '.join(DISTRIBUTIONS)}) but {table.comment!r}"]
    return [*_keys(table), *_borders(table), *_walls(table), *_people(table)]


def _keys(table: Table) -> list[str]:
    first = DISTRIBUTIONS[table.distribution]
    if first is None:
        return []
    found = [] if table.has_primary_key else ["has no primary key"]
    if first not in table.columns:
        found.append(f"is distributed by {table.distribution} and has no column {first}")
    for key in table.unique_keys:
        name, _, columns = key.partition(":")
        if columns.split(",")[0] != first:
            found.append(f"{name} ({columns}) does not begin with {first}")
    if "organization_id" not in table.columns and table.schema not in ACROSS_ORGANIZATIONS:
        found.append("has no column organization_id")
    return found


def _borders(table: Table) -> list[str]:
    foreign = (key.partition(":") for key in table.foreign_keys)
    return [f"{name} points into {schema}" for name, _, schema in foreign if schema != table.schema]


def _walls(table: Table) -> list[str]:
    if table.distribution not in {"organization", "user"} or "organization_id" not in table.columns:
        return []
    if table.schema in ACROSS_ORGANIZATIONS and table.distribution == "user":
        return []
    found = [] if table.row_security and table.policies else ["has no row-level security by organization"]
    if table.owner == f"stoa_{table.schema}" and not table.forced:
        found.append("belongs to its service's role, whom row-level security does not bind")
    return found


def _people(table: Table) -> list[str]:
    named = [column for column in table.columns if PERSONAL.match(column)]
    if named and table.distribution == "reference":
        return [f"names a person ({', '.join(named)}) in a reference table"]
    return []
