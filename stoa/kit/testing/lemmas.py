"""A tiny service that the kit's own tests use: lemmas, which are proved."""

import hashlib
from typing import ClassVar
from uuid import UUID

from stoa.kit.contract import Event
from stoa.kit.engines.postgres.migrate import Migration, MigrationSet
from stoa.kit.store import Record, UnitOfWork

_SQL = """
create table lemmas.lemmas (
  organization_id uuid not null,
  lemma_id uuid not null,
  title text not null,
  primary key (organization_id, lemma_id)
);
select kit.organization_table('lemmas.lemmas');
create table lemmas.heard (
  n bigint generated always as identity primary key,
  key text not null,
  title text not null
);
select kit.local_table('lemmas.heard');
"""

LEMMAS = MigrationSet(
    service="lemmas",
    migrations=(
        Migration(service="lemmas", version="0001_first", sql=_SQL, checksum=hashlib.sha256(_SQL.encode()).hexdigest()),
    ),
)


class LemmaProved(Event, frozen=True, kw_only=True):
    """A lemma has a proof."""

    type_: ClassVar[str] = "stoa.lemmas.lemma-proved.v1"
    key_: ClassVar[str] = "lemma_id"

    lemma_id: UUID
    title: str


class LemmasTx(UnitOfWork):
    """The queries of lemmas."""

    async def save(self, lemma: UUID, title: str) -> None:
        """Insert a lemma."""
        await self.execute("insert into lemmas.lemmas values ($1, $2, $3)", self.organization, lemma, title)

    async def title_of(self, lemma: UUID) -> str | None:
        """Return a lemma's title."""
        title: str | None = await self.fetchval("select title from lemmas.lemmas where lemma_id = $1", lemma)
        return title

    async def titles(self) -> list[str]:
        """Return all titles in order."""
        return [row["title"] for row in await self.fetch("select title from lemmas.lemmas order by title")]

    async def outbox(self) -> list[Record]:
        """Return what waits in the outbox."""
        return await self.fetch("select * from lemmas.outbox order by seq")

    async def hear(self, key: str, title: str) -> None:
        """Note that an event was heard."""
        await self.execute("insert into lemmas.heard (key, title) values ($1, $2)", key, title)

    async def hear_all(self, rows: list[tuple[str, str]]) -> None:
        """Note that events were heard."""
        keys, titles = [key for key, _ in rows], [title for _, title in rows]
        await self.execute(
            "insert into lemmas.heard (key, title) select * from unnest($1::text[], $2::text[])", keys, titles
        )

    async def heard(self) -> list[tuple[str, str]]:
        """Return what was heard, in the order of hearing."""
        return [
            (row["key"], row["title"]) for row in await self.fetch("select key, title from lemmas.heard order by n")
        ]
