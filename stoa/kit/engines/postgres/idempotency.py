"""Idempotency keys in the schema of the service whose route was called, so that an answer survives a crash."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import new_id
from stoa.kit.engines.postgres.database import Database
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.http.idempotency import KEPT_FOR, LEASED_FOR, Beginning, Slot, StoredAnswer
from stoa.kit.store import Store, UnitOfWork

_SWEPT_AT_ONCE = 5_000


class KeysTx(UnitOfWork):
    """The table of keys of one service."""

    async def claim(self, slot: bytes, fingerprint: bytes, fence: UUID, now: datetime) -> bool:
        """Take a key that is free, forgotten, or held by a process that must have died."""
        taken = await self.fetchval(
            f"insert into {self._table} as k (slot, fingerprint, fence, at) values ($1, $2, $3, $4)"  # noqa: S608
            " on conflict (slot) do update set fingerprint = excluded.fingerprint, fence = excluded.fence,"
            " at = excluded.at, status = null, headers = null, body = null"
            " where k.at <= $5 or (k.status is null and k.fingerprint = excluded.fingerprint and k.at <= $6)"
            " returning fence",
            slot, fingerprint, fence, now, now - KEPT_FOR, now - LEASED_FOR,
        )  # fmt: skip
        return taken is not None

    async def held(self, slot: bytes) -> tuple[bytes, StoredAnswer | None] | None:
        """Return the fingerprint and the answer of a key."""
        row = await self.fetchrow(
            f"select fingerprint, status, headers, body from {self._table} where slot = $1",  # noqa: S608
            slot,
        )
        if row is None:
            return None
        if row["status"] is None:
            return row["fingerprint"], None
        headers = msgspec.convert(row["headers"], list[tuple[str, str]])
        return row["fingerprint"], StoredAnswer(status=row["status"], headers=headers, body=row["body"])

    async def keep(self, slot: bytes, fence: UUID, answer: StoredAnswer) -> None:
        """Store the answer of a claim."""
        await self.execute(
            f"update {self._table} set status = $3, headers = $4, body = $5 where slot = $1 and fence = $2",  # noqa: S608
            slot, fence, answer.status, answer.headers, answer.body,
        )  # fmt: skip

    async def renew(self, slot: bytes, fence: UUID, now: datetime) -> None:
        """Move the end of a claim on."""
        await self.execute(
            f"update {self._table} set at = $3 where slot = $1 and fence = $2 and status is null",  # noqa: S608
            slot, fence, now,
        )  # fmt: skip

    async def drop(self, slot: bytes, fence: UUID) -> None:
        """Give a claim back."""
        await self.execute(
            f"delete from {self._table} where slot = $1 and fence = $2 and status is null",  # noqa: S608
            slot,
            fence,
        )

    async def forget(self, before: datetime) -> int:
        """Delete some of what is older; return how many."""
        return await self.execute(
            f"delete from {self._table} where slot in"  # noqa: S608
            f" (select slot from {self._table} where at <= $1 limit {_SWEPT_AT_ONCE})",
            before,
        )

    @property
    def _table(self) -> str:
        return f'"{self._database.schema}".idempotency_keys'


class PostgresIdempotencyStore:
    """The keys of every service of a process, each in that service's own schema."""

    def __init__(self, databases: Mapping[str, Database], clock: Clock) -> None:
        self._stores = {service: Store(database, KeysTx) for service, database in databases.items()}
        self._clock = clock

    async def begin(self, slot: Slot, *, fingerprint: bytes) -> Beginning:
        """Claim a key, or say who has it."""
        fence, digest = new_id(), _digest(slot)
        async with self._store(slot).reading(organization=None) as tx:
            while True:
                if await tx.claim(digest, fingerprint, fence, self._clock.now()):
                    return Beginning(state="ours", fence=fence.hex)
                held = await tx.held(digest)
                if held is None:
                    continue
                known, answer = held
                if known != fingerprint:
                    return Beginning(state="other_body")
                return Beginning(state="done" if answer else "running", answer=answer)

    async def finish(self, slot: Slot, *, fence: str, answer: StoredAnswer) -> None:
        """Keep the answer, unless the claim was taken over."""
        async with self._store(slot).reading(organization=None) as tx:
            await tx.keep(_digest(slot), UUID(fence), answer)

    async def renew(self, slot: Slot, *, fence: str) -> None:
        """Say that the work on a key still goes on."""
        async with self._store(slot).reading(organization=None) as tx:
            await tx.renew(_digest(slot), UUID(fence), self._clock.now())

    async def abandon(self, slot: Slot, *, fence: str) -> None:
        """Give the key back."""
        async with self._store(slot).reading(organization=None) as tx:
            await tx.drop(_digest(slot), UUID(fence))

    async def sweep(self) -> int:
        """Drop what is older than a day, a bounded number a time."""
        count = 0
        for store in self._stores.values():
            async with store.reading(organization=None) as tx:
                count += await tx.forget(self._clock.now() - KEPT_FOR)
        return count

    def _store(self, slot: Slot) -> Store[KeysTx]:
        try:
            return self._stores[slot.service]
        except KeyError:
            raise EnvironmentProblem(f"The service {slot.service} has no database for its idempotency keys.") from None


def _digest(slot: Slot) -> bytes:
    return hashlib.blake2b(msgspec.msgpack.encode(msgspec.structs.astuple(slot)), digest_size=32).digest()
