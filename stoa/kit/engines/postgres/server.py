"""The supervisor of the embedded PostgreSQL: starts it, keeps it up, stops it, and never leaves it behind."""

import asyncio
import contextlib
import enum
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import asyncpg

from stoa.kit.contract import Struct
from stoa.kit.engines.postgres.binaries import installed
from stoa.kit.engines.postgres.cluster import PORT, SUPERUSER, Cluster, Tuning, diagnose, environment, refused
from stoa.kit.engines.postgres.errors import PostgresUnavailable
from stoa.kit.engines.postgres.footing import ACCOUNT, SHELTER, find_footing
from stoa.kit.engines.postgres.processes import OwnerLock, PostmasterFile, clear_leftovers, clear_socket

DATABASE = "stoa"
MAINTENANCE = "postgres"
CRASHES_FORGIVEN = 5
CRASH_WINDOW_S = 60.0
LOG_KEPT_BYTES = 4 << 20


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where a server listens, and as whom one logs in; the account of this process may log in as any role."""

    socket_dir: str
    port: int = PORT
    user: str = SUPERUSER
    database: str = DATABASE

    def dsn(self, *, user: str | None = None, database: str | None = None) -> str:
        """Return a connection string for asyncpg, psycopg and libpq's programs."""
        name = quote(user or self.user, safe="")
        return (
            f"postgresql://{name}@/{database or self.database}?host={quote(self.socket_dir, safe='')}&port={self.port}"
        )


class State(enum.StrEnum):
    """What the server is doing, as seen by its supervisor."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    FAILED = "failed"


class Status(Struct, frozen=True, kw_only=True):
    """The server's state, its process and how often it was brought back."""

    state: State
    pid: int | None
    restarts: int
    reason: str = ""


