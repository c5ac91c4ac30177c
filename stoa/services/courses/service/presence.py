"""Who else has a course's editor open: kept where it may be lost, and gone by itself when nobody says it again."""

from datetime import datetime, timedelta

import msgspec

from stoa.kit.cache import Cache
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.locks import LockBusy, Locks
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CourseNotFound, NodeId
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.people.contract import PeoplePort

LASTS = timedelta(seconds=30)
EVERY_S = 10
_MOST_EDITORS = 50


class Editor(Struct, frozen=True, kw_only=True):
    """Somebody who has the editor open, and the part of the course that is in front of them."""

    user: UserId
    display_name: str
    node: NodeId | None
    until: datetime


class Editing(Struct, frozen=True, kw_only=True):
    """What an editor says of itself every few seconds."""

    node: NodeId | None = None


class Others(Struct, frozen=True, kw_only=True):
    """Who else edits the course, and how soon to say again that one is there."""

    editors: list[Editor]
    again_in_s: int


class Presence:
    """The editors of courses."""

    def __init__(
        self, *, store: Store[CoursesTx], people: PeoplePort, cache: Cache, locks: Locks, clock: Clock
    ) -> None:
        self._store, self._people = store, people
        self._cache, self._locks, self._clock = cache, locks, clock

    async def beat(self, *, organization: OrganizationId, course: CourseId, user: UserId, editing: Editing) -> Others:
        """Say that somebody is there for half a minute more, and return who else is."""
        known = await self._editors(organization, course)
        name = next((editor.display_name for editor in known if editor.user == user), None)
        if name is None:
            name = await self._name(organization, course, user)
        me = Editor(user=user, display_name=name, node=editing.node, until=self._clock.now() + LASTS)
        present = await self._change(organization, course, user, me)
        return Others(editors=[editor for editor in present if editor.user != user], again_in_s=EVERY_S)

    async def leave(self, *, organization: OrganizationId, course: CourseId, user: UserId) -> None:
        """Say that somebody closed the editor."""
        await self._change(organization, course, user, None)

    async def _change(
        self, organization: OrganizationId, course: CourseId, user: UserId, me: Editor | None
    ) -> list[Editor]:
        try:
            async with self._locks.hold(organization, _key(course), ttl_s=5.0, wait_s=2.0):
                others = [one for one in await self._editors(organization, course) if one.user != user]
                present = [*others[: _MOST_EDITORS - 1], *([me] if me else [])]
                body = msgspec.msgpack.encode(present)
                await self._cache.set(organization, _key(course), body, ttl_s=LASTS.total_seconds())
        except LockBusy:
            # Whoever says it again in a few seconds is seen then.
            present = await self._editors(organization, course)
        return present

    async def _editors(self, organization: OrganizationId, course: CourseId) -> list[Editor]:
        kept = await self._cache.get(organization, _key(course))
        if kept is None:
            return []
        try:
            editors = msgspec.msgpack.decode(kept, type=list[Editor])
        except msgspec.DecodeError:
            # Another release of the program kept another shape.
            return []
        now = self._clock.now()
        return sorted((one for one in editors if one.until > now), key=lambda one: (one.display_name, one.user))

    async def _name(self, organization: OrganizationId, course: CourseId, user: UserId) -> str:
        async with self._store.reading(organization=organization) as tx:
            if await tx.course(course) is None:
                raise CourseNotFound
        profiles = await self._people.profiles_of(organization=organization, users=[user])
        return profiles[0].display_name if profiles else ""


def _key(course: CourseId) -> str:
    return f"courses.presence:{course}"
