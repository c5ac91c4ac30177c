"""The connections of a process, each kept in the role and organization it last served."""

import asyncio
import functools
import itertools
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import asyncpg

from stoa.kit.engines.postgres.overdue import LOOK_S, Connection, Overdue
from stoa.kit.engines.postgres.patience import Patience, SessionKey
from stoa.kit.errors import Unavailable
from stoa.kit.events import Envelope

NOBODY: Final = ""
CLEANING_S: Final = 5.0
# Up to here a new connection is opened rather than one of another role changed.
ROOMY: Final = 14
# With so many single statements of a session under way, the next one waits a moment for one of their connections:
# eight requests that asked four services in step changed the role 3.5 times a request, a trip each, and now 0.01 times.
ENOUGH: Final = 2
# How far down the queue a returned connection looks for somebody who wants its session, and how often in a row.
AT_THE_FRONT: Final = 16
MOST_PASSED_OVER: Final = 8


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer, or every connection stayed busy until the deadline."""

    code, title = "stoa.database_unavailable", "The database is not available for the moment"


_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    # What asyncpg says of a connection whose server said goodbye while it was idle.
    asyncpg.InternalClientError,
    OSError,
)


def is_gone(error: BaseException | None) -> bool:
    """Say whether an error means that the connection is lost, not that a statement was wrong."""
    closed = type(error) is asyncpg.InterfaceError and "closed" in str(error)
    return closed or (isinstance(error, _GONE) and not isinstance(error, TimeoutError))


class Told:
    """Which services of this process have committed events since the relay last looked.

    Changes of the event types `announced` are told to `announce` before the commit is answered.
    """

    def __init__(self) -> None:
        self.services: set[str] = set()
        self.stir = asyncio.Event()
        self.announced: frozenset[str] = frozenset()
        self.announce: Callable[[list[Envelope]], Awaitable[None]] | None = None

    def tell(self, service: str) -> None:
        """Wake the relay: this service's outbox has something new."""
        self.services.add(service)
        self.stir.set()

    def take(self) -> set[str]:
        """Return the services that told, and forget them."""
        services, self.services = self.services, set()
        return services


@functools.lru_cache(maxsize=4096)
def name_of(organization: UUID | str | None) -> str:
    """Return how a session names an organization; a text is one already."""
    return NOBODY if organization is None else str(organization)


class Slot:
    """One connection and what is known of its session; None means unknown, so both are set before its next use."""

    __slots__ = ("briefly_for", "connection", "organization", "role")

    def __init__(self, connection: Connection, role: str | None) -> None:
        self.connection = connection
        self.role = role
        self.organization: str | None = None
        self.briefly_for: SessionKey | None = None

    def forget(self, login_role: str | None) -> None:
        """Trust nothing about the session any more."""
        self.role = login_role
        self.organization = None