class EmbeddedPostgres:
    """One PostgreSQL on one home, owned by this process.

    Start it from a thread that lives as long as it should: the kernel sends the death signal when the thread that
    launched it ends.
    """

    def __init__(
        self,
        home: Path,
        *,
        major: int = 18,
        tuning: Tuning | None = None,
        start_deadline_s: float = 60.0,
        shelter: Path = SHELTER,
        account: str = ACCOUNT,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._home = home.expanduser().absolute()
        self._major = major
        self._tuning = tuning or Tuning()
        self._start_deadline_s = start_deadline_s
        self._shelter, self._account, self._tell = shelter, account, tell
        self._lock = OwnerLock(self._home / "postgres" / "owner.lock")
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._state, self._reason, self._restarts = State.STOPPED, "", 0
        self._failure: asyncio.Event = asyncio.Event()
        self._cluster: Cluster | None = None
        self._endpoint: Endpoint | None = None

    @property
    def status(self) -> Status:
        """The present state, process and number of restarts."""
        pid = self._process.pid if self._process and self._process.returncode is None else None
        return Status(state=self._state, pid=pid, restarts=self._restarts, reason=self._reason)

    @property
    def endpoint(self) -> Endpoint:
        """Where the server listens, once it was started."""
        if self._endpoint is None:
            raise PostgresUnavailable("PostgreSQL has not been started.")
        return self._endpoint

    def attach(self) -> Endpoint | None:
        """Return the endpoint of the server that another process runs on this home, None when nobody does."""
        pointer = self._home / "postgres" / "location"
        try:
            root = Path(pointer.read_text().strip()) if pointer.exists() else self._home / "postgres"
        except OSError as error:
            raise refused(self._home, error) from error
        lines = PostmasterFile(root / str(self._major)).lines()
        if not self._lock.is_held() or len(lines) < 8 or lines[7].strip() != "ready":
            return None
        return Endpoint(socket_dir=lines[4].strip(), port=int(lines[3]))

    async def start(self) -> Endpoint:
        """Bring the server up on this home, making the home at the first start; cheap to call in a fresh process."""
        if self._state in {State.RUNNING, State.RESTARTING}:
            return self.endpoint
        self._state = State.STARTING
        try:
            cluster = self._cluster = await self._prepare()
            if cluster.is_new:
                self._tell("Making a database in the home")
                await cluster.make()
            else:
                await clear_leftovers(cluster.data, grace_s=15.0)
            self._tell("Starting PostgreSQL")
            sockets = cluster.socket_folder()
            clear_socket(sockets, PORT)
            cluster.configure(sockets)
            self._endpoint = Endpoint(socket_dir=str(sockets))
            await self._launch(cluster)
            await self._ensure_database()
        except OSError as error:
            await self._give_up()
            raise refused(self._home, error) from error
        except BaseException:
            await self._give_up()
            raise
        self._state = State.RUNNING
        self._watch = asyncio.create_task(self._keep_up(cluster), name="postgres-supervisor")
        return self._endpoint

    async def stop(self, deadline_s: float = 20.0) -> None:
        """Shut the server down cleanly; past the deadline, abruptly, which costs a recovery at the next start."""
        if self._state in {State.STOPPED, State.FAILED} and self._process is None:
            return
        self._state = State.STOPPING
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        await self._end_process(deadline_s)
        self._lock.release()
        self._state = State.STOPPED

    async def failure(self) -> str:
        """Wait until the server is beyond restarting, and return why."""
        await self._failure.wait()
        return self._reason

    @contextlib.asynccontextmanager
    async def reached(self) -> AsyncIterator[Endpoint]:
        """Use the home's server whether it runs or not: the running one, or one started for this block alone."""
        endpoint = self.attach()
        if endpoint is not None:
            yield endpoint
            return
        try:
            yield await self.start()
        finally:
            await self.stop()

    async def _prepare(self) -> Cluster:
        (self._home / "postgres").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.take()
        binaries = installed(self._major)
        footing = await find_footing(self._home, binaries, shelter=self._shelter, account=self._account)
        cluster = Cluster(self._home, footing, self._tuning)
        cluster.check()
        return cluster

    async def _launch(self, cluster: Cluster) -> None:
        _rotate(cluster.log)
        command = cluster.footing.command(
            cluster.footing.binaries.postgres, "-D", str(cluster.data), death_signal=signal.SIGINT
        )
        with cluster.log.open("ab") as log:
            began = log.tell()
            # A session of its own: Ctrl-C in the terminal reaches us alone, and we drain before we stop it.
            process = self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
        ended = asyncio.ensure_future(process.wait())
        file = PostmasterFile(cluster.data)
        try:
            async with asyncio.timeout(self._start_deadline_s):
                while not file.is_ready(process.pid):
                    if (await asyncio.wait({ended}, timeout=0.01))[0]:
                        raise diagnose(_tail(cluster.log, began), cluster.data, "PostgreSQL ended while it started")
        except TimeoutError:
            raise PostgresUnavailable(
                f"PostgreSQL was not ready within {self._start_deadline_s:.0f} s.",
                hint=f"It may be recovering after a crash; its log is {cluster.log}.",
            ) from None
        finally:
            ended.cancel()

    async def _ensure_database(self) -> None:
        try:
            connection = await asyncpg.connect(self.endpoint.dsn())
        except asyncpg.InvalidCatalogNameError:
            connection = await asyncpg.connect(self.endpoint.dsn(database=MAINTENANCE))
            await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        await connection.close()

    async def _keep_up(self, cluster: Cluster) -> None:
        loop, crashes = asyncio.get_running_loop(), deque[float](maxlen=CRASHES_FORGIVEN)
        while self._process is not None:
            code = await self._process.wait()
            crashes.append(loop.time())
            if self._state is State.RUNNING:
                self._state, self._reason = State.RESTARTING, f"the server ended by itself ({code})"
            if len(crashes) == CRASHES_FORGIVEN and crashes[-1] - crashes[0] < CRASH_WINDOW_S:
                break
            await asyncio.sleep(0.05 * 3 ** (len(crashes) - 1))
            await self._bring_back(cluster)
        self._state = State.FAILED
        self._failure.set()

    async def _bring_back(self, cluster: Cluster) -> None:
        try:
            await clear_leftovers(cluster.data, grace_s=15.0)
            clear_socket(Path(self.endpoint.socket_dir), PORT)
            await self._launch(cluster)
        except PostgresUnavailable as error:
            self._reason = error.detail
        except OSError as error:
            self._reason = refused(self._home, error).detail
        else:
            self._restarts += 1
            self._state = State.RUNNING

    async def _give_up(self) -> None:
        await self._end_process(5.0)
        self._lock.release()
        self._state = State.STOPPED

    async def _end_process(self, deadline_s: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        steps = ((signal.SIGINT, deadline_s), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        for number, patience_s in steps:
            if process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience_s)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read(1 << 16).decode(errors="replace")
