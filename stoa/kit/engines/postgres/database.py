"""PostgreSQL as one service sees it: its role, its schema, and sessions that hold one organization."""

from collections.abc import Callable
from typing import Any, Self
from uuid import UUID

import asyncpg
import msgspec

from stoa.kit.clock import Clock, SystemClock
from stoa.kit.contract import Struct
from stoa.kit.engines.postgres.errors import DatabaseUnreachable
from stoa.kit.engines.postgres.overdue import LOOK_S, Connection
from stoa.kit.engines.postgres.pool import DatabaseUnavailable, Pool, Slot, is_gone, name_of

LOGIN = "stoa_app"
RELAY_ROLE = "stoa_relay"
STATEMENT_CACHE = 4096
CUT_OFF = (asyncpg.InterfaceError, TimeoutError)
SETTINGS = {
    "application_name": "stoa",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    "jit": "off",
}


class Login(Struct, frozen=True, kw_only=True):
    """Where a PostgreSQL answers and as whom to log in; `host` may be the folder of its socket."""

    host: str
    port: int = 5432
    database: str = "stoa"
    user: str = LOGIN
    password: str | None = None


def role_of(service: str) -> str:
    """Name the role that owns nothing but the right to a service's schema."""
    return f"stoa_{service}"


async def connect(login: Login, *, pooled: bool = False, patience_s: float | None = 60.0) -> Connection:
    """Open one connection with the kit's codecs; whoever looks after it gives no patience for each statement."""
    connection = await asyncpg.connect(
        host=login.host,
        port=login.port,
        database=login.database,
        user=login.user,
        password=login.password,
        timeout=5,
        command_timeout=patience_s,
        connection_class=Connection,
        statement_cache_size=0 if pooled else STATEMENT_CACHE,
        max_cached_statement_lifetime=0,
        server_settings=None if pooled else SETTINGS,
    )
    try:
        for name, prefix in (("json", b""), ("jsonb", b"\x01")):
            encode, decode = _json_codec(prefix)
            await connection.set_type_codec(name, schema="pg_catalog", encoder=encode, decoder=decode, format="binary")
    except BaseException:
        connection.terminate()
        raise
    connection.looks = 0
    return connection


async def connect_first(login: Login) -> Connection:
    """Open the first connection of a start, or raise DatabaseUnreachable with what the server or the system says."""
    try:
        return await connect(login)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnreachable(
            f"PostgreSQL at {login.host}:{login.port} does not let {login.user} into {login.database}: "
            f"{str(error) or 'no answer'}",
            hint="Start it, or correct STOA_DATABASE_URL",
        ) from error


def pool_of(
    login: Login,
    *,
    size: int = 20,
    login_role: str | None = None,
    pooled: bool = False,
    deadline_s: float = 5.0,
    look_s: float = LOOK_S,
) -> Pool:
    """Make the one pool of a process; `pooled` says that a PgBouncer in transaction mode stands in between."""
    return Pool(
        lambda: connect(login, pooled=pooled, patience_s=None),
        size=size,
        login_role=login_role,
        pooled=pooled,
        deadline_s=deadline_s,
        look_s=look_s,
    )


class Database:
    """The database bound to one service: every session it lends acts as that service's role."""

    def __init__(self, pool: Pool, service: str, *, clock: Clock | None = None, role: str | None = None) -> None:
        self.pool = pool
        self.service = service
        self.schema = service
        self.role = role or role_of(service)
        self.clock = clock or SystemClock()

    def at_hand(self, organization: UUID | None) -> Slot | None:
        """Lend a connection for single statements without a word to PostgreSQL, where one is idle in this session."""
        return None if self.pool.pooled else self.pool.at_hand(self.role, name_of(organization))

    def session(self, organization: UUID | None, *, begin: bool = False, then: str = "") -> "Session":
        """Lend a connection for the length of an `async with`; `then` travels in the same trip as BEGIN."""
        return Session(self, organization, begin=begin, then=then)


class Session:
    """One lent connection, inside a transaction if `begin`; it is given back clean whatever happens."""

    __slots__ = ("_begin", "_database", "_organization", "_pool", "_slot", "_then", "tag")

    def __init__(self, database: Database, organization: UUID | None, *, begin: bool, then: str) -> None:
        self._database = database
        self._pool = database.pool
        self._organization = name_of(organization)
        self._begin = begin or database.pool.pooled
        self._then = then
        self._slot: Slot | None = None
        self.tag = ""

    @classmethod
    def over(cls, database: Database, slot: Slot) -> Self:
        """Return a session on a connection that was at hand, to be ended like any other."""
        session = cls(database, None, begin=False, then="")
        session._slot = slot
        return session

    async def __aenter__(self) -> Connection:
        if not self._begin and (ready := self._pool.at_hand(self._database.role, self._organization)) is not None:
            self._slot = ready
            return ready.connection
        lost: Exception | None = None
        for _ in range(self._pool.size + 1):
            slot = await self._pool.acquire(self._database.role, self._organization, briefly=not self._begin)
            lost = await self._tried(slot)
            if lost is None:
                self._slot = slot
                return slot.connection
            self._pool.discard(slot)
        raise _went_away(lost) from lost

    async def _tried(self, slot: Slot) -> Exception | None:
        """Bring a lent connection into its session; return what went wrong where the connection itself is lost."""
        opened = False
        try:
            await self._open(slot)
            opened = True
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            if is_gone(error):
                opened = True
                return error
            raise
        finally:
            if not opened:
                self._pool.release_after_failure(slot)
        return None

    async def _open(self, slot: Slot) -> None:
        role, organization = self._database.role, self._organization
        sql = self._pool.opening(slot, role, organization, begin=self._begin)
        if self._then:
            sql = f"{sql}; {self._then}"
        if sql:
            self.tag = await slot.connection.execute(sql)
        self._pool.settled(slot, role, organization)

    async def commit(self, *, first: str = "") -> None:
        """Commit, with a last statement in the same trip; a transaction that cannot be committed raises."""
        slot = self._slot
        if slot is None:
            raise RuntimeError("the session is over")
        slot.connection.looks = 0
        tag = await slot.connection.execute(f"{first}; COMMIT" if first else "COMMIT")
        if tag != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("a statement of this transaction failed, so nothing was saved")

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        slot, self._slot = self._slot, None
        if slot is None:
            return
        if error is not None and is_gone(error):
            self._pool.discard(slot)
            raise _went_away(error) from error
        is_open = not slot.connection.is_closed()
        if kind is None and self._pool.pooled and is_open and slot.connection.is_in_transaction():
            await self._end_pooled_reading(slot)
        elif kind is None or (issubclass(kind, Exception) and not issubclass(kind, CUT_OFF)):
            self._pool.release(slot)
        else:
            self._pool.release_after_failure(slot)

    async def _end_pooled_reading(self, slot: Slot) -> None:
        try:
            await slot.connection.execute("COMMIT")
        except BaseException:
            self._pool.release_after_failure(slot)
            raise
        self._pool.release(slot)


def _went_away(error: BaseException | None) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"PostgreSQL went away: {error}", retry_after_s=1)


def _json_codec(prefix: bytes) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:  # any: JSON of any shape
    encoder, decoder, skip = msgspec.json.Encoder(), msgspec.json.Decoder(), len(prefix)

    def encode(value: Any) -> bytes:  # any: JSON of any shape
        return prefix + encoder.encode(value)

    def decode(wire: bytes) -> Any:  # any: JSON of any shape
        return decoder.decode(wire[skip:])

    return encode, decode
