"""The SQL of bells: what people were told, what they have read, what they do not want to hear."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from stoa.kit.contract import Struct, UserId, new_id
from stoa.kit.store import UnitOfWork
from stoa.services.notifications.contract import Category, Kind, NotificationId
from stoa.services.notifications.domain import Message, Preferences, Unread
from stoa.services.notifications.policy import MOST_COUNTED

_SHOWN = "notification_id, kind, category, parameters, times, occurred_at, told_at, read_at"


class Notification(Struct, frozen=True, kw_only=True):
    """One thing somebody was told: its kind and what the words are made of; `times` counts what it stands for."""

    id: NotificationId
    kind: Kind
    category: Category
    parameters: dict[str, str]
    times: int
    occurred_at: datetime
    told_at: datetime
    read_at: datetime | None


class NotesTx(UnitOfWork):
    """The questions that notifications asks of the tables of bells."""

    async def willing(self, users: list[UserId], category: Category) -> list[UserId]:
        """Return those of some people who have not muted a category."""
        rows = await self.fetch(
            "select u as user_id from unnest($1::uuid[]) as u where not exists (select from notifications.preferences p"
            " where p.user_id = u and p.organization_id = $2 and $3 = any(p.muted)) order by u",
            users,
            self.organization,
            category,
        )
        return [row["user_id"] for row in rows]

    async def tell(
        self, users: list[UserId], message: Message, *, event: UUID, collapse: str, occurred_at: datetime, at: datetime
    ) -> list[UserId]:
        """Put a message into the bells of people, once an event, and return who sees something new.

        The latest of one collapse key stands for the unread ones before it, whatever the order they come in.
        """
        rows = await self.fetch(
            "insert into notifications.notes as n (user_id, notification_id, organization_id, event_id, kind, category,"
            " parameters, collapse_key, occurred_at, told_at, times, is_replaced)"
            " select w.user_id, w.id, $3::uuid, $4::uuid, $5::text, $6::text, $7::jsonb, $8::text, $9::timestamptz,"
            " $10::timestamptz,"
            " $11::int + coalesce((select sum(o.times) from notifications.notes o where o.user_id = w.user_id"
            " and o.organization_id = $3 and $8 <> '' and o.collapse_key = $8 and o.kind = $5 and not o.is_replaced"
            " and o.read_at is null and o.occurred_at <= $9), 0),"
            " exists (select from notifications.notes o where o.user_id = w.user_id and o.organization_id = $3"
            " and $8 <> '' and o.collapse_key = $8 and not o.is_replaced and o.occurred_at > $9)"
            " from unnest($1::uuid[], $2::uuid[]) as w(user_id, id)"
            " on conflict (user_id, organization_id, event_id) do nothing returning user_id, is_replaced",
            users,
            [new_id() for _ in users],
            self.organization,
            event,
            message.kind,
            message.category,
            message.parameters,
            collapse,
            occurred_at,
            at,
            message.times,
        )
        told = [row["user_id"] for row in rows if not row["is_replaced"]]
        if told and collapse:
            await self.execute(
                "update notifications.notes set is_replaced = true where user_id = any($1) and organization_id = $2"
                " and collapse_key = $3 and event_id <> $4 and not is_replaced and read_at is null",
                told,
                self.organization,
                collapse,
                event,
            )
        return told

    async def hold(self, users: list[UserId]) -> None:
        """Let nobody else change the bells of people until the end; all take them in one order."""
        await self.execute(
            "insert into notifications.inboxes as i (user_id, organization_id, revision)"
            " select u, $2::uuid, 1 from unnest($1::uuid[]) as u order by u"
            " on conflict (user_id, organization_id) do update set revision = i.revision + 1",
            users,
            self.organization,
        )

    async def unread(self, users: list[UserId]) -> dict[UserId, Unread]:
        """Return how many of them each of these people has not read, counted up to a hundred."""
        rows = await self.fetch(
            "select u as user_id, coalesce(i.revision, 0) as revision, (select count(*) from (select 1"
            " from notifications.notes n where n.user_id = u and n.organization_id = $2 and n.read_at is null"
            " and not n.is_replaced limit $3) as counted) as unread from unnest($1::uuid[]) as u"
            " left join notifications.inboxes i on i.user_id = u and i.organization_id = $2",
            users,
            self.organization,
            MOST_COUNTED,
        )
        return {row["user_id"]: Unread(unread=row["unread"], revision=row["revision"]) for row in rows}

    async def told_since(self, user: UserId, category: Category, *, since: datetime) -> int:
        """Count what somebody was told in a category lately."""
        count: int = await self.fetchval(
            "select count(*) from notifications.notes where user_id = $1 and organization_id = $2"
            " and category = $3 and told_at > $4",
            user,
            self.organization,
            category,
            since,
        )
        return count

    async def notes_of(
        self, user: UserId, *, before: UUID | None, limit: int, only_unread: bool = False
    ) -> list[Notification]:
        """Return what somebody was told, the latest first, from one on."""
        rows = await self.fetch(
            f"select {_SHOWN} from notifications.notes where user_id = $1 and organization_id = $2"  # noqa: S608
            " and not is_replaced and ($3::uuid is null or notification_id < $3) and (not $4 or read_at is null)"
            " order by notification_id desc limit $5",
            user,
            self.organization,
            before,
            only_unread,
            limit,
        )
        return [_note(row) for row in rows]

    async def read_one(self, user: UserId, note: NotificationId, *, at: datetime) -> bool:
        """Mark one as read; False where there is none."""
        count = await self.execute(
            "update notifications.notes set read_at = coalesce(read_at, $4) where user_id = $1 and organization_id = $2"
            " and notification_id = $3 and not is_replaced",
            user,
            self.organization,
            note,
            at,
        )
        return count > 0

    async def read_through(self, user: UserId, through: NotificationId, *, at: datetime) -> int:
        """Mark one and all before it as read, and return how many were not."""
        return await self.execute(
            "update notifications.notes set read_at = $4 where user_id = $1 and organization_id = $2"
            " and notification_id <= $3 and read_at is null and not is_replaced",
            user,
            self.organization,
            through,
            at,
        )

    async def preferences_of(self, user: UserId) -> Preferences:
        """Return what somebody has muted; version 0 is of who never chose."""
        row = await self.fetchrow(
            "select muted, version from notifications.preferences where user_id = $1 and organization_id = $2",
            user,
            self.organization,
        )
        if row is None:
            return Preferences(muted=[], version=0)
        return Preferences(muted=[Category(one) for one in row["muted"]], version=row["version"])

    async def save_preferences(self, user: UserId, muted: list[Category], *, version: int) -> bool:
        """Replace what somebody has muted, if it still is of that version."""
        count = await self.execute(
            "insert into notifications.preferences as p (user_id, organization_id, muted)"
            " select $1::uuid, $2::uuid, $3::text[] where $4 = 0 on conflict do nothing"
            if version == 0
            else "update notifications.preferences set muted = $3, version = version + 1"
            " where user_id = $1 and organization_id = $2 and version = $4",
            user,
            self.organization,
            muted,
            version,
        )
        return count > 0

    async def note_holder(self) -> None:
        """Note that the organization has something to sweep one day."""
        await self.execute(
            "insert into notifications.holders (organization_id) values ($1) on conflict do nothing", self.organization
        )

    async def holders(self) -> list[UUID]:
        """Return the organizations that have something to sweep one day."""
        rows = await self.fetch("select organization_id from notifications.holders order by 1")
        return [row["organization_id"] for row in rows]

    async def sweep_notes(self, *, before: datetime, limit: int) -> int:
        """Forget some of what was told long ago, and return how many."""
        return await self.execute(
            "delete from notifications.notes where (user_id, notification_id) in (select user_id, notification_id"
            " from notifications.notes where organization_id = $1 and told_at < $2 order by told_at limit $3)",
            self.organization,
            before,
            limit,
        )

    async def forget(self, user: UserId) -> None:
        """Forget all that somebody was told, and what they did not want to hear."""
        for table in ("notes", "inboxes", "preferences"):
            await self.execute(
                f"delete from notifications.{table} where user_id = $1 and organization_id = $2",  # noqa: S608
                user,
                self.organization,
            )


def _note(row: Record) -> Notification:
    return Notification(
        id=row["notification_id"],
        kind=Kind(row["kind"]),
        category=Category(row["category"]),
        parameters=row["parameters"],
        times=row["times"],
        occurred_at=row["occurred_at"],
        told_at=row["told_at"],
        read_at=row["read_at"],
    )
