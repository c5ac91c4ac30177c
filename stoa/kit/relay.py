"""Takes committed events out of the outboxes and hands them to the bus, in order per key, losing none."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import asyncpg

from stoa.kit.bus import NO_OFFSET, Bus, Parcel
from stoa.kit.contract import new_id
from stoa.kit.engines.postgres.database import Database
from stoa.kit.errors import StoaError
from stoa.kit.leases import Buckets, Leases
from stoa.kit.outbox import Outbox, services_waiting
from stoa.kit.telemetry.logs import logger

BATCH: Final = 500
FEW: Final = 64
MOST_IN_FLIGHT: Final = 4000
GATHER_S: Final = 0.02
POLL_S: Final = (0.01, 0.25)
# Who holds every bucket has heard of what this process committed; those of jobs and commands lie there unannounced.
ALL_HELD_POLL_S: Final = 0.5
RETRY_S: Final = 0.1
SWEEP_S: Final = 1.0
# What is done is marked with the next look for more, or after so long; who dies before tells it twice.
SETTLE_S: Final = 0.1
STRAGGLERS: Final = 10_000
PURGE_S: Final = 60.0
CARE_EVERY_S: Final = 10.0
KEPT: Final = timedelta(hours=24)
INBOX_KEPT: Final = timedelta(days=7)

_TROUBLE = (StoaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

log = logger("kit")


class Relay:
    """One process's relay over the outboxes of its services.

    It holds buckets by lease, so several relays may run at once; `alone` says that none other can be alive.
    """

    def __init__(
        self,
        database: Database,
        services: Sequence[str],
        bus: Bus,
        *,
        lease_s: float = 6.0,
        kept: timedelta = KEPT,
        alone: bool = False,
    ) -> None:
        self._database = database
        self._bus = bus
        self._kept = kept
        self._alone = alone
        self._lease_s = lease_s
        self._stir = database.pool.told.stir
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        # Set when buckets came into our hands: what the broker has of them is looked into at once.
        self._taken = asyncio.Event()
        self.leases = Leases(database, services, str(new_id()), lease_s=lease_s)
        self._streams = {
            service: _Stream(Outbox(database, service), self.leases.of[service], self.leases, bus, self._stir)
            for service in services
        }

    async def start(self) -> None:
        """Take the leases and begin."""
        if self._alone:
            await self.leases.take_over()
        await self.leases.renew()
        self._tasks = [
            asyncio.create_task(self._publish(), name="relay"),
            asyncio.create_task(self._keep_lease(), name="relay-lease"),
            asyncio.create_task(self._care(), name="relay-care"),
        ]

    async def stop(self, *, deadline_s: float = 5.0) -> None:
        """Wait for what is on its way, record it and give the buckets back."""
        self._stopping = True
        self._stir.set()
        end = self._now() + deadline_s
        # Not an Event: waiting for one that is set does not let the others run.
        while self._now() < end:
            if not any(stream.in_flight for stream in self._streams.values()):
                break
            await asyncio.sleep(POLL_S[0])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(*_TROUBLE):
            for stream in self._streams.values():
                await stream.settle()
            await self.leases.release()

    async def _publish(self) -> None:
        pause, looked_at = POLL_S[0], 0.0
        more: set[str] = set()
        while True:
            try:
                self._stir.clear()
                due = self._database.pool.told.take() | more | self._unsettled()
                since = self._now() - looked_at
                # What is not urgent waits for a look, also while other services are busy.
                if (since >= ALL_HELD_POLL_S and not due >= self._streams.keys()) or (not due and since >= pause):
                    looked_at = self._now()
                    due |= await services_waiting(self._database, list(self._streams))
                    pause = min(pause * 2, self._longest_pause())
                more = set()
                for service in due & self._streams.keys():
                    sent = await self._pump(service)
                    pause = POLL_S[0] if sent and not self.leases.are_all_ours else pause
                    if sent >= BATCH:
                        more.add(service)
                if not due:
                    await self._rest(min(pause, SETTLE_S) if self._has_done() else pause)
            except _TROUBLE as error:
                log.warning("relay.paused", error=repr(error))
                await asyncio.sleep(POLL_S[1])

    async def _pump(self, service: str) -> int:
        stream = self._streams[service]
        if not self.leases.valid or self._stopping:
            await stream.settle()
            return 0
        return await stream.pump(self._now())

    def _longest_pause(self) -> float:
        is_sure = self.leases.are_all_ours and not any(stream.is_in_doubt for stream in self._streams.values())
        return ALL_HELD_POLL_S if is_sure else POLL_S[1]

    def _has_done(self) -> bool:
        return any(stream.done for stream in self._streams.values())

    def _unsettled(self) -> set[str]:
        now = self._now()
        return {
            service
            for service, stream in self._streams.items()
            if stream.done and (now >= stream.settle_at or len(stream.done) > FEW)
        }

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stir.wait()

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            held = {service: set(buckets.held) for service, buckets in self.leases.of.items()}
            try:
                await self.leases.renew()
            except _TROUBLE as error:
                log.warning("relay.lease_not_renewed", error=repr(error))
            if any(buckets.held.keys() - held[service] for service, buckets in self.leases.of.items()):
                self._taken.set()
            for service, buckets in self.leases.of.items():
                if buckets.excess():
                    self._database.pool.told.tell(service)

    async def _care(self) -> None:
        purged_at = self._now()
        while True:
            try:
                for service in self._streams:
                    await self._find_forgotten(service)
                if self._now() - purged_at > PURGE_S:
                    purged_at = self._now()
                    await self._purge()
            except _TROUBLE as error:
                log.warning("relay.care_paused", error=repr(error))
            await self._rest_from_care()

    async def _rest_from_care(self) -> None:
        """Wait until buckets came, or for a third of a lease while something failed, else for much longer."""
        end = self._now() + CARE_EVERY_S
        while self._now() < end:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._lease_s / 3):
                    await self._taken.wait()
            if self._taken.is_set() or not all(self._is_sure(service) for service in self._streams):
                break
        self._taken.clear()

    async def _find_forgotten(self, service: str) -> None:
        stream = self._streams[service]
        while lost := await self._lost(service, stream):
            # Asked again afterwards: a bus may take nothing new before it heard that nothing is lost.
            await stream.publish_again(lost)

    def _is_sure(self, service: str) -> bool:
        return not self._streams[service].is_in_doubt and self._bus.is_sure(service)

    async def _lost(self, service: str, stream: "_Stream") -> set[int]:
        stream.is_in_doubt = True
        buckets = self.leases.of[service]
        known = {bucket: buckets.acknowledged.get(bucket, NO_OFFSET) for bucket in buckets.held}
        lost = (stream.forgotten | await self._bus.forgotten(service, known)) & buckets.held.keys()
        stream.is_in_doubt = bool(lost)
        return lost

    async def _purge(self) -> None:
        now = self._database.clock.now()
        for stream in self._streams.values():
            left = True
            while left:
                left = await stream.outbox.purge(published_before=now - self._kept, handled_before=now - INBOX_KEPT) > 0

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class _Stream:
    """The events of one service on their way: what is in flight, what is done and where to look next."""

    def __init__(self, outbox: Outbox, buckets: Buckets, leases: Leases, bus: Bus, stir: asyncio.Event) -> None:
        self.outbox = outbox
        self.in_flight: dict[int, int] = {}
        self.done: list[int] = []
        self.settle_at = 0.0
        self._buckets = buckets
        self._leases = leases
        self._bus = bus
        self._stir = stir
        self.forgotten: set[int] = set()
        # Whether the bus has refused something, or was not heard to have all that it acknowledged.
        self.is_in_doubt = True
        self._turn = asyncio.Lock()
        self._retry_at = 0.0
        self._failed: set[int] = set()
        self._leaving: set[int] = set()
        self._highest = 0
        self._swept_at = 0.0
        self._reached: dict[int, int] = {}

    async def pump(self, now: float) -> int:
        """Record what is done, send the next batch and say how many that were."""
        async with self._turn:
            self._failed &= set(self.in_flight.values())
            await self._hand_back_excess()
            room = min(BATCH, MOST_IN_FLIGHT - len(self.in_flight))
            buckets = [bucket for bucket in self._buckets.held if bucket not in self._failed | self._leaving]
            if room <= 0 or not buckets or now < self._retry_at:
                await self._settle()
                return 0
            rows = await self._record(buckets, above=self._floor(now), limit=room)
            if rows:
                await self._send(rows)
            return len(rows)

    async def settle(self) -> None:
        """Record what is done without looking for more."""
        async with self._turn:
            await self._settle()

    async def publish_again(self, lost: Iterable[int]) -> None:
        """Send the kept events of some buckets once more, under a new generation, because the broker forgot them."""
        buckets = sorted(lost)
        async with self._turn:
            await self._settle()
            await self._leases.next_generation(self.outbox.service, buckets)
            count = await self.outbox.forget_publishing(buckets)
            self.forgotten -= set(buckets)
            self._swept_at = 0.0
        self._stir.set()
        log.warning("relay.broker_forgot", service=self.outbox.service, buckets=len(buckets), events=count)

    async def _hand_back_excess(self) -> None:
        """Stop taking from buckets above the fair share, and hand them back when nothing of theirs is on its way."""
        self._leaving = set(self._buckets.excess())
        idle = self._leaving - set(self.in_flight.values())
        if idle:
            await self._settle()
            await self._leases.hand_back(self.outbox.service, sorted(idle))
            self._leaving -= idle

    def _floor(self, now: float) -> int:
        # Entries of published rows stay in the index until a vacuum: look far back once a second only.
        if now - self._swept_at >= SWEEP_S:
            self._swept_at = now
            return 0
        return min(self.in_flight, default=self._highest) - STRAGGLERS

    async def _settle(self) -> None:
        if self.done:
            await self._record([], above=0, limit=0)

    async def _record(self, buckets: list[int], *, above: int, limit: int) -> list[asyncpg.Record]:
        done, self.done = self.done, []
        reached, self._reached = self._reached, {}
        try:
            return await self.outbox.next_after(
                done,
                above=above,
                buckets=buckets,
                not_in=[*self.in_flight, *done],
                limit=limit,
                reached=reached,
                owner=self._leases.owner,
            )
        except BaseException:
            self.done += done
            self._reached = reached | self._reached
            raise

    async def _send(self, rows: list[asyncpg.Record]) -> None:
        held = self._buckets.held
        parcels = [
            Parcel(
                service=self.outbox.service,
                type_=row["type"],
                key=row["key"],
                bucket=row["bucket"],
                generation=held.get(row["bucket"], 0),
                wire=row["envelope"],
            )
            for row in rows
        ]
        self.in_flight.update((row["seq"], row["bucket"]) for row in rows)
        self._highest = max(self._highest, rows[-1]["seq"])
        try:
            futures = await self._bus.send(parcels)
        except BaseException:
            for row in rows:
                self.in_flight.pop(row["seq"], None)
            raise
        for row, future in zip(rows, futures, strict=True):
            future.add_done_callback(partial(self._ended, seq=row["seq"], bucket=row["bucket"]))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                while len(self.in_flight) > FEW:
                    self._stir.clear()
                    await self._stir.wait()

    def _ended(self, future: "asyncio.Future[int]", *, seq: int, bucket: int) -> None:
        self.in_flight.pop(seq, None)
        if future.cancelled() or future.exception() is not None:
            # What follows in this bucket waits until all of it has come back, then goes again in order.
            self._failed.add(bucket)
            self.is_in_doubt = True
            self._retry_at = asyncio.get_running_loop().time() + RETRY_S
        else:
            if not self.done:
                self.settle_at = asyncio.get_running_loop().time() + SETTLE_S
            self.done.append(seq)
            if (offset := future.result()) != NO_OFFSET:
                self._note_offset(bucket, offset)
        if len(self.in_flight) <= FEW:
            self._stir.set()

    def _note_offset(self, bucket: int, offset: int) -> None:
        self._reached[bucket] = offset
        if offset <= self._buckets.acknowledged.get(bucket, NO_OFFSET):
            # Offsets only grow unless the broker has begun anew; the next round of care publishes again.
            self.forgotten.add(bucket)
            self.is_in_doubt = True
        self._buckets.acknowledged[bucket] = offset