class Pool:
    """At most `size` connections for the whole process, handed to whoever asks for a role and an organization.

    Four kinds of session fit in: the embedded login (SET ROLE when it differs), a service's own login (`login_role`),
    and either of them behind PgBouncer (`pooled`), where nothing outlives a transaction.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        size: int = 20,
        login_role: str | None = None,
        pooled: bool = False,
        deadline_s: float = 5.0,
        look_s: float = LOOK_S,
    ) -> None:
        self._connect = connect
        self._login_role = login_role
        self._deadline_s = deadline_s
        self._idle: dict[Slot, None] = {}
        self._by_session: dict[SessionKey, list[Slot]] = {}
        self._brief: dict[SessionKey, int] = {}
        self._patience: Patience[Slot] = Patience(give_back=self.release)
        self._waiting: deque[tuple[asyncio.Future[None], tuple[str, str] | None]] = deque()
        self._passed_over = 0
        self._cleaning: set[asyncio.Task[None]] = set()
        self._leased: set[Slot] = set()
        self.overdue = Overdue(self._leased, every_s=look_s)
        self._opening = 0
        self._closed = False
        self.size = size
        self.roomy = min(size, ROOMY)
        self.pooled = pooled
        self.told = Told()

    @property
    def in_use(self) -> int:
        """The connections that are lent out now."""
        return len(self._leased)

    @property
    def open(self) -> int:
        """The connections that exist now."""
        return len(self._leased) + len(self._idle) + len(self._cleaning) + self._opening

    async def acquire(self, role: str, organization: UUID | str | None, *, briefly: bool = False) -> Slot:
        """Lend a connection, one that is already in this role and organization if there is one.

        Who wants it `briefly`, for single statements, rather waits for one of the same session that is due back.
        """
        if self._login_role is not None and role != self._login_role:
            raise PermissionError(f"this process logs in as {self._login_role} and cannot act as {role}")
        session = (role, name_of(organization))
        is_crowded = briefly and self._brief.get(session, 0) >= ENOUGH
        slot = None if self._waiting or self._closed else self._pick(session, may_change=not is_crowded)
        if slot is None and is_crowded and not (self._waiting or self._closed):
            slot = await self._patience.wait_for(session)
        if slot is None:
            try:
                async with asyncio.timeout(self._deadline_s):
                    slot = await self._wait_for(session)
            except TimeoutError as error:
                raise DatabaseUnavailable(
                    f"no database connection became free in {self._deadline_s:g} s", retry_after_s=1
                ) from error
        if briefly:
            self._note_brief(slot, session)
        return slot

    def at_hand(self, role: str, organization: str) -> Slot | None:
        """Lend a connection for a single statement without waiting, if one is idle in this very session."""
        kept = None if self._waiting or self._closed else self._by_session.get((role, organization))
        if not kept:
            return None
        slot = kept[-1]
        self._unshelve(slot)
        if slot.connection.is_closed():
            return None
        self._leased.add(slot)
        self._note_brief(slot, (role, organization))
        return slot

    def opening(self, slot: Slot, role: str, organization: UUID | str | None, *, begin: bool) -> str:
        """Return the SQL that brings a lent connection into its session, one trip; empty when it is there already.

        The session counts as unknown until `settled` says that the trip succeeded.
        """
        organization_now = name_of(organization)
        if self.pooled:
            role_part = "" if role == self._login_role else f'SET LOCAL ROLE "{role}"; '
            return f"BEGIN; {role_part}SET LOCAL stoa.organization = '{organization_now}'"
        statements = []
        if slot.role != role:
            statements.append(f'SET ROLE "{role}"')
        if slot.organization != organization_now:
            statements.append(f"SET stoa.organization = '{organization_now}'")
        if statements:
            slot.forget(self._login_role)
            if begin:
                # A BEGIN would swallow the SETs before it into its transaction, and a ROLLBACK undo them.
                statements = ["BEGIN", *statements, "COMMIT"]
        if begin:
            statements.append("BEGIN")
        return "; ".join(statements)

    def settled(self, slot: Slot, role: str, organization: UUID | str | None) -> None:
        """Remember the session that the opening trip has set."""
        if not self.pooled:
            slot.role, slot.organization = role, name_of(organization)

    def release(self, slot: Slot) -> None:
        """Take a connection back; one in the middle of something is cleaned before anybody gets it."""
        self._take_back(slot)
        if slot.connection.is_closed() or self._closed:
            slot.connection.terminate()
            self._wake()
        elif slot.connection.is_in_transaction():
            self._clean_later(slot)
        else:
            self._shelve(slot)

    def release_after_failure(self, slot: Slot) -> None:
        """Take a connection back whose last statement was cut off or failed; roll back before anybody gets it."""
        self._take_back(slot)
        if slot.connection.is_closed() or self._closed:
            slot.connection.terminate()
            self._wake()
        else:
            self._clean_later(slot)

    def discard(self, slot: Slot) -> None:
        """Drop a connection that is lost; the idle ones go with it, for they knew the same server."""
        self._take_back(slot)
        slot.connection.terminate()
        for other in list(self._idle):
            self._unshelve(other)
            other.connection.terminate()
        self._wake()

    async def close(self, *, deadline_s: float = 5.0) -> None:
        """Close what is idle, wait for what is lent out, and cut off what is not back by the deadline."""
        self._closed = True
        self.overdue.stop()
        try:
            async with asyncio.timeout(deadline_s):
                while self._leased or self._cleaning or self._opening:
                    await self._turn()
        except TimeoutError:
            for slot in self._leased:
                slot.connection.terminate()
        idle = list(self._idle)
        self._idle.clear()
        self._by_session.clear()
        for slot in idle:
            await slot.connection.close(timeout=deadline_s)
        while self._waiting:
            self._wake()

    def _note_brief(self, slot: Slot, session: SessionKey) -> None:
        slot.briefly_for = session
        self._brief[session] = self._brief.get(session, 0) + 1

    def _take_back(self, slot: Slot) -> None:
        self._leased.discard(slot)
        slot.connection.looks = 0
        if (session := slot.briefly_for) is not None:
            slot.briefly_for = None
            left = self._brief[session] - 1
            if left:
                self._brief[session] = left
            else:
                del self._brief[session]

    def _pick(self, session: tuple[str, str], *, may_change: bool = True) -> Slot | None:
        while self._idle:
            kept = self._by_session.get(session)
            if not kept and not may_change:
                return None
            if not kept and not self.pooled and self.open < self.roomy and not self._closed:
                # Another connection costs memory once, another role on this one a trip each time.
                return None
            slot = kept[-1] if kept else next(iter(self._idle))
            self._unshelve(slot)
            if not slot.connection.is_closed():
                self._leased.add(slot)
                return slot
        return None

    def _unshelve(self, slot: Slot) -> None:
        del self._idle[slot]
        siblings = self._by_session[slot.role, slot.organization]
        siblings.remove(slot)
        if not siblings:
            del self._by_session[slot.role, slot.organization]

    async def _wait_for(self, session: tuple[str, str]) -> Slot:
        if self._waiting:
            await self._turn(session)
        while True:
            if self._closed:
                raise DatabaseUnavailable("the process is stopping", retry_after_s=1)
            if slot := self._pick(session):
                return slot
            if self.open < self.size:
                return await self._grow()
            await self._turn(session)

    async def _grow(self) -> Slot:
        self._opening += 1
        try:
            connection = await self._connect()
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
            raise DatabaseUnavailable(f"PostgreSQL cannot be reached: {error}", retry_after_s=1) from error
        finally:
            self._opening -= 1
            self._wake()
        slot = Slot(connection, self._login_role)
        if not self._closed:
            self.overdue.start()
        self._leased.add(slot)
        return slot

    async def _turn(self, session: tuple[str, str] | None = None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (turn, session)
        self._waiting.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake()
            elif entry in self._waiting:
                self._waiting.remove(entry)
            raise

    def _wake(self, session: SessionKey | None = None) -> None:
        """Let the next one look: the first of the few at the front who wants this session, else the very first."""
        if session is not None and self._passed_over < MOST_PASSED_OVER:
            for entry in itertools.islice(self._waiting, 1, AT_THE_FRONT):
                if entry[1] == session and self._waiting[0][1] != session and not entry[0].done():
                    self._waiting.remove(entry)
                    self._passed_over += 1
                    entry[0].set_result(None)
                    return
        self._passed_over = 0
        while self._waiting:
            turn, _ = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _shelve(self, slot: Slot) -> None:
        session = (slot.role, slot.organization)
        if self._patience.hand_over(slot, session):
            self._leased.add(slot)
            return
        self._idle[slot] = None
        self._by_session.setdefault(session, []).append(slot)
        self._wake(session)

    def _clean_later(self, slot: Slot) -> None:
        task = asyncio.get_running_loop().create_task(self._clean(slot))
        self._cleaning.add(task)
        task.add_done_callback(self._cleaned)

    def _cleaned(self, task: asyncio.Task[None]) -> None:
        self._cleaning.discard(task)
        self._wake()

    async def _clean(self, slot: Slot) -> None:
        slot.forget(self._login_role)
        usable = False
        try:
            await slot.connection.execute(
                "ROLLBACK" if slot.connection.is_in_transaction() else "SELECT", timeout=CLEANING_S
            )
            usable = not (slot.connection.is_in_transaction() or self._closed)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            usable = False
        finally:
            # Also when asyncpg passes on the cancellation of the statement that we clean up after.
            if usable:
                self._shelve(slot)
            else:
                slot.connection.terminate()
