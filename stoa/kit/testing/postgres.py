"""A real PostgreSQL for tests: one server a worker, one database a service, emptied between tests."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stoa.kit.clock import Clock
from stoa.kit.engines.postgres.cluster import SUPERUSER
from stoa.kit.engines.postgres.database import LOGIN, Database, Login, connect, pool_of
from stoa.kit.engines.postgres.migrate import MigrationSet, migrate
from stoa.kit.engines.postgres.overdue import Connection
from stoa.kit.engines.postgres.pool import Pool
from stoa.kit.engines.postgres.server import EmbeddedPostgres

ROOMY = "max_connections=200\n"
FAST = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nautovacuum=off\n" + ROOMY


class ThrowawayPostgres:
    """The embedded server on a home in a temporary folder that is gone when it stops; not `durable` unless asked."""

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = ROOMY if durable else FAST
        self._home = Path(tempfile.mkdtemp(prefix="stoa-pg-"))
        self._server = EmbeddedPostgres(self._home)
        self._databases: set[str] = set()
        self._pools: list[Pool] = []

    async def start(self) -> None:
        """Make a cluster and bring it up."""
        extra = self._home / "postgres" / "postgresql.extra.conf"
        extra.parent.mkdir(mode=0o700, parents=True)
        extra.write_text(self._settings)
        await self._server.start()

    async def stop(self) -> None:
        """Close every pool, stop the server and remove its home."""
        for pool in self._pools:
            await pool.close(deadline_s=1)
        await self._server.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def login(self, database: str, user: str = LOGIN, password: str | None = None) -> Login:
        """Say how to log in to one of the databases."""
        return Login(
            host=self._server.endpoint.socket_dir,
            port=self._server.endpoint.port,
            database=database,
            user=user,
            password=password,
        )

    async def migrated(self, name: str, sets: Sequence[MigrationSet]) -> Login:
        """Return the login of a database with these migrations; made once, emptied when it is asked for again."""
        if name not in self._databases:
            admin = await connect(self.login("postgres", SUPERUSER))
            await admin.execute(f'create database "{name}"')
            await admin.close()
            self._databases.add(name)
        admin = await connect(self.login(name, SUPERUSER))
        try:
            if not await migrate(admin, sets):
                await _empty(admin)
        finally:
            await admin.close()
        return self.login(name)

    def database(self, name: str, service: str, *, clock: Clock | None = None, pool: Pool | None = None) -> Database:
        """Bind a service to a database, over a pool of its own unless one is given."""
        if pool is None:
            pool = self.pool(name)
        return Database(pool, service, clock=clock)

    def pool(self, name: str, *, size: int = 10) -> Pool:
        """Open a pool on a database; it is closed with the server at the latest."""
        pool = pool_of(self.login(name), size=size)
        self._pools.append(pool)
        return pool


async def _empty(admin: Connection) -> None:
    tables = await admin.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema', 'kit')"
    )
    filled = [
        row["name"]
        for row in tables
        if await admin.fetchval(f"select exists (select from {row['name']})")  # noqa: S608 (quoted by format)
    ]
    await admin.execute(
        "update kit.relay_buckets set owner = null, generation = 0, acknowledged = -1 where owner is not null"
    )
    await admin.execute("delete from kit.relays")
    if filled:
        await admin.execute(f"truncate {', '.join(filled)} restart identity cascade")
