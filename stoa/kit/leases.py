"""Which relay publishes which buckets: leases by the database's clock, shared out evenly, taken over when one dies."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from stoa.kit.engines.postgres.database import Database
from stoa.kit.events import BUCKETS


class Buckets:
    """The buckets of one service that this relay holds, and how far the broker has acknowledged each."""

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.acknowledged: dict[int, int] = {}
        self.fair = 0

    def excess(self) -> list[int]:
        """Return the buckets above the fair share, to be handed back."""
        return sorted(self.held)[self.fair :] if self.fair else []


class Leases:
    """This relay's lease on the buckets of its services; valid while `valid` says so by this machine's own clock."""

    def __init__(self, database: Database, services: Sequence[str], owner: str, *, lease_s: float) -> None:
        self._database = database
        self._services = list(services)
        self._lease_s = lease_s
        self._until = 0.0
        self.owner = owner
        self.of: dict[str, Buckets] = {service: Buckets() for service in services}

    @property
    def valid(self) -> bool:
        """Whether nobody else can have taken these buckets yet."""
        return self._database.clock.monotonic() < self._until

    @property
    def are_all_ours(self) -> bool:
        """Whether no other relay holds a bucket of our services, as far as the last renewal told."""
        return all(len(buckets.held) == BUCKETS for buckets in self.of.values())

    async def take_over(self) -> None:
        """End everybody else's lease: for the process that knows it is alone, so that a restart need not wait."""
        async with self._database.session(None) as connection:
            await connection.execute("delete from kit.relays")

    async def renew(self) -> None:
        """Renew the lease, claim what is free and learn what is held."""
        began = self._database.clock.monotonic()
        async with self._database.session(None) as connection:
            rows = await connection.fetch(
                "select * from kit.lease_buckets($1, $2, $3)",
                self.owner,
                self._services,
                timedelta(seconds=self._lease_s),
            )
        found: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
        for service, bucket, generation, acknowledged, fair in rows:
            found[service].append((bucket, generation, acknowledged, fair))
        for service, buckets in self.of.items():
            known = buckets.held
            buckets.held = {bucket: generation for bucket, generation, _, _ in found[service]}
            for bucket, _, acknowledged, fair in found[service]:
                buckets.fair = fair
                if bucket not in known:
                    buckets.acknowledged[bucket] = acknowledged
        self._until = began + self._lease_s * 0.8

    async def hand_back(self, service: str, buckets: Sequence[int]) -> None:
        """Give up buckets that another relay should have."""
        for bucket in buckets:
            self.of[service].held.pop(bucket, None)
        async with self._database.session(None) as connection:
            await connection.execute(
                "update kit.relay_buckets set owner = null"
                " where owner = $1 and service = $2 and bucket = any($3::smallint[])",
                self.owner,
                service,
                list(buckets),
            )

    async def next_generation(self, service: str, buckets: Sequence[int]) -> None:
        """Begin a new generation of buckets that the broker has lost, so that consumers start over."""
        async with self._database.session(None) as connection:
            generation = await connection.fetchval(
                "with next as (select max(generation) + 1 as n from kit.relay_buckets where service = $1),"
                " moved as (update kit.relay_buckets b set generation = next.n, acknowledged = -1 from next"
                " where b.service = $1 and b.bucket = any($2::smallint[]))"
                " select n from next",
                service,
                list(buckets),
            )
        for bucket in buckets:
            self.of[service].acknowledged[bucket] = -1
            if bucket in self.of[service].held:
                self.of[service].held[bucket] = generation

    async def release(self) -> None:
        """Give everything up at once."""
        self._until = 0.0
        async with self._database.session(None) as connection:
            await connection.execute("delete from kit.relays where owner = $1", self.owner)
